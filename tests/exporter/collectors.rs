//! What the collectors make of worlds that are not simple: pages, repetitions, late events, shadows, absence.
use crate::harness::{ACCOUNT, Exporter, Simulator, fast, http};
use serde_json::{Value, json};

/// The kinds of event by the record that AWS keeps, over the longest window.
const LONGEST: &str = "90d";

pub(crate) fn happens(simulator: &Simulator, events: &Value) {
    let url = format!("{}/_simulator/events/{ACCOUNT}", simulator.url);
    let answer = http().post(&url).send(events.to_string()).unwrap();
    assert_eq!(answer.status(), 200, "{events}");
}

#[test]
fn every_page_of_events_once_and_late_ones_too() {
    let simulator = Simulator::start();
    let many: Vec<Value> = (1..=130)
        .map(|n| json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "us-east-1", "at": format!("-{n}h") }))
        .collect();
    happens(&simulator, &json!(many));
    let exporter = Exporter::start(
        &simulator,
        &fast("root_activity", "interval: 1s, timeout: 20s"),
    );
    let reads = |window: &'static str| {
        move |scrape: &crate::scrape::Scrape| {
            scrape.value("aws_root_events", &[("kind", "read"), ("window", window)])
        }
    };
    let scrape = exporter.until("every event is counted", |scrape| {
        reads(LONGEST)(scrape) == Some(131.0)
    });
    assert_eq!(
        reads("1d")(&scrape),
        Some(23.0),
        "the one of 24 hours ago is just outside"
    );

    happens(
        &simulator,
        &json!([{ "name": "GetObject", "source": "s3.amazonaws.com", "region": "eu-west-1", "at": "-40m" }]),
    );
    exporter.until("an event that shows late is counted", |scrape| {
        reads("1d")(scrape) == Some(24.0)
    });
    happens(
        &simulator,
        &json!([{ "name": "ConsoleLogin", "region": "us-east-1", "mfa": false }]),
    );
    let scrape = exporter.until("a sign-in without MFA", |scrape| {
        scrape.value(
            "aws_root_events",
            &[("kind", "login_without_mfa"), ("window", "1d")],
        ) == Some(1.0)
    });
    assert!(
        scrape
            .value("aws_root_last_login_age_seconds", &[])
            .unwrap()
            < 60.0
    );

    exporter.until_well();
    for call in simulator.calls() {
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
    let exporter = Exporter::start(&simulator, &fast("", ""));
    let scrape = exporter.until_well();
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
    exporter.until(
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
    let exporter = Exporter::start(&simulator, &fast("cloudtrail", "interval: 1s"));
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
        exporter.until(what, |scrape| {
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
    let scrape = exporter.until("the organization's trail is seen", |scrape| {
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
    let scrape = exporter.until("no trail is left", |scrape| {
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
    let exporter = Exporter::start(&simulator, &fast("", ""));
    exporter.until_well();
    let scrape = exporter.until("the first report is made", |scrape| {
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
    let config = format!("regions: [eu-west-1]\n{}", fast("", ""));
    let exporter = Exporter::start(&simulator, &config);
    let scrape = exporter.until_well();
    assert_eq!(scrape.family("aws_root_guardduty_enabled").count(), 1);
    let events = |kind| scrape.value("aws_root_events", &[("kind", kind), ("window", "1d")]);
    assert_eq!(events("read"), Some(0.0));
    assert_eq!(events("login"), None, "sign-ins are recorded in us-east-1");
    for call in simulator.calls() {
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
    happens(
        &simulator,
        &json!([
            { "name": "DeactivateMFADevice", "region": "us-east-1", "user_name": "AWS ROOT USER" },
            { "name": "PutBucketPolicy", "source": "s3.amazonaws.com", "region": "eu-west-1", "user_name": "acme-prod" },
        ]),
    );
    let exporter = Exporter::start(&simulator, &fast("", ""));
    let scrape = exporter.until_well();
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
    let exporter = Exporter::start(&simulator, &fast("mfa_devices", "interval: 1h"));
    let other = [("kind", "non_virtual")];
    assert_eq!(
        exporter.until_well().value("aws_root_mfa_devices", &other),
        Some(0.0)
    );
    simulator.patch_account(&json!({ "root": { "mfa": [{ "kind": "virtual" }] } }));
    let scrape = exporter.until("MFA is on", |scrape| {
        scrape.value("aws_root_mfa_enabled", &[]) == Some(1.0)
    });
    assert_eq!(scrape.value("aws_root_mfa_devices", &other), None);
}

/// A record that cannot be read may be anything: it is said, and no zero is claimed for its time.
#[test]
fn an_unreadable_record() {
    let simulator = Simulator::start();
    happens(
        &simulator,
        &json!([{ "name": "Odd", "region": "us-east-1", "at": "-3d", "record": { "eventName": 7 } }]),
    );
    let exporter = Exporter::start(&simulator, &fast("", ""));
    let scrape = exporter.until_ready();
    let malformed = [("collector", "root_activity"), ("reason", "malformed")];
    let runs = scrape.value("aws_root_collector_errors_total", &malformed);
    assert_eq!(runs, Some(1.0));
    let logins = |window| scrape.value("aws_root_events", &[("kind", "login"), ("window", window)]);
    assert_eq!(
        (logins("1d"), logins("7d"), logins("30d")),
        (Some(0.0), None, Some(1.0))
    );
}

/// A look-back that takes longer than a run may goes on where it stopped, and what is known stays known.
#[test]
fn a_look_back_longer_than_a_run() {
    let simulator = Simulator::start();
    let many: Vec<Value> = (1..=300)
        .map(|n| json!({ "name": "ListBuckets", "source": "s3.amazonaws.com", "region": "us-east-1", "at": format!("-{n}h") }))
        .collect();
    happens(&simulator, &json!(many));
    let config = fast("root_activity", "interval: 1s, timeout: 1600ms");
    let config = config.replace("stale_after: 3", "stale_after: 30");
    let exporter = Exporter::start(&simulator, &config);
    let mut known = 0.0;
    let mut cut_off = false;
    let mut said = false;
    loop {
        said |= exporter.get("/-/ready").1.contains("in 1 of 2 regions");
        let scrape = exporter.scrape();
        let reads = scrape.value("aws_root_events", &[("kind", "read"), ("window", LONGEST)]);
        assert!(
            reads >= Some(known) || known == 0.0,
            "{known} were known, now {reads:?}"
        );
        known = reads.unwrap_or_default();
        cut_off |= scrape
            .failing()
            .iter()
            .any(|(_, _, reason)| reason == "timeout");
        if known == 301.0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(cut_off, "it was to take several runs");
    assert!(said, "readiness says how far it is");
    exporter.until("the look-back is done", |_| {
        exporter.get("/-/ready") == (200, "ready\n".to_owned())
    });
    exporter.until("zeros are known at last", |scrape| {
        scrape.value("aws_root_events", &[("kind", "login"), ("window", "1d")]) == Some(0.0)
    });
}
