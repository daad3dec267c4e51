//! Throttled calls are retried below the collectors: a run succeeds although AWS throttled some of its calls.
use crate::{
    accounts::{MEMBERS, of, organization, watching},
    harness::{Exporter, Scrape, Simulator, fast_config},
};
use serde_json::json;

fn throttled(scrape: &Scrape, operation: &str) -> f64 {
    let labels = [("operation", operation), ("outcome", "throttled")];
    let count = scrape.value("aws_root_aws_requests_total", &labels);
    count.unwrap_or_default()
}

fn no_run_was_throttled(scrape: &Scrape) {
    for (series, count) in scrape.family("aws_root_collector_errors_total") {
        let throttled = series.contains("reason=\"throttled\"");
        assert!(!throttled || count == 0.0, "{series} {count}");
    }
}

/// Others use up the two calls a second: three attempts are throttled, the fourth is answered.
#[test]
fn event_lookups_are_retried_within_a_run() {
    const LOOK_UP: &str = "LookupEvents";
    let simulator = Simulator::start();
    simulator.inject_only(
        &json!({ "kind": "throttle", "operation": LOOK_UP, "region": "us-east-1", "count": 3 }),
    );
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let scrape = exporter.wait_until_all_succeed();
    assert_eq!(throttled(&scrape, LOOK_UP), 3.0);
    no_run_was_throttled(&scrape);
}

/// Other shards use up the organization's rate: that takes more attempts.
#[test]
fn reading_policies_is_retried_within_a_run() {
    const DESCRIBE: &str = "DescribePolicy";
    let simulator = organization();
    let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    simulator.patch(&json!({ "organization": { "policies": {
        "p-denyroot01": { "name": "DenyRoot", "content": deny, "targets": [MEMBERS[0]] },
    } } }));
    simulator.inject_only(&json!({ "kind": "throttle", "operation": DESCRIBE, "count": 4 }));
    let usual = watching("mode: organization");
    let config = usual.replace(
        "organization: { interval: 4s, timeout: 30s }",
        "organization: { interval: 4s, timeout: 40s }",
    );
    assert_ne!(config, usual, "the timeout is longer");
    let exporter = Exporter::start(&simulator, &config);
    let scrape = exporter.wait_until("the policy is read", |scrape| {
        scrape.value("aws_root_scp_denies_root", &of(MEMBERS[0], &[])) == Some(1.0)
    });
    assert_eq!(throttled(&scrape, DESCRIBE), 4.0);
    no_run_was_throttled(&scrape);
}
