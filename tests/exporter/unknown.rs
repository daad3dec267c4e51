//! Unknown is not absent and not good: each collector denied, throttled, slow, cut off and answered with nonsense, while
//! the others keep going; its values end when they are stale, and come back.
use crate::harness::{ACCESS_KEY, ACCOUNT, Exporter, Simulator, fast};
use serde_json::{Value, json};

/// What goes wrong, how it may show, and what the simulator does for it.
fn faults() -> [(&'static str, &'static [&'static str], Value); 6] {
    [
        ("denied", &["access_denied"], json!({ "kind": "deny" })),
        ("throttled", &["throttled"], json!({ "kind": "throttle" })),
        (
            "cut off",
            &["network", "malformed"],
            json!({ "kind": "cut_off" }),
        ),
        (
            "truncated",
            &["network", "malformed"],
            json!({ "kind": "truncate" }),
        ),
        ("garbage", &["malformed"], json!({ "kind": "garbage" })),
        (
            "slow",
            &["timeout"],
            json!({ "kind": "delay", "seconds": 20 }),
        ),
    ]
}

/// One collector under test, the call that is spoilt, and a metric that rests on it alone.
fn trial(collector: &str, service: &str, operation: &str, witness: &str) {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast(collector, "interval: 1s, timeout: 12s"));
    let well = exporter.until_well().posture();
    for (name, reasons, mut fault) in faults() {
        fault["service"] = service.into();
        fault["operation"] = operation.into();
        let what = format!("{collector} {name}");
        simulator.break_with(&fault);
        let ill = exporter.until(&what, |scrape| scrape.success(collector) == Some(false));
        let failing = ill.failing();
        assert!(!failing.is_empty(), "{what}: nothing says why");
        for (failed, region, reason) in &failing {
            assert_eq!(failed, collector, "{what}");
            assert!(
                reasons.contains(&reason.as_str()),
                "{what}: {reason} in {region}\n{}",
                exporter.log()
            );
        }
        let stale = exporter.until(&format!("{what}: {witness} ends"), |scrape| {
            !scrape.has(witness)
        });
        assert_eq!(
            stale.posture().differing_from(&well),
            [],
            "{what}: wrong values"
        );
        for (series, value) in stale.family("aws_root_collector_success") {
            assert_eq!(
                value == 1.0,
                !series.contains(collector),
                "{what}: {series} {value}"
            );
        }
        simulator.mend();
        exporter.until_as(&well);
    }
}

#[test]
fn account_summary() {
    trial(
        "account_summary",
        "iam",
        "GetAccountSummary",
        "aws_root_mfa_enabled",
    );
}

#[test]
fn mfa_devices() {
    trial(
        "mfa_devices",
        "iam",
        "ListVirtualMFADevices",
        "aws_root_mfa_devices",
    );
}

#[test]
fn root_activity() {
    trial(
        "root_activity",
        "cloudtrail",
        "LookupEvents",
        "aws_root_events",
    );
}

#[test]
fn cloudtrail() {
    trial(
        "cloudtrail",
        "cloudtrail",
        "DescribeTrails",
        "aws_root_cloudtrail_trail_info",
    );
}

#[test]
fn guardduty() {
    trial(
        "guardduty",
        "guardduty",
        "ListDetectors",
        "aws_root_guardduty_enabled",
    );
}

#[test]
fn organization() {
    trial(
        "organization",
        "organizations",
        "DescribeOrganization",
        "aws_root_organization_accounts",
    );
}

#[test]
fn security_contact() {
    trial(
        "security_contact",
        "account",
        "GetAlternateContact",
        "aws_root_security_contact_configured",
    );
}

#[test]
fn iam() {
    trial(
        "iam",
        "iam",
        "ListEntitiesForPolicy",
        "aws_root_iam_administrators",
    );
}

/// AWS remakes the report every four hours at most, so its values last that much longer than others'.
#[test]
fn credential_report() {
    const AGE: &str = "aws_root_access_key_age_seconds";
    let simulator = Simulator::start();
    let exporter = Exporter::start(
        &simulator,
        &fast("credential_report", "interval: 1s, timeout: 12s"),
    );
    let well = exporter.until_well().posture();
    for (name, reasons, mut fault) in faults() {
        fault["service"] = "iam".into();
        fault["operation"] = "GetCredentialReport".into();
        simulator.break_with(&fault);
        let ill = exporter.until(name, |scrape| {
            scrape.success("credential_report") == Some(false)
        });
        for (collector, _, reason) in ill.failing() {
            assert!(
                collector == "credential_report" && reasons.contains(&reason.as_str()),
                "{name}: {reason}"
            );
        }
        assert_eq!(ill.posture().differing_from(&well), [], "{name}");
        simulator.mend();
        exporter.until_as(&well);
    }

    // A report too old to be believed, which AWS does not remake.
    simulator.patch(&json!({ "report_interval": "1d" }));
    simulator.patch_account(&json!({ "report_generated": "-5h" }));
    let stale = exporter.until("the report is too old", |scrape| !scrape.has(AGE));
    assert!(!stale.has("aws_root_iam_users") && stale.has("aws_root_mfa_enabled"));
    assert_eq!(
        stale.success("credential_report"),
        Some(true),
        "AWS did answer"
    );
    simulator.patch(&json!({ "report_interval": "1s" }));
    exporter.until("the report is made anew", |scrape| scrape.has(AGE));
}

/// While it is not known which regions there are, nothing is claimed about all of them.
#[test]
fn regions_that_cannot_be_listed() {
    let simulator = Simulator::start();
    simulator.break_with(&json!({ "kind": "deny", "operation": "ListRegions" }));
    let config = fast("guardduty", "interval: 1s, timeout: 15s");
    let exporter = Exporter::start(&simulator, &config);
    let scrape = exporter.until("default regions are looked at", |scrape| {
        exporter.get("/-/ready").0 == 200
            && scrape.family("aws_root_guardduty_enabled").count() == 2
    });
    assert_eq!(scrape.success("discovery"), Some(false));
    let reason = |collector: &str, region: &str| {
        let found = scrape
            .failing()
            .into_iter()
            .find(|(c, r, _)| c == collector && r == region);
        found.map(|(_, _, reason)| reason)
    };
    assert_eq!(
        reason("discovery", "global").as_deref(),
        Some("access_denied")
    );
    assert_eq!(
        reason("guardduty", "sa-east-1").as_deref(),
        Some("region_disabled")
    );
    assert!(
        scrape
            .family("aws_root_events")
            .all(|(_, value)| value > 0.0),
        "zero is a claim about every region"
    );
}

/// A field that AWS did not send is not 0.
#[test]
fn a_missing_field() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "account_summary": { "AccountMFAEnabled": "absent" } }));
    let exporter = Exporter::start(&simulator, &fast("", ""));
    let scrape = exporter.until("the rest is known", |scrape| {
        scrape.has("aws_root_password_present")
    });
    assert!(!scrape.has("aws_root_mfa_enabled"));
    assert_eq!(scrape.success("account_summary"), Some(false));
}

