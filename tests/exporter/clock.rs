//! The clock of the exporter's host is wrong, or is set while the exporter runs.
use crate::{
    accounts::{MEMBERS, of, organization_world, watching},
    credentials::{web_identity_environment, web_identity_token},
    harness::{
        ACCESS_KEY, ACCOUNT, Exporter, KEY, Scrape, Simulator, TIMEOUT, WORLD, fast_config, file,
        libfaketime, policy_for, short_validity_config, wait_until,
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};

const OFFSET: &str = "aws_root_exporter_clock_offset_seconds";

/// The clock of AWS is this far ahead of the host's. Everything runs, root's audits too; sessions last 20 s.
fn organization_ahead(offset: &str) -> Simulator {
    let mut world = organization_world();
    let sign = if offset.starts_with('-') { "" } else { "+" };
    world["clock"] = format!("{sign}{offset}").into();
    world["server_time_offset"] = offset.into();
    world["session_lifetime"] = "20s".into();
    world["organization"]["features"] = json!(["RootCredentialsManagement"]);
    let policy = policy_for("management+assume-root");
    world["accounts"][ACCOUNT]["principals"][ACCESS_KEY]["policy"] = policy;
    Simulator::as_is(&world.to_string())
}

fn everything() -> String {
    watching("mode: organization, assume_root: true")
}

/// How many calls had a result with this word.
fn with_result(calls: &[Value], word: &str) -> u64 {
    let is = |call: &&Value| call["result"].as_str().unwrap().contains(word);
    let found = calls.iter().filter(is);
    found.map(|call| call["count"].as_u64().unwrap()).sum()
}

/// What is asked first is refused, once: whose the credentials are, by who loads them and by discovery. Then everything works, in every service, and ages are right.
fn works(aws_is_ahead_by: &str, seconds: f64, said: &str) {
    let simulator = organization_ahead(aws_is_ahead_by);
    let exporter = Exporter::start(&simulator, &everything());
    exporter.wait_until_all_succeed();
    exporter.wait_for_successes(25.0);
    let scrape = exporter.wait_until_all_succeed();
    let calls = simulator.take_calls();
    let refused = with_result(&calls, "Signature");
    assert!((1..=2).contains(&refused), "{calls:?}");
    // Sessions are renewed in time, and not for each call.
    assert_eq!(with_result(&calls, "Token"), 0, "{calls:?}");
    let assumed = calls.iter().filter(|it| it["operation"] == "AssumeRole");
    let assumed: u64 = assumed.map(|it| it["count"].as_u64().unwrap()).sum();
    assert!(assumed < 20, "{assumed}");
    let errors = scrape.family("aws_root_collector_errors_total");
    assert_eq!(errors.filter(|(_, count)| *count > 0.0).count(), 0);
    assert!(scrape.unknown_checks().is_empty());

    let offset = scrape.value(OFFSET, &[]).unwrap();
    assert!((offset + seconds).abs() < 10.0, "{offset}");
    let age = scrape.value("aws_root_last_login_age_seconds", &of(ACCOUNT, &[]));
    let days = age.unwrap() / 86_400.0;
    assert!((12.0..12.01).contains(&days), "{days} days");
    let log = exporter.log();
    assert_eq!(log.matches("the clock of this host").count(), 1, "{log}");
    assert!(log.contains(said), "{log}");
}

#[test]
fn behind_by_minutes() {
    works("20m", 1200.0, "is 20 minutes behind AWS (by");
}

#[test]
fn ahead_by_minutes() {
    works("-20m", -1200.0, "is 20 minutes ahead of AWS (by");
}

#[test]
fn behind_by_hours() {
    works("3h", 10_800.0, "is 180 minutes behind AWS (by");
}

#[test]
fn ahead_by_hours() {
    works("-3h", -10_800.0, "is 180 minutes ahead of AWS (by");
}

/// The SDK's own sessions last as long as they do for AWS.
#[test]
fn web_identity() {
    for (sign, hours) in [("+", "3h"), ("", "-3h")] {
        let times =
            format!("clock: {sign}{hours}\nserver_time_offset: {hours}\nsession_lifetime: 15s");
        let simulator = Simulator::with(&format!("{times}\n{WORLD}"));
        let token = web_identity_token();
        let environment = web_identity_environment(&token);
        let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
        exporter.wait_until_all_succeed();
        exporter.wait_for_successes(20.0);
        let calls = simulator.take_calls();
        let issued = |it: &&Value| it["operation"] == "AssumeRoleWithWebIdentity";
        let issued = calls.iter().filter(issued);
        let issued: u64 = issued.map(|it| it["count"].as_u64().unwrap()).sum();
        assert!((2..10).contains(&issued), "{hours}: {issued}");
        assert_eq!(with_result(&calls, "Token"), 0, "{hours}: {calls:?}");
    }
}

/// Where the SDK's correction is off, each call says that the clock is wrong and by how much, in every service.
#[test]
fn without_the_correction() {
    let simulator = organization_ahead("0s");
    let off = ("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true");
    let environment = [&KEY[..], &[off]].concat();
    let exporter = Exporter::with(&simulator, &everything(), &environment, &[]);
    let scrape = exporter.wait_until_all_succeed();
    assert_eq!(scrape.value(OFFSET, &[]), Some(0.0));
    simulator.take_calls();
    simulator.patch(&json!({ "server_time_offset": "-123m" }));
    let services = [
        "account",
        "cloudtrail",
        "guardduty",
        "iam",
        "organizations",
        "sts",
    ];
    let said = "the clock of this host is 123 minutes ahead of AWS (by the Date of its answer): set it, for instance with NTP";
    let mut failed = BTreeSet::new();
    wait_until("a call to each service has failed", TIMEOUT, || {
        for (call, reason, message) in failures(&exporter) {
            if message != said {
                return Err(format!("{call}: {reason}: {message}"));
            }
            assert_eq!(reason, "credentials", "{call}");
            failed.insert(call.split(':').next().unwrap().to_owned());
        }
        if failed.iter().ne(services) {
            return Err(format!("{failed:?}"));
        }
        Ok(())
    });
    simulator.patch(&json!({ "server_time_offset": "0s" }));
    exporter.wait_until_all_succeed();
    let log = exporter.log();
    assert!(
        log.contains("the clock of this host is right again"),
        "{log}"
    );
}

/// Call, reason and message of what fails now.
fn failures(exporter: &Exporter) -> Vec<(String, String, String)> {
    let posture = exporter.posture();
    let accounts = posture["accounts"].as_array().unwrap().iter();
    let collectors = accounts.flat_map(|it| it["collectors"].as_array().unwrap());
    let failures = collectors.flat_map(|it| it["failures"].as_array().unwrap());
    let text = |failure: &Value, key: &str| failure[key].as_str().unwrap().to_owned();
    failures
        .map(|it| (text(it, "call"), text(it, "reason"), text(it, "message")))
        .collect()
}

/// A host's clock that a test can set.
struct HostClock {
    library: String,
    offset: PathBuf,
}

impl HostClock {
    /// `None` where libfaketime is not installed.
    fn new() -> Option<Self> {
        let library = libfaketime()?.to_str().unwrap().to_owned();
        let offset = file("offset", "+0");
        Some(Self { library, offset })
    }

    /// Elapsed time and the times of files stay true.
    fn environment(&self) -> Vec<(&str, &str)> {
        let clock = [
            ("LD_PRELOAD", self.library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", self.offset.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ];
        [&KEY[..], &clock].concat()
    }

    fn set(&self, offset: &str) {
        let new = self.offset.with_extension("new");
        fs::write(&new, offset).unwrap();
        fs::rename(new, &self.offset).unwrap();
    }
}

/// Backoffs and staleness go by elapsed time.
#[test]
fn the_clock_is_set_while_it_runs() {
    let Some(clock) = HostClock::new() else {
        eprintln!("skipped: libfaketime is not installed");
        return;
    };
    let mut world = organization_world();
    world["accounts"][MEMBERS[1]]["roles"] = json!({});
    let simulator = Simulator::as_is(&world.to_string());
    let denied = BTreeSet::from(["account_summary".to_owned(), "mfa_devices".to_owned()]);
    let config = short_validity_config(&denied, "30s")
        .replace("accounts: { ", "accounts: { mode: organization, ");
    let exporter = Exporter::with(&simulator, &config, &clock.environment(), &[]);
    let mfa = of(ACCOUNT, &[]);
    let mfa = |scrape: &Scrape| scrape.value("aws_root_mfa_enabled", &mfa);
    for (offset, seconds) in [("-2h", -7200.0), ("+2h", 7200.0)] {
        exporter.wait_until_ready();
        let unreachable = BTreeSet::from(["discovery".to_owned()]);
        let well = exporter.wait_until("only one role is refused", |scrape| {
            scrape.unsuccessful() == unreachable && mfa(scrape) == Some(1.0)
        });
        simulator.take_calls();
        clock.set(offset);
        exporter.wait_until("the clock's offset shows", |scrape| {
            let shown = scrape.value(OFFSET, &[]);
            let right = shown.is_some_and(|shown| (shown - seconds).abs() < 5.0);
            right.then_some(()).ok_or(format!("{shown:?}"))
        });
        simulator.inject_only(&json!({ "kind": "deny", "operation": "GetAccountSummary" }));
        let start = std::time::Instant::now();
        let scrape = exporter.wait_until("the denied value ends", |scrape| mfa(scrape).is_none());
        // Five intervals of a second, and a publish.
        let elapsed = start.elapsed().as_secs();
        assert!(elapsed < 60, "{offset}: {elapsed} s");
        let concerned = |series: &str| {
            let of_summary = [
                "aws_root_mfa",
                "aws_root_password_present",
                "aws_root_access_keys",
                "aws_root_signing",
                "aws_root_credentials_present",
                "aws_root_check",
                "aws_root_posture",
            ];
            of_summary.iter().any(|start| series.starts_with(start))
        };
        let what = format!("after {offset}");
        let (scrape, well) = (scrape.posture(), well.posture());
        scrape.assert_lacks_only(&well, concerned, &what);
        simulator.clear_faults();
        if seconds > 0.0 {
            continue;
        }
        let mut asked = Vec::new();
        wait_until("the refused role is asked for again", TIMEOUT, || {
            asked.extend(simulator.take_calls());
            let mut again = asked.iter().filter(|it| it["operation"] == "AssumeRole");
            again.any(|it| it["result"] == "AccessDenied").then_some(())
        });
        assert_eq!(with_result(&asked, "Signature"), 0, "{offset}: {asked:?}");
    }
}
