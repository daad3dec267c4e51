//! Unknown is not absent and not good: each collector denied, throttled, slow, cut off and answered with nonsense, while
//! the others keep going; its values end when they are stale, and come back.
use crate::harness::{
    ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, fast_config, label, short_validity_config,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Of the collector whose calls are slow, while they are: shorter than the delay.
const SHORT_TIMEOUT: &str = "2s";

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
            json!({ "kind": "delay", "seconds": 6 }),
        ),
    ]
}

/// Injects faults into one call, which these collectors need, and sees that metrics with the first of these beginnings end and
/// none but those with the others may: a slow call makes the next run of its whole collector late. Checks that need them
/// become unknown, and no other does.
fn trial(collectors: &[&str], service: &str, operation: &str, metrics: &[&str]) {
    let collectors: BTreeSet<String> = collectors.iter().map(|name| (*name).to_owned()).collect();
    let config = short_validity_config(&collectors, "30s");
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_all_succeed();
    let known = |scrape: &Scrape| scrape.unknown_checks().is_empty();
    let well = exporter.wait_until("all is known", known).posture();
    for (name, reasons, mut fault) in faults() {
        fault["service"] = service.into();
        fault["operation"] = operation.into();
        let what = format!("{operation} {name}");
        let slow = name == "slow";
        if slow {
            exporter.reload(&short_validity_config(&collectors, SHORT_TIMEOUT));
        }
        simulator.inject_only(&fault);
        let ill = exporter.wait_until(&what, |scrape| scrape.unsuccessful() == collectors);
        assert!(!ill.failing().is_empty(), "{what}: nothing says why");
        for (failed, region, reason) in ill.failing() {
            assert!(collectors.contains(&failed), "{what}: {failed}");
            let expected = reasons.contains(&reason.as_str());
            assert!(expected, "{what}: {reason} in {region}\n{}", exporter.log());
        }
        let stale = exporter.wait_until(&format!("{what}: values end"), |scrape| {
            !scrape.has(metrics[0])
        });
        assert_eq!(stale.unsuccessful(), collectors, "{what}");
        let unknown = stale.unknown_checks();
        assert!(!unknown.is_empty(), "{what}: no check is unknown");
        let concerned = |series: &str| {
            if series.starts_with("aws_root_check_passed") {
                return unknown.contains(&label(series, "check"));
            }
            metrics.iter().any(|metric| series.starts_with(metric))
        };
        let stale = stale.posture();
        explained(&exporter, &unknown, &collectors);
        for check in &unknown {
            let judged = stale.clone().only("aws_root_check_passed");
            assert!(
                !judged.names(&format!("check=\"{check}\"")),
                "{what}: {check} is unknown and judged"
            );
        }
        stale.assert_lacks_only(&well, concerned, &what);
        simulator.clear_faults();
        if slow {
            exporter.reload(&config);
        }
        exporter.wait_until_as_before(&well);
    }
}

/// Sees that each of these checks says which of these collectors fails, and where to read what to do.
fn explained(exporter: &Exporter, unknown: &BTreeSet<String>, collectors: &BTreeSet<String>) {
    let posture = exporter.posture();
    let account = &posture["accounts"][0];
    for check in unknown {
        let mut findings = account["checks"].as_array().unwrap().iter();
        let finding = findings.find(|it| it["id"] == **check).unwrap();
        assert_eq!(finding["status"], "unknown", "{finding}");
        let reason = finding["reason"].as_str().unwrap();
        let named = |name: &String| reason.contains(&format!("{name} fails: "));
        assert!(collectors.iter().any(named), "{check}: {reason}");
        let runbook = finding["runbook"].as_str().unwrap();
        assert!(runbook.ends_with("/AwsRootCheckUnknown.md"), "{runbook}");
    }
    for it in account["collectors"].as_array().unwrap() {
        let ill = it["name"]
            .as_str()
            .is_some_and(|it| collectors.contains(it));
        assert_eq!(it["state"], if ill { "failing" } else { "ok" }, "{it}");
        assert_eq!(it["failures"] == json!([]), !ill, "{it}");
    }
}

