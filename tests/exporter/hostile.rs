//! Answers that no AWS gives: too large, without end, nested deep, of the wrong types, no text, going round. Nothing of them
//! gets out, they are told by their reason, they cost little memory, and others do not suffer.
use crate::{
    accounts::{MEMBERS, of, organization, watching_with_short_validity},
    harness::{ACCOUNT, Exporter, Scrape, Simulator, fast_config, label, short_validity_config},
    principals::{entering, with},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One call of each protocol, the collector that needs it, and metrics that end with it.
const CALLS: [(&str, &str, &str, &str); 5] = [
    (
        "iam",
        "ListVirtualMFADevices",
        "mfa_devices",
        "aws_root_mfa_devices",
    ),
    (
        "iam",
        "ListEntitiesForPolicy",
        "iam",
        "aws_root_iam_administrators",
    ),
    (
        "guardduty",
        "ListFindings",
        "guardduty",
        "aws_root_guardduty_root_findings",
    ),
    ("cloudtrail", "ListTrails", "cloudtrail", ""),
    (
        "organizations",
        "ListAccounts",
        "organization",
        "aws_root_organization_accounts",
    ),
];

/// In kB. One that is well takes about a quarter of that.
const MUCH: u64 = 200 << 10;

/// Injects this fault into each of the calls.
fn inject_all(simulator: &Simulator, kind: &str, account: &str) {
    simulator.clear_faults();
    let fault = |(service, operation, ..): &(&str, &str, &str, &str)| {
        let fault =
            json!({ "kind": kind, "service": service, "operation": operation, "account": account });
        ((*operation).to_owned(), fault)
    };
    let faults: serde_json::Map<String, Value> = CALLS.iter().map(fault).collect();
    simulator.patch(&json!({ "faults": faults }));
}

/// The series of a collector of CALLS.
fn concerned(series: &str) -> bool {
    [
        "aws_root_mfa_devices",
        "aws_root_iam_administrators",
        "aws_root_iam_password_policy_strong",
        "aws_root_guardduty_",
        "aws_root_cloudtrail_",
        "aws_root_organization_",
        "aws_root_check_",
        "aws_root_scp_denies_root",
    ]
    .iter()
    .any(|metric| series.starts_with(metric))
}

/// Tries what an answer may be like, in each protocol, and for what it is taken.
fn trial(kinds: &[(&str, &[&str])], timeout: &str) {
    let simulator = Simulator::start();
    // Waits for the exporter's own limits count against no timeout, so that a call has to take some time.
    simulator.patch(&json!({ "latency": "50ms" }));
    let collectors: BTreeSet<String> = CALLS.iter().map(|call| call.2.to_owned()).collect();
    let config = short_validity_config(&collectors, timeout);
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_all_succeed();
    let well = exporter.wait_until("all is known", |it| it.unknown_checks().is_empty());
    let well = well.posture();
    for &(kind, reasons) in kinds {
        inject_all(&simulator, kind, ACCOUNT);
        // The SDK leaves out of XML what it does not know, however deep that is.
        let harmless = |name: &str| kind == "deep" && ["mfa_devices", "iam"].contains(&name);
        let ill: BTreeSet<String> = collectors
            .iter()
            .filter(|it| !harmless(it))
            .cloned()
            .collect();
        let scrape = exporter.wait_until(kind, |scrape| scrape.unsuccessful() == ill);
        for (collector, region, reason) in scrape.failing() {
            let expected = ill.contains(&collector) && reasons.contains(&reason.as_str());
            assert!(
                expected,
                "{kind}: {collector} in {region}: {reason}\n{}",
                exporter.log()
            );
        }
        let ended = |scrape: &Scrape| {
            let ended = CALLS
                .iter()
                .filter(|it| ill.contains(it.2) && !it.3.is_empty());
            ended.into_iter().all(|it| !scrape.has(it.3))
        };
        let stale = exporter
            .wait_until(&format!("{kind}: values end"), ended)
            .posture();
        stale.assert_lacks_only(&well, concerned, kind);
        let log = exporter.log();
        assert!(kind != "huge" || log.contains("larger than 16 MB"), "{log}");
        simulator.clear_faults();
        exporter.wait_until_as_before(&well);
        println!(
            "{kind}: at most {} kB until now",
            exporter.process.memory_kb("VmHWM")
        );
    }
    assert!(
        exporter.process.memory_kb("VmHWM") < MUCH,
        "{} kB",
        exporter.process.memory_kb("VmHWM")
    );
}

#[test]
fn larger_than_any_answer_is() {
    // On a busy machine it may take longer to read as much three times.
    trial(&[("huge", &["malformed", "timeout"])], "30s");
}

#[test]
fn without_end() {
    trial(&[("endless_body", &["timeout"])], "3s");
}

#[test]
fn neither_text_nor_types() {
    let kinds: [(&str, &[&str]); 3] = [
        ("not_utf8", &["malformed"]),
        ("wrong_types", &["malformed"]),
        ("deep", &["malformed"]),
    ];
    trial(&kinds, "30s");
}

#[test]
fn pages_that_do_not_end() {
    // So many pages may take longer than a run.
    let kinds: [(&str, &[&str]); 2] = [
        ("repeated_token", &["malformed"]),
        ("endless_pages", &["malformed", "timeout"]),
    ];
    trial(&kinds, "12s");
}

/// All of one account's answers are too large, or never end: the other accounts go on.
#[test]
fn one_account_of_many() {
    let simulator = organization();
    let exporter = Exporter::start(
        &simulator,
        &watching_with_short_validity("mode: organization"),
    );
    let well = exporter.wait_until_all_succeed().posture();
    let (ill, rest) = (MEMBERS[0], [ACCOUNT, MEMBERS[1], MEMBERS[2]]);
    for kind in ["huge", "endless_body"] {
        simulator.inject_only(&json!({ "kind": kind, "account": ill }));
        let mfa =
            |scrape: &Scrape, account| scrape.value("aws_root_mfa_enabled", &of(account, &[]));
        let scrape = exporter.wait_until(kind, |scrape| {
            let others = rest.iter().all(|account| mfa(scrape, account) == Some(1.0));
            others && mfa(scrape, ill).is_none()
        });
        assert_eq!(scrape.posture().differing_from(&well), [], "{kind}");
        for (series, _) in scrape.family("aws_root_collector_region_failed") {
            // On a busy machine others may be late for once.
            let late = label(series, "reason") == "timeout";
            assert!(
                late || label(series, "account_id") == ill,
                "{kind}: {series}"
            );
        }
    }
    simulator.clear_faults();
    exporter.wait_until_as_before(&well);
    assert!(
        exporter.process.memory_kb("VmHWM") < 2 * MUCH,
        "{} kB",
        exporter.process.memory_kb("VmHWM")
    );
}

/// Dozens of answers at once are far too large, so that together they would fill the memory.
#[test]
fn all_accounts_at_once() {
    let simulator = organization();
    let exporter = Exporter::start(
        &simulator,
        &watching_with_short_validity("mode: organization"),
    );
    let well = exporter.wait_until_all_succeed().posture();
    simulator.inject_only(&json!({ "kind": "huge" }));
    let failing = |scrape: &Scrape| scrape.failing().len();
    exporter.wait_until("they are refused", |scrape| failing(scrape) >= 40);
    exporter.wait_until("values end", |scrape| {
        scrape.family("aws_root_mfa_enabled").next().is_none()
    });
    let most = exporter.process.memory_kb("VmHWM");
    println!(
        "{} answers that are too large: at most {most} kB",
        failing(&exporter.scrape())
    );
    assert!(most < MUCH * 3 / 2, "{most} kB");
    simulator.clear_faults();
    exporter.wait_until_as_before(&well);
}

/// AWS's clock is almost five minutes ahead, or behind: it takes no request that is signed further off.
#[test]
fn clocks_that_differ() {
    for skew in ["+280s", "-280s"] {
        let simulator = Simulator::start();
        simulator.patch(&json!({ "clock": skew }));
        let exporter = Exporter::start(&simulator, &fast_config("", ""));
        exporter.wait_until_all_succeed();
        let login = json!([{ "name": "ConsoleLogin", "region": "us-east-1", "mfa": false }]);
        simulator.add_events(ACCOUNT, &login);
        let logins = [("kind", "login_without_mfa"), ("window", "1d")];
        let scrape = exporter.wait_until("the sign-in is seen", |scrape| {
            scrape.value("aws_root_events", &logins) == Some(1.0)
        });
        for (series, age) in scrape.family("aws_root_last_login_age_seconds") {
            assert!((0.0..400.0).contains(&age), "{skew}: {series} {age}");
        }
        exporter.wait_until_all_succeed();
    }
}

/// An event that is listed again and again is one.
#[test]
fn duplicates() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(
        &simulator,
        &fast_config("root_activity", "interval: 1s, timeout: 30s"),
    );
    let well = exporter.wait_until_all_succeed();
    let reads = [("kind", "read"), ("window", "90d")];
    let one_more = well.value("aws_root_events", &reads).unwrap() + 1.0;
    let event = json!({ "id": "11111111-2222-3333-4444-555555555555", "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "eu-west-1", "at": "-20m" });
    simulator.add_events(ACCOUNT, &json!([event, event, event]));
    let counted = |scrape: &Scrape| scrape.value("aws_root_events", &reads) == Some(one_more);
    exporter.wait_until("one event more", counted);
    exporter.wait_for_successes(3.0);
    assert!(counted(&exporter.scrape()));
}

/// A time that nothing can have is no time.
#[test]
fn times_of_the_year_9998() {
    let simulator = Simulator::start();
    let event = json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "eu-west-1", "at": "-10m" });
    simulator.add_events(ACCOUNT, &json!([event]));
    // An error that stands beside a delivery after it counts for nothing, unless the time of the delivery is lost.
    let recovered = json!({ "latest_delivery": "-4m", "latest_delivery_error": "NoSuchBucket" });
    simulator.patch(&json!({ "accounts": { ACCOUNT: { "trails": { "everything": recovered } } } }));
    let config = fast_config("credential_report", "interval: 1s, timeout: 30s")
        .replace("stale_after: 60", "stale_after: 6");
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_all_succeed();
    let known = |scrape: &Scrape| scrape.unknown_checks().is_empty();
    let well = exporter.wait_until("all is known", known).posture();
    simulator.inject_only(&json!({ "kind": "future" }));
    let scrape = exporter.wait_until("times are refused", |scrape| {
        let mut ill = [
            "root_activity",
            "guardduty",
            "credential_report",
            "cloudtrail",
        ]
        .into_iter();
        ill.all(|it| scrape.success(it) == Some(false))
    });
    for (collector, region, reason) in scrape.failing() {
        assert_eq!(reason, "malformed", "{collector} in {region}");
    }
    let ill = exporter.wait_until("zeros end", |scrape| {
        scrape
            .family("aws_root_events")
            .all(|(_, count)| count > 0.0)
    });
    assert_eq!(ill.posture().differing_from(&well), [], "wrong values");
    simulator.clear_faults();
    exporter.wait_until_as_before(&well);
}

