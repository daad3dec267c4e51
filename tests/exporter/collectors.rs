//! What the collectors make of worlds that are not simple: pages, repetitions, late events, shadows, absence.
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

#[test]
fn findings_about_root_over_pages_and_regions() {
    let simulator = Simulator::start();
    let finding = |n: usize| {
        let finding = json!({ "type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "user_type": "Root", "api": format!("Api{n}"), "created": "-2d" });
        (format!("root-{n}"), finding)
    };
    let findings: serde_json::Map<String, Value> = (0..120).map(finding).collect();
    simulator.patch_account(&json!({ "detectors": { "us-east-1": { "findings": findings }, "eu-west-1": { "findings": findings } } }));
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let scrape = exporter.wait_until_all_succeed();
    let of_root = |kind: &str| scrape.value("aws_root_guardduty_root_findings", &[("type", kind)]);
    assert_eq!(
        of_root("Policy:IAMUser/RootCredentialUsage"),
        Some(121.0),
        "120 in both regions, one in one"
    );
    let low = |region: &str| {
        scrape.value(
            "aws_root_guardduty_findings",
            &[("aws_region", region), ("severity", "low")],
        )
    };
    assert_eq!(
        (low("us-east-1"), low("eu-west-1")),
        (Some(121.0), Some(120.0))
    );

    // GuardDuty is switched off in one region, and gone in the other: that is known, and so are no findings there.
    simulator.patch_account(
        &json!({ "detectors": { "us-east-1": { "status": "DISABLED" }, "eu-west-1": null } }),
    );
    exporter.wait_until(
        "detectors are off, and findings only where there is one",
        |scrape| {
            let enabled: Vec<f64> = scrape
                .family("aws_root_guardduty_enabled")
                .map(|(_, value)| value)
                .collect();
            let mut findings = scrape.family("aws_root_guardduty_findings");
            enabled == [0.0, 0.0] && findings.all(|(series, _)| series.contains("us-east-1"))
        },
    );
}

#[test]
fn trails_and_what_they_record() {
    let simulator = Simulator::start();
    let advanced = |fields: Value| json!([{ "Name": "any name", "FieldSelectors": fields }]);
    let management = json!({ "Field": "eventCategory", "Equals": ["Management"] });
    let exporter = Exporter::start(&simulator, &fast_config("cloudtrail", "interval: 1s"));
    let cases = [
        (
            "all by an advanced selector",
            advanced(json!([management])),
            1.0,
        ),
        (
            "reads only",
            advanced(json!([management, { "Field": "readOnly", "Equals": ["true"] }])),
            0.0,
        ),
        (
            "without the noisy sources",
            advanced(
                json!([management, { "Field": "eventSource", "NotEquals": ["kms.amazonaws.com"] }]),
            ),
            1.0,
        ),
        (
            "data events only",
            advanced(
                json!([{ "Field": "eventCategory", "Equals": ["Data"] }, { "Field": "resources.type", "Equals": ["AWS::S3::Object"] }]),
            ),
            0.0,
        ),
    ];
    for (what, selectors, enabled) in cases {
        simulator.patch_account(&json!({ "trails": { "everything": { "event_selectors": null, "advanced_event_selectors": selectors } } }));
        exporter.wait_until(what, |scrape| {
            scrape.value("aws_root_cloudtrail_enabled", &[]) == Some(enabled)
        });
    }
    let both = advanced(json!([management]));
    simulator.patch_account(&json!({ "trails": {
        "everything": { "advanced_event_selectors": both, "logging": false },
        "of-the-organization": {
            "owner": "222233334444", "organization": true, "multi_region": true, "home_region": "eu-west-1",
            "latest_delivery": "-1m", "advanced_event_selectors": both,
        },
    } }));
    let scrape = exporter.wait_until("the organization's trail is seen", |scrape| {
        scrape.value(
            "aws_root_cloudtrail_trail_logging",
            &[("trail", "of-the-organization")],
        ) == Some(1.0)
    });
    assert_eq!(
        scrape.family("aws_root_cloudtrail_trail_info").count(),
        3,
        "each once, whatever regions show it"
    );
    assert_eq!(scrape.value("aws_root_cloudtrail_enabled", &[]), Some(1.0));
    simulator.patch_account(&json!({ "trails": null }));
    let scrape = exporter.wait_until("no trail is left", |scrape| {
        scrape.value("aws_root_cloudtrail_enabled", &[]) == Some(0.0)
    });
    assert!(!scrape.has("aws_root_cloudtrail_trail_info"));
}

#[test]
fn what_is_known_to_be_absent_is_zero() {
    let simulator = Simulator::start();
    simulator.patch(&json!({ "organization": null }));
    simulator.patch_account(&json!({
        "alternate_contacts": null,
        "password_policy": null,
        "administrators": null,
        "root": { "password": null, "mfa": [], "keys": [] },
        "report_generated": null,
    }));
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    let scrape = exporter.wait_until("the first report is made", |scrape| {
        scrape.has("aws_root_access_keys")
    });
    for family in [
        "aws_root_security_contact_configured",
        "aws_root_iam_password_policy_strong",
        "aws_root_mfa_enabled",
        "aws_root_password_present",
        "aws_root_access_keys_present",
        "aws_root_credentials_present",
    ] {
        assert_eq!(scrape.value(family, &[]), Some(0.0), "{family}");
    }
    assert!(
        scrape
            .family("aws_root_access_keys")
            .all(|(_, value)| value == 0.0)
    );
    assert!(
        scrape
            .family("aws_root_iam_administrators")
            .all(|(_, value)| value == 0.0)
    );
    assert!(
        !scrape.has("aws_root_access_key_age_seconds")
            && !scrape.has("aws_root_organization_accounts")
    );
    assert_eq!(
        scrape.value("aws_root_account_info", &[("membership", "standalone")]),
        Some(1.0)
    );
}

/// With a list of regions in the configuration, nobody is asked which there are.
#[test]
fn only_the_configured_regions() {
    let simulator = Simulator::start();
    let config = format!("regions: [eu-west-1]\n{}", fast_config("", ""));
    let exporter = Exporter::start(&simulator, &config);
    let scrape = exporter.wait_until_all_succeed();
    assert_eq!(scrape.family("aws_root_guardduty_enabled").count(), 1);
    let events = |kind| scrape.value("aws_root_events", &[("kind", kind), ("window", "1d")]);
    assert_eq!(events("read"), Some(0.0));
    assert_eq!(events("login"), None, "sign-ins are recorded in us-east-1");
    for call in simulator.take_calls() {
        assert_ne!(call["operation"], "ListRegions");
        assert!(
            call["service"] != "cloudtrail"
                || call["region"] == "eu-west-1"
                || call["operation"] != "LookupEvents",
            "{call}"
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

/// A virtual device that the list does not show yet must not pass for a hardware token.
#[test]
fn a_new_virtual_mfa_device() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "root": { "mfa": [] } }));
    let exporter = Exporter::start(&simulator, &fast_config("mfa_devices", "interval: 1h"));
    let other = [("kind", "non_virtual")];
    assert_eq!(
        exporter
            .wait_until_all_succeed()
            .value("aws_root_mfa_devices", &other),
        Some(0.0)
    );
    simulator.patch_account(&json!({ "root": { "mfa": [{ "kind": "virtual" }] } }));
    let scrape = exporter.wait_until("MFA is on", |scrape| {
        scrape.value("aws_root_mfa_enabled", &[]) == Some(1.0)
    });
    assert_eq!(scrape.value("aws_root_mfa_devices", &other), None);
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

/// A report that AWS does not finish: the reason says so, not that a collector was slow.
#[test]
fn a_credential_report_that_is_never_finished() {
    let simulator = Simulator::start();
    let without = json!({ "report_generated": null });
    simulator.patch(&json!({ "report_delay": "1000d", "accounts": { ACCOUNT: without } }));
    let config = fast_config("credential_report", "interval: 1s, timeout: 3s");
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until("the report is late", |scrape| {
        let mut failing = scrape.failing().into_iter();
        failing
            .any(|(collector, _, reason)| collector == "credential_report" && reason == "timeout")
    });
    let posture = exporter.get("/api/v1/posture").1;
    let reason = "credential_report fails: iam:GetCredentialReport: AWS has not finished a credential report yet.";
    assert!(posture.contains(reason), "{posture}");
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
