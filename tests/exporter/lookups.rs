//! What root did, as CloudTrail lists it: pages, late and unreadable events, other names, how far back and how often.
use crate::harness::{
    ACCOUNT, Exporter, Scrape, Simulator, TIMEOUT, fast_config, short_validity_config, wait_until,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// The kinds of event by the record that AWS keeps, over the longest window.
const LONGEST: &str = "90d";

#[test]
fn every_page_of_events_once_and_late_ones_too() {
    let simulator = Simulator::start();
    let many: Vec<Value> = (1..=130)
        .map(|n| json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "us-east-1", "at": format!("-{n}h") }))
        .collect();
    simulator.add_events(ACCOUNT, &json!(many));
    let exporter = Exporter::start(
        &simulator,
        &fast_config("root_activity", "interval: 1s, timeout: 20s"),
    );
    let reads = |window: &'static str| {
        move |scrape: &Scrape| {
            scrape.value("aws_root_events", &[("kind", "read"), ("window", window)])
        }
    };
    let scrape = exporter.wait_until("every event is counted", |scrape| {
        reads(LONGEST)(scrape) == Some(131.0)
    });
    assert_eq!(
        reads("1d")(&scrape),
        Some(23.0),
        "the one of 24 hours ago is just outside"
    );

    simulator.add_events(ACCOUNT, &json!([{ "name": "GetObject", "source": "s3.amazonaws.com", "region": "eu-west-1", "at": "-40m" }]),
    );
    exporter.wait_until("an event that shows late is counted", |scrape| {
        reads("1d")(scrape) == Some(24.0)
    });
    simulator.add_events(
        ACCOUNT,
        &json!([{ "name": "ConsoleLogin", "region": "us-east-1", "mfa": false }]),
    );
    let signed_in = Instant::now();
    let scrape = exporter.wait_until("a sign-in without MFA", |scrape| {
        scrape.value(
            "aws_root_events",
            &[("kind", "login_without_mfa"), ("window", "1d")],
        ) == Some(1.0)
    });
    assert!(
        scrape
            .value("aws_root_last_login_age_seconds", &[])
            .unwrap()
            < signed_in.elapsed().as_secs_f64() + 2.0
    );

    exporter.wait_until_all_succeed();
    for call in simulator.take_calls() {
        assert!(
            call["operation"] != "LookupEvents" || call["result"] == "ok",
            "within two calls a second: {call}"
        );
    }
}

/// Some records of IAM bear another name than `root`.
#[test]
fn events_under_other_names() {
    let simulator = Simulator::start();
    simulator.add_events(ACCOUNT, &json!([
            { "name": "DeactivateMFADevice", "region": "us-east-1", "user_name": "AWS ROOT USER" },
            { "name": "PutBucketPolicy", "source": "s3.amazonaws.com", "region": "eu-west-1", "user_name": "acme-prod" },
        ]),
    );
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let scrape = exporter.wait_until_all_succeed();
    for kind in ["credential_change", "write"] {
        let today = [("kind", kind), ("window", "1d")];
        assert_eq!(scrape.value("aws_root_events", &today), Some(1.0), "{kind}");
    }
}

/// A record that cannot be read may be anything: it is said, and no zero is claimed for its time.
#[test]
fn an_unreadable_record() {
    let simulator = Simulator::start();
    simulator.add_events(ACCOUNT, &json!([{ "name": "Odd", "region": "us-east-1", "at": "-3d", "record": { "eventName": 7 } }]),
    );
    let config = fast_config("root_activity", "interval: 1h, timeout: 30s");
    let exporter = Exporter::start(&simulator, &config);
    let malformed = [("collector", "root_activity"), ("reason", "malformed")];
    let runs = |scrape: &Scrape| scrape.value("aws_root_collector_errors_total", &malformed);
    let first = exporter.wait_until("a run fails", |scrape| runs(scrape) > Some(0.0));
    assert_eq!(runs(&first), Some(1.0));
    exporter.wait_until_ready();
    let logins = |scrape: &Scrape| {
        ["1d", "7d", "30d"]
            .map(|window| scrape.value("aws_root_events", &[("kind", "login"), ("window", window)]))
    };
    let scrape = exporter.wait_until("all regions are looked up", |scrape| {
        logins(scrape)[0] == Some(0.0)
    });
    assert_eq!(logins(&scrape), [Some(0.0), None, Some(1.0)]);
}

