//! What one account of an organization tells about the others: GuardDuty's administrator, and service control policies.
use crate::{
    accounts::{MEMBERS, of, organization, watching, watching_with_short_validity},
    harness::{ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, file, policy_for, run},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The accounts in which GuardDuty was called since the last time.
fn asked(simulator: &Simulator) -> BTreeSet<String> {
    let calls = simulator.take_calls();
    let of_guardduty = calls.iter().filter(|call| call["service"] == "guardduty");
    let accounts = of_guardduty.map(|call| call["account"].as_str().unwrap().to_owned());
    accounts.collect()
}

fn guardduty(scrape: &Scrape) -> Scrape {
    scrape.posture().only("aws_root_guardduty_")
}

/// Findings in two accounts and regions, some about root; the first member administers GuardDuty.
fn with_findings() -> Simulator {
    let simulator = organization();
    let finding = |kind: &str, severity: f64| json!({ "type": kind, "severity": severity, "created": "-3d", "updated": "-2h" });
    let root = |severity: f64| {
        let mut finding = finding("Policy:IAMUser/RootCredentialUsage", severity);
        finding["user_type"] = "Root".into();
        finding
    };
    simulator.patch(&json!({ "accounts": {
        MEMBERS[0]: {
            "roles": { "root-exporter": { "policy": policy_for("member+guardduty-administrator") } },
            "detectors": { "us-east-1": { "findings": { "own": finding("Recon:EC2/Portscan", 5.0) } } },
        },
        MEMBERS[1]: { "detectors": {
            "us-east-1": { "findings": {
                "low": finding("T/low", 1.0), "medium": finding("T/medium", 6.9), "high": finding("T/high", 8.9),
                "critical": finding("T/critical", 9.5), "root-1": root(2.0),
            } },
            "eu-west-1": { "findings": { "root-2": root(2.0) } },
        } },
        MEMBERS[2]: { "detectors": { "us-east-1": { "status": "DISABLED" }, "eu-west-1": null } },
    } }));
    simulator
}

fn administer(simulator: &Simulator, by: &Value) {
    simulator.patch(&json!({ "organization": { "delegated_administrators": { MEMBERS[0]: by } } }));
}

/// Members that GuardDuty's administrator speaks for are not asked themselves, and what is said of them is the same.
#[test]
fn guardduty_by_its_administrator() {
    let simulator = with_findings();
    let config = watching("mode: organization");
    let exporter = Exporter::start(&simulator, &config);
    let each_itself = guardduty(&exporter.wait_until_all_succeed());
    let types = of(
        MEMBERS[1],
        &[("type", "Policy:IAMUser/RootCredentialUsage")],
    );
    assert_eq!(
        each_itself.value("aws_root_guardduty_root_findings", &types),
        Some(1.0)
    );
    let all: BTreeSet<String> = [&[ACCOUNT][..], &MEMBERS]
        .concat()
        .iter()
        .map(|id| (*id).to_owned())
        .collect();
    assert_eq!(asked(&simulator), all);

    administer(&simulator, &json!(["guardduty.amazonaws.com"]));
    let alone = |scrape: &Scrape| scrape.unsuccessful().is_empty();
    exporter.wait_until("the administrator is asked alone", |scrape| {
        simulator.take_calls();
        exporter.wait_for_successes(3.0);
        // The administrator speaks for others, and so does one whose GuardDuty is not simply on.
        let expected = [MEMBERS[0], MEMBERS[2]].map(str::to_owned);
        alone(scrape) && asked(&simulator) == BTreeSet::from(expected)
    });
    let centrally = guardduty(&exporter.wait_until_all_succeed());
    assert_eq!(centrally.differing_from(&each_itself), []);
    assert_eq!(each_itself.differing_from(&centrally), []);

    // So it is from a fresh start.
    let fresh = Exporter::start(&simulator, &config);
    assert_eq!(
        guardduty(&fresh.wait_until_all_succeed()).differing_from(&each_itself),
        []
    );
    drop(fresh);

    // It changes by the administrator's word too.
    simulator.patch(&json!({ "accounts": { MEMBERS[1]: { "detectors": { "us-east-1": { "findings": { "high": { "archived": true } } } } } } }));
    let high = of(
        MEMBERS[1],
        &[("aws_region", "us-east-1"), ("severity", "high")],
    );
    exporter.wait_until("a finding is archived", |scrape| {
        scrape.value("aws_root_guardduty_findings", &high) == Some(0.0)
    });

    // An administrator that may not tell is no reason to know less.
    simulator.patch(&json!({ "faults": { "only": { "kind": "deny", "service": "guardduty", "operation": "GetMembers" } } }));
    exporter.wait_until("each is asked itself again", |_| {
        simulator.take_calls();
        exporter.wait_for_successes(3.0);
        asked(&simulator) == all
    });
    let denied = exporter.wait_until_all_succeed();
    assert_eq!(
        denied.value("aws_root_guardduty_findings", &high),
        Some(0.0)
    );
    let errors = [("collector", "guardduty"), ("reason", "access_denied")];
    assert!(denied.value("aws_root_collector_errors_total", &errors) > Some(0.0));
    assert!(exporter.log().contains("add guardduty:GetMembers"));
}

/// A policy at the root, at a unit above an account, or at the account itself.
#[test]
fn service_control_policies() {
    let simulator = organization();
    let deny_root = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "ArnLike": { "aws:PrincipalArn": ["arn:aws:iam::*:root"] }, "Null": { "aws:AssumedRoot": "true" } },
    }] });
    let other = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*" }] });
    simulator.patch(&json!({ "organization": {
        "units": {
            "ou-exam-workloads": { "name": "Workloads" },
            "ou-exam-production": { "name": "Production", "parent": "ou-exam-workloads" },
        },
        "policies": {
            "p-denyroot01": { "name": "DenyRoot", "content": deny_root, "targets": ["ou-exam-workloads"] },
            "p-otherthing": { "name": "Other", "content": other, "targets": ["r-exam"] },
            "p-unattached": { "name": "Unattached", "content": deny_root },
        },
    } }));
    simulator.patch(&json!({ "accounts": { MEMBERS[0]: { "unit": "ou-exam-production" }, MEMBERS[1]: { "unit": "ou-exam-workloads" } } }));
    let exporter = Exporter::start(
        &simulator,
        &watching_with_short_validity("mode: organization"),
    );
    let denied = |scrape: &Scrape| {
        [ACCOUNT, MEMBERS[0], MEMBERS[1], MEMBERS[2]]
            .map(|account| scrape.value("aws_root_scp_denies_root", &of(account, &[])))
    };
    let [yes, no] = [Some(1.0), Some(0.0)];
    assert_eq!(
        denied(&exporter.wait_until_all_succeed()),
        [no, yes, yes, no]
    );

    let attach = |targets: &[&str]| {
        simulator.patch(
            &json!({ "organization": { "policies": { "p-denyroot01": { "targets": targets } } } }),
        );
    };
    attach(&[MEMBERS[2]]);
    exporter.wait_until("at the account", |scrape| {
        denied(scrape) == [no, no, no, yes]
    });
    attach(&["r-exam"]);
    exporter.wait_until("at the root", |scrape| {
        denied(scrape) == [no, yes, yes, yes]
    });

    // Unknown is neither: and it says so for each account that it concerns.
    simulator.patch(&json!({ "faults": { "only": { "kind": "deny", "service": "organizations", "operation": "DescribePolicy" } } }));
    let unknown = exporter.wait_until("unknown", |scrape| denied(scrape) == [no, None, None, None]);
    for member in MEMBERS {
        let reason = of(
            member,
            &[("collector", "organization"), ("reason", "access_denied")],
        );
        assert_eq!(
            unknown.value("aws_root_collector_region_failed", &reason),
            Some(1.0)
        );
        let info = of(member, &[("membership", "member")]);
        assert_eq!(unknown.value("aws_root_account_info", &info), Some(1.0));
    }
    simulator.clear_faults();
    exporter.wait_until("known again", |scrape| {
        denied(scrape) == [no, yes, yes, yes]
    });
}