#[test]
fn account_summary() {
    let metrics = [
        "aws_root_mfa_enabled",
        "aws_root_mfa_devices",
        "aws_root_password_present",
        "aws_root_access_keys_present",
        "aws_root_signing_certificates_present",
        "aws_root_credentials_present",
    ];
    trial(
        &["account_summary", "mfa_devices"],
        "iam",
        "GetAccountSummary",
        &metrics,
    );
}

#[test]
fn mfa_devices() {
    trial(
        &["mfa_devices"],
        "iam",
        "ListVirtualMFADevices",
        &["aws_root_mfa_devices"],
    );
}

#[test]
fn root_activity() {
    let metrics = ["aws_root_events", "aws_root_event_last", "aws_root_last_"];
    trial(&["root_activity"], "cloudtrail", "LookupEvents", &metrics);
}

#[test]
fn cloudtrail() {
    let metrics = ["aws_root_cloudtrail_enabled", "aws_root_cloudtrail_"];
    trial(&["cloudtrail"], "cloudtrail", "DescribeTrails", &metrics);
}

#[test]
fn cloudtrail_status() {
    let metrics = ["aws_root_cloudtrail_trail_logging", "aws_root_cloudtrail_"];
    trial(&["cloudtrail"], "cloudtrail", "GetTrailStatus", &metrics);
}

#[test]
fn guardduty() {
    let metrics = ["aws_root_guardduty_enabled", "aws_root_guardduty_"];
    trial(&["guardduty"], "guardduty", "ListDetectors", &metrics);
}

#[test]
fn guardduty_findings() {
    let metrics = ["aws_root_guardduty_root_findings", "aws_root_guardduty_"];
    trial(&["guardduty"], "guardduty", "GetFindings", &metrics);
}

#[test]
fn organization() {
    let metrics = [
        "aws_root_organization_accounts",
        "aws_root_organization_",
        "aws_root_scp_denies_root",
    ];
    trial(
        &["organization"],
        "organizations",
        "DescribeOrganization",
        &metrics,
    );
}

#[test]
fn security_contact() {
    let metrics = ["aws_root_security_contact_configured"];
    trial(
        &["security_contact"],
        "account",
        "GetAlternateContact",
        &metrics,
    );
}

#[test]
fn iam() {
    let metrics = ["aws_root_iam_administrators", "aws_root_iam_password"];
    trial(&["iam"], "iam", "ListEntitiesForPolicy", &metrics);
}

/// AWS remakes the report every four hours at most, so its values last that much longer than others'.
#[test]
fn credential_report() {
    const COLLECTOR: &str = "credential_report";
    let simulator = Simulator::start();
    let config =
        |timeout: &str| fast_config(COLLECTOR, &format!("interval: 1s, timeout: {timeout}"));
    let exporter = Exporter::start(&simulator, &config("30s"));
    let well = exporter.wait_until_all_succeed().posture();
    for (name, reasons, mut fault) in faults() {
        fault["service"] = "iam".into();
        fault["operation"] = "GetCredentialReport".into();
        let slow = name == "slow";
        if slow {
            exporter.reload(&config(SHORT_TIMEOUT));
        }
        simulator.inject_only(&fault);
        let ill = exporter.wait_until(name, |scrape| scrape.success(COLLECTOR) == Some(false));
        for (collector, _, reason) in ill.failing() {
            assert!(
                collector == COLLECTOR && reasons.contains(&reason.as_str()),
                "{name}: {reason}"
            );
        }
        assert_eq!(ill.posture().differing_from(&well), [], "{name}");
        simulator.clear_faults();
        if slow {
            exporter.reload(&config("30s"));
        }
        exporter.wait_until_as_before(&well);
    }
}

