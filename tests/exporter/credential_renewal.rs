//! Credentials that change while the exporter runs: files are read again, a credential process is bounded, and nothing of
//! one account is shown under another.
use crate::{
    credential_harness::{exporter, failure, home, temporary, write},
    harness::{ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, TIMEOUT, file, wait_until},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

const OTHER: &str = "222233334444";
const OTHER_KEY: &str = "AKIAOTHERACCOUNT1234";
const CREDENTIALS: &str = ".aws/credentials";

fn keys(id: &str, secret: &str) -> String {
    format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

fn started(simulator: &Simulator, files: &[(&str, &str)]) -> (std::path::PathBuf, Exporter) {
    let home = home(files);
    let exporter = exporter(simulator, &[("HOME", home.to_str().unwrap())]);
    (home, exporter)
}

/// A key is replaced in the file and then deleted, as one rotates keys; a file with an error in between changes nothing.
#[test]
fn a_credentials_file_is_read_again() {
    let simulator = Simulator::start();
    let (home, exporter) = started(
        &simulator,
        &[(CREDENTIALS, &keys(ACCESS_KEY, "not-a-secret"))],
    );
    exporter.wait_until_all_succeed();
    write(&home, CREDENTIALS, "[default\n");
    let message = "The credentials loaded before are used until they expire";
    wait_until("the error is logged", TIMEOUT, || {
        exporter.log().contains(message).then_some(())
    });
    exporter.wait_for_successes(3.0);
    exporter.wait_until_all_succeed();
    let policy = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    simulator.patch_account(&json!({ "principals": { "AKIANEWKEYOFTHESAME1": { "secret": "new", "name": "exporter", "policy": policy } } }));
    write(&home, CREDENTIALS, &keys("AKIANEWKEYOFTHESAME1", "new"));
    wait_until("the new key is used", TIMEOUT, || {
        simulator.take_calls();
        exporter.wait_for_successes(2.0);
        let calls = simulator.take_calls();
        calls
            .iter()
            .all(|call| call["result"] == "ok")
            .then_some(())
    });
    simulator.patch_account(&json!({ "principals": { ACCESS_KEY: null } }));
    exporter.wait_for_successes(5.0);
    exporter.wait_until_all_succeed();
}

/// AWS refuses what a process printed, although it has not expired: the process is asked again.
#[test]
fn refused_credentials_are_loaded_again() {
    let simulator = Simulator::start();
    let printed = file("printed.json", &printed("AKIAREVOKEDALREADY12"));
    let config = format!(
        "[default]\ncredential_process = cat {}\n",
        printed.display()
    );
    let (_, exporter) = started(&simulator, &[(".aws/config", &config)]);
    exporter.wait_until("they are refused", |scrape| {
        let failed = [("collector", "discovery"), ("reason", "credentials")];
        scrape.value("aws_root_collector_errors_total", &failed) > Some(0.0)
    });
    assert!(
        exporter
            .log()
            .contains("no valid credentials (InvalidClientTokenId)"),
        "{}",
        exporter.log()
    );
    fs::write(&printed, temporary(&simulator).to_string()).unwrap();
    exporter.wait_until_all_succeed();
}

fn printed(key: &str) -> String {
    json!({ "Version": 1, "AccessKeyId": key, "SecretAccessKey": "x", "SessionToken": "y" })
        .to_string()
}

/// Credentials that cannot be renewed serve until they expire; then the reason is the process's.
#[test]
fn a_process_that_fails_later() {
    let simulator = Simulator::start();
    simulator.patch(&json!({ "session_lifetime": "30s" }));
    let printed = file("printed.json", &temporary(&simulator).to_string());
    let config = format!(
        "[default]\ncredential_process = cat {}\n",
        printed.display()
    );
    let (_, exporter) = started(&simulator, &[(".aws/config", &config)]);
    exporter.wait_until_ready();
    fs::remove_file(&printed).unwrap();
    let failing = |scrape: &Scrape| {
        scrape
            .failing()
            .iter()
            .any(|(.., reason)| reason == "credentials")
    };
    exporter.wait_until("they have expired", failing);
    let log = exporter.log();
    assert!(
        log.contains("The credentials loaded before are used until they expire"),
        "{log}"
    );
    fs::write(&printed, temporary(&simulator).to_string()).unwrap();
    exporter.wait_until_all_succeed();
}

/// What a credential process does instead of printing credentials. It is named, with what it says, but no secret.
#[test]
fn processes_without_credentials() {
    let simulator = Simulator::start();
    let secret = r#"{\"Version\":1,\"SecretAccessKey\":\"hush-hush\"}"#;
    for (command, expected) in [
        (
            "nowhere-to-be-found",
            "profile default: its credential_process failed with exit status: 127: sh: 1: nowhere-to-be-found: not found",
        ),
        (
            "sh -c \"echo; echo the vault is sealed >&2; exit 3\"",
            "its credential_process failed with exit status: 3: the vault is sealed",
        ),
        ("sh -c \"kill -9 $$\"", "its credential_process failed with"),
        ("true", "its credential_process printed nothing"),
        (
            "echo hello",
            "its credential_process printed something other than a JSON object",
        ),
        (
            "sh -c \"echo AKIAIOSFODNN7EXAMPLE was refused >&2; exit 1\"",
            "exit status: 1: what it wrote to standard error is withheld",
        ),
        (
            &format!("sh -c 'echo \"{secret}\"; echo hush-hush is no secret >&2'"),
            "printed JSON without AccessKeyId: what it wrote to standard error is withheld",
        ),
        (
            "yes",
            "the output of its credential_process cannot be read: it is larger than 64 kB",
        ),
    ] {
        let config = format!("[default]\ncredential_process = {command}\n");
        let (_, exporter) = started(&simulator, &[(".aws/config", &config)]);
        let message = failure(&exporter);
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(
            !message.contains("AKIA") && !message.contains("hush"),
            "{message}"
        );
    }
}

/// A process that hangs is ended with all that it started, and its failure is one of credentials.
#[test]
fn a_process_that_hangs() {
    let simulator = Simulator::start();
    let pids = file("pids", "");
    let script = format!(
        "echo waiting for a person >&2\nsleep 1000 &\necho $$ $! > {}\nsleep 1000\n",
        pids.display()
    );
    let script = file("script.sh", &script);
    let config = format!("[default]\ncredential_process = sh {}\n", script.display());
    let (_, exporter) = started(&simulator, &[(".aws/config", &config)]);
    let pids = wait_until("the process runs", TIMEOUT, || {
        let pids = fs::read_to_string(&pids).unwrap();
        pids.ends_with('\n').then_some(pids)
    });
    assert!(pids.split_whitespace().all(runs), "{pids}");
    let message = failure(&exporter);
    assert!(message.contains("profile default: its credential_process did not end within 30s and was killed: waiting for a person"), "{message}");
    wait_until("no process is left", TIMEOUT, || {
        (!pids.split_whitespace().any(runs)).then_some(())
    });
}

/// Whether a process runs. One that was killed and that nobody has waited for does not.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// Two accounts that differ in all that is shown.
fn two_accounts() -> Simulator {
    let simulator = Simulator::start();
    let policy = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    simulator.patch(&json!({ "accounts": { OTHER: {
        "name": "Other",
        "alias": "other",
        "created": "-900d",
        "regions": ["eu-west-1", "us-east-1"],
        "principals": { OTHER_KEY: { "secret": "other-secret", "name": "exporter", "policy": policy } },
        "root": { "password": { "changed": "-10d" }, "mfa": [] },
        "report_generated": "-1h",
    } } }));
    simulator
}

/// The credentials come to belong to another account. The old one's values end, the new one's begin, and at no time is
/// anything of one shown under the other.
#[test]
fn credentials_of_another_account() {
    let simulator = two_accounts();
    let (home, exporter) = started(
        &simulator,
        &[(CREDENTIALS, &keys(ACCESS_KEY, "not-a-secret"))],
    );
    let well = exporter.wait_until_all_succeed().posture();
    for (account, key, secret) in [
        (OTHER, OTHER_KEY, "other-secret"),
        (ACCOUNT, ACCESS_KEY, "not-a-secret"),
    ] {
        let before = if account == ACCOUNT { OTHER } else { ACCOUNT };
        write(&home, CREDENTIALS, &keys(key, secret));
        let seen = exporter.wait_until("the other account is shown", |scrape| {
            let mfa = |id| scrape.value("aws_root_mfa_enabled", &[("account_id", id)]);
            assert_ne!(mfa(ACCOUNT), Some(0.0));
            assert_ne!(mfa(OTHER), Some(1.0));
            mfa(account).is_some()
        });
        assert!(!seen.names(&format!("account_id=\"{before}\"")));
        exporter.wait_until_all_succeed();
    }
    let log = exporter.log();
    assert!(
        log.contains("the credentials belong to another account now"),
        "{log}"
    );
    assert!(!log.contains("AKIA"), "{log}");
    exporter.wait_until_as_before(&well);
}

/// While AWS does not say whose the new credentials are, the old ones are used.
#[test]
fn credentials_of_an_account_that_is_not_known() {
    let simulator = two_accounts();
    let (home, exporter) = started(
        &simulator,
        &[(CREDENTIALS, &keys(ACCESS_KEY, "not-a-secret"))],
    );
    exporter.wait_until_all_succeed();
    simulator.inject_only(&json!({ "kind": "error", "code": "ServiceUnavailable", "status": 503, "service": "sts", "operation": "GetCallerIdentity" }));
    write(&home, CREDENTIALS, &keys(OTHER_KEY, "other-secret"));
    wait_until("the new ones are refused", TIMEOUT, || {
        exporter
            .log()
            .contains("new credentials are not used yet")
            .then_some(())
    });
    let used = |calls: Vec<Value>| -> Vec<Value> {
        let other =
            |call: &Value| call["account"] == OTHER && call["operation"] != "GetCallerIdentity";
        calls.into_iter().filter(other).collect()
    };
    exporter.wait_for_successes(4.0);
    assert_eq!(used(simulator.take_calls()), Vec::<Value>::new());
    assert_eq!(
        exporter.scrape().value("aws_root_mfa_enabled", &[]),
        Some(1.0)
    );
    // Nor are the new ones used when AWS refuses the old ones.
    simulator.patch_account(&json!({ "principals": { ACCESS_KEY: null } }));
    let message = "the account of the new credentials is not known";
    wait_until("calls fail", TIMEOUT, || {
        exporter.log().contains(message).then_some(())
    });
    let tried = |simulator: &Simulator| {
        let calls = simulator.take_calls();
        calls
            .iter()
            .any(|call| call["operation"] == "GetCallerIdentity")
            .then_some(calls)
    };
    for _ in 0..3 {
        let calls = wait_until("AWS is asked again", TIMEOUT, || tried(&simulator));
        assert_eq!(used(calls), Vec::<Value>::new());
    }
    simulator.clear_faults();
    exporter.wait_until("the other account is shown", |scrape| {
        scrape.value("aws_root_mfa_enabled", &[("account_id", OTHER)]) == Some(0.0)
    });
}