fn auditing() -> String {
    watching("mode: organization, assume_root: true")
}

/// Root's credentials as its own session sees them, once they may be audited; what that leaves in the event history is not
/// the root user's doing.
#[test]
fn root_credentials_by_assume_root() {
    let simulator = organization();
    simulator.patch(&json!({
        "organization": { "features": ["RootCredentialsManagement"] },
        "accounts": {
            ACCOUNT: { "principals": { ACCESS_KEY: { "policy": policy_for("management+assume-root") } } },
            MEMBERS[0]: { "root": { "mfa": [{ "kind": "virtual" }, { "kind": "passkey" }, { "kind": "hardware" }, { "kind": "hardware" }] } },
            MEMBERS[1]: { "root": { "mfa": [{ "kind": "passkey" }], "keys": [
                { "id": "AKIAEXAMPLEROOTKEY01", "created": "-100d", "status": "Inactive" },
                { "id": "AKIAEXAMPLEROOTKEY02", "created": "-10d", "last_used": "-1d" },
            ] } },
            MEMBERS[2]: { "root": { "password": null, "mfa": [] } },
        },
    }));
    let exporter = Exporter::start(&simulator, &auditing());
    let scrape = exporter.wait_until_all_succeed();
    let mfa = |account| {
        ["virtual", "passkey", "hardware", "non_virtual"]
            .map(|kind| scrape.value("aws_root_mfa_devices", &of(account, &[("kind", kind)])))
    };
    assert_eq!(mfa(MEMBERS[0]), [Some(1.0), Some(1.0), Some(2.0), None]);
    assert_eq!(mfa(MEMBERS[1]), [Some(0.0), Some(1.0), Some(0.0), None]);
    assert_eq!(mfa(MEMBERS[2]), [Some(0.0), Some(0.0), Some(0.0), None]);
    // The management account cannot be audited so, and is not.
    assert_eq!(mfa(ACCOUNT), [Some(1.0), None, None, None]);
    let audited = |account| of(account, &[("collector", "root_credentials")]);
    assert_eq!(
        scrape.value("aws_root_collector_success", &audited(ACCOUNT)),
        None
    );
    assert_eq!(
        scrape.value("aws_root_collector_success", &audited(MEMBERS[0])),
        Some(1.0)
    );
    let keys = ["active", "inactive"].map(|status| {
        scrape.value(
            "aws_root_access_keys",
            &of(MEMBERS[1], &[("status", status)]),
        )
    });
    assert_eq!(keys, [Some(1.0), Some(1.0)]);

    let events = |scrape: &Scrape, kind| {
        scrape.value(
            "aws_root_events",
            &of(MEMBERS[0], &[("kind", kind), ("window", "1d")]),
        )
    };
    let scrape = exporter.wait_until("its own sessions are recorded", |scrape| {
        events(scrape, "privileged_session") > Some(0.0)
    });
    assert_eq!(events(&scrape, "read"), Some(0.0));
    let last = scrape.value(
        "aws_root_last_activity_timestamp_seconds",
        &of(MEMBERS[0], &[]),
    );
    let login = scrape.value(
        "aws_root_last_login_timestamp_seconds",
        &of(MEMBERS[0], &[]),
    );
    assert_eq!(last, login, "the true root user was not active since");

    // A device is gone: what was audited before is not claimed any more.
    simulator.patch(&json!({
        "faults": { "only": { "kind": "deny", "service": "sts", "operation": "AssumeRoot" } },
        "accounts": { MEMBERS[1]: { "root": { "mfa": [] } } },
    }));
    let scrape = exporter.wait_until("no MFA", |scrape| {
        let passkeys = of(MEMBERS[1], &[("kind", "passkey")]);
        scrape.value("aws_root_mfa_enabled", &of(MEMBERS[1], &[])) == Some(0.0)
            && scrape.value("aws_root_mfa_devices", &passkeys).is_none()
    });
    let failed = of(
        MEMBERS[1],
        &[
            ("collector", "root_credentials"),
            ("reason", "access_denied"),
        ],
    );
    exporter.wait_until("the refusal shows", |scrape| {
        scrape.value("aws_root_collector_region_failed", &failed) == Some(1.0)
    });
    assert_eq!(
        scrape.value("aws_root_mfa_enabled", &of(MEMBERS[0], &[])),
        Some(1.0)
    );
    let log = exporter.log();
    assert!(log.contains("central management of root credentials has to be enabled"));
    assert!(!log.contains("ASIA") && !log.contains("AKIAEXAMPLE"));
}

/// Off by default: then nobody becomes root.
#[test]
fn nobody_becomes_root_unasked() {
    let simulator = organization();
    simulator.patch(&json!({ "organization": { "features": ["RootCredentialsManagement"] } }));
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    exporter.wait_until_all_succeed();
    assert!(
        simulator
            .take_calls()
            .iter()
            .all(|call| call["operation"] != "AssumeRoot")
    );
    let refused = run(&[
        "config",
        "check",
        "--config.file",
        &file("c.yaml", "accounts: { assume_root: true }")
            .display()
            .to_string(),
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("needs mode `organization`"));
}