/// A report too old to be believed, which AWS does not remake.
#[test]
fn old_credential_report() {
    const AGE: &str = "aws_root_access_key_age_seconds";
    let simulator = Simulator::start();
    simulator.patch(&json!({ "report_interval": "1d" }));
    simulator.patch_account(&json!({ "report_generated": "-5h" }));
    let exporter = Exporter::start(
        &simulator,
        &fast_config("credential_report", "interval: 1s"),
    );
    // AWS did answer.
    let stale = exporter.wait_until("the report is read", |scrape| {
        scrape.success("credential_report") == Some(true) && scrape.has("aws_root_mfa_enabled")
    });
    assert!(!stale.has("aws_root_iam_users") && !stale.has(AGE));
    simulator.patch(&json!({ "report_interval": "1s" }));
    exporter.wait_until("the report is made anew", |scrape| scrape.has(AGE));
}

fn zeros(scrape: &Scrape) -> usize {
    scrape
        .family("aws_root_events")
        .filter(|(_, value)| *value == 0.0)
        .count()
}

fn detectors(scrape: &Scrape) -> usize {
    scrape.family("aws_root_guardduty_enabled").count()
}

/// While it is not known which regions there are, AWS's default ones are watched, and nothing is claimed about all.
#[test]
fn regions_that_cannot_be_listed() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "regions": null }));
    simulator.inject_only(&json!({ "kind": "deny", "operation": "ListRegions" }));
    let narrow = format!("regions: [us-east-1]\n{}", fast_config("", ""));
    let exporter = Exporter::start(&simulator, &narrow);
    let scrape = exporter.wait_until_all_succeed();
    assert!(
        zeros(&scrape) > 0 && detectors(&scrape) == 1,
        "the listed region is all there is"
    );

    // There are many of them.
    exporter.reload(&fast_config("", "").replace("interval: 2s", "interval: 10s"));
    let scrape = exporter.wait_until("the default regions are watched", |scrape| {
        assert!(
            detectors(scrape) == 1 || zeros(scrape) == 0,
            "zero is a claim about every region"
        );
        detectors(scrape) == 17
            && scrape.value("aws_root_events", &[("kind", "write"), ("window", "90d")]) == Some(1.0)
    });
    assert_eq!(scrape.unsuccessful(), ["discovery".to_owned()].into());

    simulator.clear_faults();
    let scrape = exporter.wait_until_all_succeed();
    exporter.wait_until("all regions are known", |scrape| zeros(scrape) > 0);
    assert_eq!(detectors(&scrape), 17);
}

/// Whose account it is was known, and what is asked in the account is answered.
#[test]
fn an_identity_that_cannot_be_confirmed() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let well = exporter.wait_until_all_succeed().posture();
    simulator.inject_only(&json!({ "kind": "error", "operation": "GetCallerIdentity", "status": 503, "code": "ServiceUnavailable" }));
    let only = ["discovery".to_owned()].into();
    let scrape = exporter.wait_until("discovery fails", |scrape| scrape.unsuccessful() == only);
    assert_eq!(well.differing_from(&scrape.posture()), []);
    simulator.clear_faults();
    exporter.wait_until_all_succeed();
}

#[test]
fn a_region_that_is_not_enabled() {
    let simulator = Simulator::start();
    let config = format!("regions: [us-east-1, af-south-1]\n{}", fast_config("", ""));
    let exporter = Exporter::start(&simulator, &config);
    let scrape = exporter.wait_until_ready();
    assert!(!scrape.failing().is_empty());
    for (collector, region, reason) in scrape.failing() {
        assert_eq!(
            (region.as_str(), reason.as_str()),
            ("af-south-1", "region_disabled"),
            "{collector}"
        );
    }
    assert!(detectors(&scrape) == 1 && zeros(&scrape) == 0);
}

/// A field that AWS did not send is not 0.
#[test]
fn a_missing_field() {
    let simulator = Simulator::start();
    simulator.patch_account(&json!({ "account_summary": { "AccountMFAEnabled": "absent" } }));
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    let scrape = exporter.wait_until("the rest is known", |scrape| {
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
        let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
        let scrape = exporter.wait_until_all_succeed();
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
