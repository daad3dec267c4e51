//! Error codes which say that something is not there: for the calls that accept them they are an answer, counted as
//! `absent`, and the collector succeeds. For any other call they are errors.
use crate::{
    accounts::{MEMBERS, organization, watching},
    harness::{ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, fast_config, policy_for},
};
use aws_root_exporter::{aws::Call, collect::specs};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Each call that accepts error codes, with one of them and its collector.
fn accepted() -> Vec<(&'static str, Call, &'static str)> {
    let of_specs = specs().flat_map(|spec| {
        let batched = spec.batched.iter().flat_map(|batched| batched.calls);
        let calls = spec.calls.iter().chain(batched);
        calls.map(|call| (spec.collector.as_str(), *call))
    });
    let mut accepted = Vec::new();
    for (collector, call) in of_specs {
        let codes = call.absent.iter().copied().flatten();
        accepted.extend(codes.map(|code| (collector, call, *code)));
    }
    accepted
}

fn requests(scrape: &Scrape, operation: &str, outcome: &str) -> f64 {
    let labels = [("operation", operation), ("outcome", outcome)];
    let count = scrape.value("aws_root_aws_requests_total", &labels);
    count.unwrap_or_default()
}

/// Failed runs of a collector, but for those that a busy machine makes late.
fn errors(scrape: &Scrape, collector: &str) -> f64 {
    let label = format!("collector=\"{collector}\"");
    let errors = scrape.family("aws_root_collector_errors_total");
    let of_it = errors.filter(|(series, _)| series.contains(&label) && !series.contains("timeout"));
    of_it.map(|(_, count)| count).sum()
}

/// An organization in which every call is made that accepts an error code.
fn everything() -> Simulator {
    let simulator = organization();
    let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    // Members are asked themselves while AWS says that there is no organization, and then may call what they need.
    let member = json!({ "roles": { "root-exporter": { "policy": policy_for("account") } } });
    let members: Map<String, Value> = MEMBERS
        .iter()
        .map(|id| ((*id).to_owned(), member.clone()))
        .collect();
    simulator.patch(&json!({ "accounts": members }));
    simulator.patch(&json!({
        "organization": {
            "features": ["RootCredentialsManagement"],
            "policies": { "p-denyroot01": { "name": "DenyRoot", "content": deny, "targets": [MEMBERS[0]] } },
        },
        "accounts": { ACCOUNT: { "principals": { ACCESS_KEY: { "policy": policy_for("management+assume-root") } } } },
    }));
    simulator
}

/// Every code that a call accepts, once, and the runs that get it succeed.
#[test]
fn what_a_call_accepts_is_no_failure() {
    let simulator = everything();
    let config = watching("mode: organization, assume_root: true");
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_all_succeed();
    let mut left = accepted();
    let calls: BTreeSet<&str> = left.iter().map(|(_, call, _)| call.action).collect();
    assert!(calls.len() >= 7 && left.len() >= 15, "{calls:?}");
    while !left.is_empty() {
        // One code of each call at a time.
        let (mut now, mut later) = (Vec::new(), Vec::new());
        let mut asked = BTreeSet::new();
        for it in left {
            let first = asked.insert(it.1.action);
            if first { &mut now } else { &mut later }.push(it);
        }
        left = later;
        let before = exporter.scrape();
        let operation = |call: &Call| call.action.split(':').nth(1).unwrap();
        let faults = now.iter().map(|(_, call, code)| {
            let fault = json!({ "kind": "error", "operation": operation(call), "code": code, "status": 400, "count": 1 });
            (operation(call).to_owned(), fault)
        });
        let faults: Map<String, Value> = faults.collect();
        simulator.patch(&json!({ "faults": faults }));
        exporter.wait_until("each is counted", |scrape| {
            now.iter().all(|(_, call, _)| {
                let absent = |scrape| requests(scrape, operation(call), "absent");
                absent(scrape) > absent(&before)
            })
        });
        // The runs that got the codes end.
        exporter.wait_for_successes(3.0);
        let after = exporter.wait_until_all_succeed();
        for (collector, call, code) in now {
            let failed = errors(&after, collector) - errors(&before, collector);
            assert_eq!(failed, 0.0, "{collector}: {code}\n{}", exporter.log());
            for outcome in ["error", "access_denied"] {
                let counted = |scrape| requests(scrape, operation(&call), outcome);
                assert_eq!(counted(&after), counted(&before), "{code}: {outcome}");
            }
        }
        simulator.clear_faults();
    }
}

/// Without trusted access for IAM no feature is enabled: an answer, and counted as one.
#[test]
fn an_organization_without_trusted_access() {
    const LIST: &str = "ListOrganizationsFeatures";
    let simulator = organization();
    simulator.patch(&json!({ "organization": { "trusted_access": false } }));
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    exporter.wait_until_all_succeed();
    let scrape = exporter.wait_until("it is counted", |scrape| {
        requests(scrape, LIST, "absent") > 0.0
    });
    for other in ["success", "error", "access_denied"] {
        assert_eq!(requests(&scrape, LIST, other), 0.0, "{other}");
    }
    let own = [("account_id", ACCOUNT), ("collector", "organization")];
    let success = scrape.value("aws_root_collector_success", &own);
    assert_eq!(success, Some(1.0));
    assert_eq!(errors(&scrape, "organization"), 0.0);
}

/// A code that another call accepts fails this one.
#[test]
fn what_a_call_does_not_accept_is_its_error() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    for (collector, operation, code) in [
        ("iam", "ListEntitiesForPolicy", "NoSuchEntity"),
        ("guardduty", "GetDetector", "ResourceNotFoundException"),
        ("account_summary", "GetAccountSummary", "ReportNotPresent"),
    ] {
        assert!(accepted().iter().any(|it| it.2 == code), "{code}");
        simulator.inject_only(
            &json!({ "kind": "error", "operation": operation, "code": code, "status": 400 }),
        );
        let scrape = exporter.wait_until(operation, |scrape| {
            let reasons = scrape.failing();
            scrape.success(collector) == Some(false)
                && reasons
                    .iter()
                    .any(|(name, _, reason)| name == collector && reason == "other")
        });
        assert!(requests(&scrape, operation, "error") > 0.0, "{operation}");
        assert_eq!(requests(&scrape, operation, "absent"), 0.0, "{operation}");
        simulator.clear_faults();
        exporter.wait_until_all_succeed();
    }
}
