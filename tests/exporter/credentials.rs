//! Whose credentials the exporter uses, and what happens when they end.
use crate::harness::{ACCOUNT, Exporter, Simulator, fast, file};
use serde_json::json;

/// As on EKS with IAM roles for service accounts: a token file and a role.
#[test]
fn web_identity_is_renewed_before_it_expires() {
    let simulator = Simulator::start();
    simulator.patch(&json!({ "session_lifetime": "15s" }));
    // A token's form is all that the simulator can check: it has no key to prove it with.
    let token = file(
        "token",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bW9uaXRvcmluZzpleHBvcnRlciJ9.c2ln",
    );
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exporter");
    let environment = [
        ("AWS_ROLE_ARN", role.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_SESSION_NAME", "exporter"),
    ];
    let exporter = Exporter::with(&simulator, &fast("", ""), &environment, &[]);
    exporter.until_well();
    simulator.calls();
    exporter.until_later(20.0);
    let calls = simulator.calls();
    let renewed = calls
        .iter()
        .any(|call| call["operation"] == "AssumeRoleWithWebIdentity" && call["result"] == "ok");
    assert!(renewed, "{calls:?}");
    let refused: Vec<_> = calls
        .iter()
        .filter(|call| call["result"].as_str().unwrap().contains("Token"))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    exporter.until_well();
}

#[test]
fn expired_credentials_are_told_apart_and_nothing_is_guessed() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast("", ""));
    let well = exporter.until_well().posture();
    simulator.break_with(&json!({ "kind": "error", "code": "ExpiredToken", "status": 403, "message": "The security token included in the request is expired" }));
    let scrape = exporter.until("all values end but the report's", |scrape| {
        !scrape.has("aws_root_mfa_enabled")
            && !scrape.has("aws_root_events")
            && !scrape.has("aws_root_guardduty_enabled")
    });
    for (collector, region, reason) in scrape.failing() {
        assert_eq!(reason, "credentials", "{collector} in {region}");
    }
    assert_eq!(scrape.posture().differing_from(&well), []);
    simulator.mend();
    exporter.until_well();
}

/// Without credentials the exporter runs, is not ready, and says why.
#[test]
fn no_credentials() {
    let simulator = Simulator::start();
    let exporter = Exporter::with(&simulator, &fast("", ""), &[], &[]);
    let scrape = exporter.until("the failure is counted", |scrape| {
        scrape.value(
            "aws_root_collector_errors_total",
            &[("collector", "discovery"), ("reason", "credentials")],
        ) > Some(0.0)
    });
    assert!(!scrape.has("aws_root_mfa_enabled"));
    assert_eq!(exporter.get("/-/healthy").0, 200);
    let (status, body) = exporter.get("/-/ready");
    assert!(
        status == 503 && body.contains("discovery"),
        "{status} {body}"
    );
    assert!(
        exporter.log().contains("no valid credentials"),
        "{}",
        exporter.log()
    );
}