/// Answers that are well formed, about an account that was not asked: nothing of them is shown.
#[test]
fn answers_about_another_account() {
    const OTHER: &str = "222233334444";
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let well = exporter.wait_until_all_succeed().posture();
    let report = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n<root_account>,arn:aws:iam::222233334444:root,2024-03-01T10:00:00Z,not_supported,N/A,N/A,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
    let trail = json!({ "arn": format!("arn:aws:cloudtrail:us-east-1:{OTHER}:trail/foreign"), "home_region": "us-east-1", "multi_region": true });
    simulator.patch_account(&json!({ "report_csv": report, "trails": { "foreign": trail } }));
    let event = json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "eu-west-1", "at": "-10m", "record": { "recipientAccountId": OTHER } });
    simulator.add_events(ACCOUNT, &json!([event]));
    let ill = ["cloudtrail", "credential_report", "root_activity"];
    let scrape = exporter.wait_until("the answers are refused", |scrape| {
        ill.iter().all(|it| scrape.success(it) == Some(false))
    });
    for (collector, region, reason) in scrape.failing() {
        assert_eq!(reason, "malformed", "{collector} in {region}");
    }
    assert_eq!(scrape.posture(), well);
    let log = exporter.log();
    for message in [
        "a trail is of another account",
        "the report is that of another account",
        "an event is of another account",
    ] {
        assert!(log.contains(message), "{message}: {log}");
    }
    assert!(!exporter.get("/metrics").1.contains(OTHER));
    simulator.patch_account(&json!({ "report_csv": null, "trails": { "foreign": null } }));
    exporter.wait_until("the account's own are read again", |scrape| {
        scrape.success("cloudtrail") == Some(true)
            && scrape.success("credential_report") == Some(true)
    });
}

/// AWS lists a unit below itself: the way down ends.
#[test]
fn a_unit_below_itself() {
    let simulator = with(ACCOUNT, "management", &[]);
    // The first question about a unit is for its accounts, the second for its units.
    let circle =
        json!({ "Children": [{ "Id": "ou-exam-workloads", "Type": "ORGANIZATIONAL_UNIT" }] });
    let fault = json!({ "kind": "replace", "operation": "ListChildren", "skip": 1, "count": 1, "result": circle });
    simulator.inject_only(&fault);
    let exporter = Exporter::start(&simulator, &entering("mode: organization"));
    exporter.wait_until("it is known who is below", |scrape| {
        let denied = |account| scrape.value("aws_root_scp_denies_root", &of(account, &[]));
        MEMBERS.iter().all(|account| denied(account).is_some())
    });
    let world = simulator.world();
    let mut faults = world["faults"].as_object().unwrap().values();
    assert!(faults.all(|fault| fault["count"] == 0), "{world}");
    exporter.wait_until_all_succeed();
}
