//! What is nobody's business stays inside: credentials, and what AWS's answers tell of people and places.
use crate::{
    accounts::{MEMBERS, organization, watching},
    harness::{
        ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, TIMEOUT, get, http, policy_for,
        wait_until,
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

const SERVICES: [&str; 5] = ["account", "cloudtrail", "guardduty", "iam", "organizations"];
const EXTERNAL_ID: &str = "external-id-that-is-nobodys-business";

/// An organization that is known whole, root's credentials too, with something to hide wherever there is room for it.
fn world() -> Simulator {
    let simulator = organization();
    let finding = json!({ "type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "user_type": "Root", "api": "ListBuckets", "created": "-3d", "access_key_id": "AKIAOFTHEFINDING0001" });
    let hidden = json!({
        "email": "root-of-it@corp.example.org",
        "users": { "mallory.private": { "password": true, "created": "-300d" } },
        "administrators": { "users": ["mallory.private"], "groups": ["group.private"], "roles": ["role.private"] },
        "alternate_contacts": { "SECURITY": { "Name": "Trent Private", "Title": "Team", "EmailAddress": "security@corp.example.org", "PhoneNumber": "+1 555 0100" } },
        "detectors": { "us-east-1": { "findings": { "finding-that-is-private": finding } } },
        "root": { "mfa": [{ "kind": "virtual", "name": "mfa-device.private" }], "keys": [{ "id": "AKIAOFTHEROOTUSER001", "created": "-100d", "last_used": "-1d" }] },
        "events": [
            { "name": "ConsoleLogin", "at": "-12d", "mfa": true, "region": "us-east-1", "id": "0e0e0e0e-1111-2222-3333-0e0e0e0e0e0e" },
            { "name": "ListBuckets", "at": "-1d", "source": "s3.amazonaws.com", "region": "us-east-1", "access_key_id": "AKIAOFTHEROOTUSER001" },
        ],
    });
    let mut accounts = json!({ ACCOUNT: hidden });
    accounts[ACCOUNT]["principals"] =
        json!({ ACCESS_KEY: { "policy": policy_for("management+assume-root") } });
    for member in MEMBERS {
        accounts[member] = hidden.clone();
        accounts[member]["roles"] = json!({ "root-exporter": { "external_id": EXTERNAL_ID } });
    }
    simulator.patch(&json!({ "organization": { "features": ["RootCredentialsManagement"] }, "accounts": accounts }));
    simulator
}

/// All that anybody can be told.
fn said(exporter: &Exporter) -> String {
    let paths = [
        "/metrics",
        "/",
        "/api/v1/posture",
        "/-/ready",
        "/-/healthy",
        "/nothing",
    ];
    paths.map(|path| exporter.get(path).1).concat()
}

fn issued(simulator: &Simulator) -> Vec<String> {
    let (_, text) = get(&format!("{}/_simulator/sessions", simulator.url));
    let sessions: Vec<Value> = serde_json::from_str(&text).unwrap();
    let parts = sessions.iter().flat_map(|it| {
        ["key", "secret", "token"].map(|part| it[part].as_str().unwrap().to_owned())
    });
    parts.collect()
}

/// What is said while all kinds of failure are tried, as many at once as there are services.
fn ailing(simulator: &Simulator, exporter: &Exporter) -> String {
    let mut told = String::new();
    let leak = "arn:aws:iam::111122223333:user/mallory.private AKIAOFTHEMESSAGE0001";
    let faults = [
        json!({ "kind": "deny" }),
        json!({ "kind": "throttle" }),
        json!({ "kind": "disabled" }),
        json!({ "kind": "error", "status": 400, "code": "ValidationError", "message": leak }),
        json!({ "kind": "error", "status": 400, "code": leak }),
        json!({ "kind": "garbage" }),
        json!({ "kind": "truncate" }),
        json!({ "kind": "cut_off" }),
        json!({ "kind": "wrong_types" }),
        json!({ "kind": "not_utf8" }),
        json!({ "kind": "repeated_token" }),
    ];
    for (round, _) in faults.chunks(SERVICES.len()).enumerate() {
        let fault = |(n, service): (usize, &&str)| {
            let mut fault = faults[(round * SERVICES.len() + n) % faults.len()].clone();
            fault["service"] = (*service).into();
            ((*service).to_owned(), fault)
        };
        let broken: serde_json::Map<String, Value> =
            SERVICES.iter().enumerate().map(fault).collect();
        simulator.clear_faults();
        simulator.patch(&json!({ "faults": broken }));
        let mut unharmed = BTreeSet::from(SERVICES);
        simulator.take_calls();
        wait_until("each service has answered with a fault", TIMEOUT, || {
            for call in simulator.take_calls() {
                if call["result"] != "ok" {
                    unharmed.remove(call["service"].as_str().unwrap());
                }
            }
            if unharmed.is_empty() {
                Ok(())
            } else {
                Err(format!("not yet: {unharmed:?}"))
            }
        });
        let failures = |scrape: &Scrape| -> f64 {
            let errors = scrape.family("aws_root_collector_errors_total");
            errors.map(|(_, count)| count).sum()
        };
        let before = failures(&exporter.scrape());
        exporter.wait_until(
            "as many failures are published as there are services",
            |scrape| failures(scrape) >= before + 5.0,
        );
        told += &said(exporter);
    }
    told
}

/// Holds that nothing of what is secret was told.
fn assert_hidden(simulator: &Simulator, told: &str) {
    let issued = issued(simulator);
    assert!(
        issued.len() > 3 * MEMBERS.len(),
        "sessions of roles and of root"
    );
    let known = [
        ACCESS_KEY,
        "AKIA",
        "ASIA",
        "not-a-secret",
        "token-of-the-environment",
        EXTERNAL_ID,
        "@corp.example.org",
        "555 0100",
        "Trent",
        ".private",
        "finding-that-is-private",
        "0e0e0e0e",
        "192.0.2.10",
        "Mozilla",
        "arn:aws:iam",
        "Signature=",
        "AWS4-HMAC",
    ];
    let secrets: BTreeSet<&str> = known
        .into_iter()
        .chain(issued.iter().map(String::as_str))
        .collect();
    for secret in secrets {
        let line = told.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

/// Every collector, every kind of failure and a reload, at the most talkative.
fn talks(format: &str) {
    let simulator = world();
    let key = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("SOME_TOKEN", "token-of-the-environment"),
    ];
    let flags = [
        "--log.level",
        "trace",
        "--log.format",
        format,
        "--web.enable-lifecycle",
    ];
    let accounts = format!("mode: organization, assume_root: true, external_id: {EXTERNAL_ID}");
    let config = watching(&accounts);
    let exporter = Exporter::with(&simulator, &config, &key, &flags);
    let well = exporter.wait_until_all_succeed();
    let audited = well
        .family("aws_root_mfa_devices")
        .any(|(series, _)| series.contains("passkey"));
    assert!(audited, "root's credentials are known");
    let mut told = said(&exporter);

    told += &ailing(&simulator, &exporter);
    simulator.clear_faults();
    let reload = || {
        http()
            .post(format!("{}/-/reload", exporter.url))
            .send_empty()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    };
    for (right, wrong) in [
        ("assume_root: true", "assume_root: maybe"),
        ("external_id: ", "external_id: {}, role: "),
    ] {
        fs::write(&exporter.config, config.replace(right, wrong)).unwrap();
        told += &reload();
    }
    fs::write(&exporter.config, &config).unwrap();
    told += &reload();
    told += &said(&exporter);
    told += &exporter.log();

    assert_hidden(&simulator, &told);
}

#[test]
fn nothing_in_logfmt() {
    talks("logfmt");
}

#[test]
fn nothing_in_json() {
    talks("json");
}

/// The memory holds credentials: no dump of it is made, and nobody else of the same user may look into it.
#[test]
fn the_memory_is_not_written_out() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, "");
    let limits = exporter.process.proc("limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    // What the process lists of itself is still there.
    let scrape = exporter.wait_until("its own metrics", |scrape| scrape.has("process_open_fds"));
    assert!(scrape.value("process_open_fds", &[]) > Some(3.0));
    assert!(scrape.has("process_max_fds") && scrape.has("process_start_time_seconds"));
}
