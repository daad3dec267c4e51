//! What the collectors make of worlds that are not simple: pages, repetitions, shadows, absence.
use crate::harness::{ACCOUNT, Exporter, Simulator, fast_config};
use serde_json::{Value, json};

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