/// A look-back that takes longer than a run may goes on where it stopped, and what is known stays known.
#[test]
fn a_look_back_longer_than_a_run() {
    let simulator = Simulator::start();
    let many: Vec<Value> = (1..=900)
        .map(|n| json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "us-east-1", "at": format!("-{n}h") }))
        .collect();
    simulator.add_events(ACCOUNT, &json!(many));
    let config = fast_config("root_activity", "interval: 1s, timeout: 6s");
    let exporter = Exporter::start(&simulator, &config);
    let mut known = 0.0;
    let mut in_between = false;
    let mut said = false;
    wait_until("every event is counted", TIMEOUT, || {
        said |= exporter.get("/-/ready").1.contains("in 1 of 2 regions");
        let scrape = exporter.scrape();
        let reads = scrape.value("aws_root_events", &[("kind", "read"), ("window", LONGEST)]);
        assert!(
            reads >= Some(known) || known == 0.0,
            "{known} were known, now {reads:?}"
        );
        known = reads.unwrap_or_default();
        in_between |= known > 0.0 && known < 901.0;
        // It waits for the rate that AWS allows, which is no failure.
        let failing = scrape.failing();
        assert!(failing.is_empty(), "{failing:?}");
        if known == 901.0 {
            Ok(())
        } else {
            Err(format!("{known} events"))
        }
    });
    assert!(in_between, "it was to take several runs");
    assert!(said, "readiness says how far it is");
    exporter.wait_until("the look-back is done", |_| {
        exporter.get("/-/ready") == (200, "ready\n".to_owned())
    });
    exporter.wait_until("zeros are known at last", |scrape| {
        scrape.value("aws_root_events", &[("kind", "login"), ("window", "1d")]) == Some(0.0)
    });
}

/// Where root signs in, and where it was active within the hour, events are looked up at the short interval; elsewhere at the
/// long one, which what is known there outlives.
#[test]
fn quiet_regions_are_asked_less_often() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "regions": ["ap-southeast-2", "eu-west-1", "us-east-1"] }));
    let read = |region: &str, at: &str| json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": region, "at": at });
    let events = json!([read("ap-southeast-2", "-40m"), read("eu-west-1", "-61m")]);
    simulator.add_events(ACCOUNT, &events);
    let often = BTreeSet::from(["root_activity".to_owned()]);
    let config =
        short_validity_config(&often, "30s").replace("quiet_interval: 1s", "quiet_interval: 1h");
    let exporter = Exporter::start(&simulator, &config);
    let reads =
        |scrape: &Scrape| scrape.value("aws_root_events", &[("kind", "read"), ("window", "1d")]);
    exporter.wait_until("every region is looked up", |scrape| {
        reads(scrape) == Some(2.0)
    });
    exporter.wait_until_ready();
    simulator.take_calls();
    let mut asked = BTreeMap::<String, u64>::new();
    // What is known of a region is valid for five intervals.
    wait_until("the other regions are asked ten times", TIMEOUT, || {
        for call in simulator.take_calls() {
            if call["operation"] == "LookupEvents" {
                let region = call["region"].as_str().unwrap().to_owned();
                *asked.entry(region).or_default() += call["count"].as_u64().unwrap();
            }
        }
        let often = |region: &str| asked.get(region).is_some_and(|count| *count >= 20);
        if often("us-east-1") && asked.get("ap-southeast-2") >= Some(&10) {
            Ok(())
        } else {
            Err(format!("{asked:?}"))
        }
    });
    assert_eq!(asked.get("eu-west-1"), None);
    let scrape = exporter.scrape();
    assert_eq!(reads(&scrape), Some(2.0));
    let logins = [("kind", "login_without_mfa"), ("window", "1d")];
    assert_eq!(scrape.value("aws_root_events", &logins), Some(0.0));
    let interval = [("collector", "root_activity")];
    let interval = scrape.value("aws_root_collector_interval_seconds", &interval);
    assert_eq!(interval, Some(3600.0));
}
