//! Whose credentials the exporter uses, and what happens when they end.
use crate::credential_harness::failure;
use crate::harness::{Exporter, Simulator, fast_config, file};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The exporter's role in the world of these tests.
const ROLE: &str = "arn:aws:iam::111122223333:role/exporter";

/// A token's form is all that the simulator can check: it has no key to prove it with.
pub(crate) fn web_identity_token() -> PathBuf {
    file(
        "token",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6bW9uaXRvcmluZzpleHBvcnRlciJ9.c2ln",
    )
}

pub(crate) fn web_identity_environment(token: &Path) -> [(&str, &str); 3] {
    [
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_SESSION_NAME", "exporter"),
    ]
}

/// As on EKS with IAM roles for service accounts: a token file and a role.
#[test]
fn web_identity_is_renewed_before_it_expires() {
    let simulator = Simulator::start();
    simulator.patch(&json!({ "session_lifetime": "30s" }));
    let token = web_identity_token();
    let environment = web_identity_environment(&token);
    let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
    exporter.wait_until_all_succeed();
    simulator.take_calls();
    exporter.wait_for_successes(40.0);
    let calls = simulator.take_calls();
    let renewed = calls
        .iter()
        .any(|call| call["operation"] == "AssumeRoleWithWebIdentity" && call["result"] == "ok");
    assert!(renewed, "{calls:?}");
    let refused: Vec<_> = calls
        .iter()
        .filter(|call| call["result"].as_str().unwrap().contains("Token"))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    exporter.wait_until_all_succeed();
}

#[test]
fn expired_credentials_are_told_apart_and_nothing_is_guessed() {
    let simulator = Simulator::start();
    let config = fast_config("", "").replace("stale_after: 60", "stale_after: 6");
    let exporter = Exporter::start(&simulator, &config);
    let well = exporter.wait_until_all_succeed().posture();
    simulator.inject_only(&json!({ "kind": "error", "code": "ExpiredToken", "status": 403, "message": "The security token included in the request is expired" }));
    let scrape = exporter.wait_until("all values end but the report's", |scrape| {
        !scrape.has("aws_root_mfa_enabled")
            && !scrape.has("aws_root_events")
            && !scrape.has("aws_root_guardduty_enabled")
    });
    for (collector, region, reason) in scrape.failing() {
        assert_eq!(reason, "credentials", "{collector} in {region}");
    }
    assert_eq!(scrape.posture().differing_from(&well), []);
    simulator.clear_faults();
    exporter.wait_until_all_succeed();
}

/// Without credentials the exporter runs, is not ready, and says why.
#[test]
fn no_credentials() {
    let simulator = Simulator::start();
    let exporter = Exporter::with(&simulator, &fast_config("", ""), &[], &[]);
    let scrape = exporter.wait_until("the failure is counted", |scrape| {
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
        exporter
            .log()
            .contains("no credentials: environment: AWS_ACCESS_KEY_ID is not set; "),
        "{}",
        exporter.log()
    );
}

/// A character that cannot be sent, from the environment and from a file: the part and the character are named, nothing
/// panics, and nothing of the credentials is shown.
#[test]
fn credentials_with_a_line_end() {
    let secret = "not-a-secret";
    for (key, secret, token, message) in [
        (
            "AKIAIOSFODNN7EXAMPLE\n",
            secret,
            "",
            "the access key ID contains a line feed",
        ),
        (
            "AKIAIOSFODNN7EXAMPLE",
            "not-a-secret\r\n",
            "",
            "the secret access key contains a carriage return",
        ),
        (
            "AKIAIOSFODNN7EXAMPLE",
            secret,
            "to\nken",
            "the session token contains a line feed",
        ),
    ] {
        let quoted = |text: &str| format!("{text:?}");
        let process = json!({ "Version": 1, "AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token });
        let output = file("credentials.json", &process.to_string());
        let profile = format!("[default]\ncredential_process = cat {}\n", output.display());
        let profile = file("config", &profile);
        let by_environment: Vec<_> = [
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", token),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        let by_process = vec![
            ("AWS_CONFIG_FILE", profile.to_str().unwrap()),
            ("PATH", "/usr/bin:/bin"),
        ];
        for environment in [by_environment, by_process] {
            let simulator = Simulator::start();
            let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
            failure(&exporter);
            let log = exporter.log();
            assert!(log.contains(message), "{}: {log}", quoted(key));
            assert!(
                !log.contains("AKIA") && !log.contains("not-a-secret"),
                "{log}"
            );
            assert!(simulator.take_calls().is_empty());
        }
    }
}