/// GovCloud's root has neither console nor MFA; China has no root user.
#[test]
fn partitions_with_less_of_a_root_user() {
    let world = |partition: &str, region: &str| {
        format!(
            "accounts:
  '{ACCOUNT}':
    partition: {partition}
    regions: [{region}]
    created: -900d
    principals: {{ {ACCESS_KEY}: {{ secret: not-a-secret, name: exporter }} }}
    roles: {{ exporter: {{}} }}
    root:
      password: {{ changed: -500d, last_used: -45d }}
      mfa: [{{ kind: virtual }}]
      keys: [{{ id: AKIAROOTKEY1EXAMPLE, created: -400d }}]
    trails: {{ main: {{ home_region: {region}, multi_region: true, latest_delivery: -1m }} }}
    events: [{{ name: ConsoleLogin, at: -2d, region: {region} }}]
"
        )
    };
    for (partition, region) in [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")] {
        let simulator = Simulator::with(&world(partition, region));
        let environment = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
            ("AWS_REGION", region),
        ];
        let exporter = Exporter::with(&simulator, &fast("", ""), &environment, &[]);
        let scrape = exporter.until_well();
        for family in [
            "aws_root_mfa_enabled",
            "aws_root_mfa_devices",
            "aws_root_password_present",
            "aws_root_last_login_timestamp_seconds",
        ] {
            assert!(!scrape.has(family), "{partition}: {family}");
        }
        let root = scrape.has("aws_root_access_keys_present")
            || scrape.has("aws_root_credentials_present");
        assert_eq!(root, partition == "aws-us-gov");
        assert_eq!(
            scrape.value("aws_root_cloudtrail_enabled", &[]),
            Some(1.0),
            "{partition}"
        );
    }
}
