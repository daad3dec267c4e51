//! An error that passes fails no run: each operation in use fails once in each way, and is retried.
use crate::{
    harness::{
        ACCOUNT, Exporter, Scrape, Simulator, TIMEOUT, fast_config, file, label, wait_until,
    },
    principals::{entering, with},
};
use aws_root_exporter::{
    collect::{CollectorSpec, specs},
    docs::{Scope, iam_policy},
};
use clap::ValueEnum as _;
use root_model::collector::Collector;
use root_model::partition::Partition;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Service and operation.
pub(crate) type Operation = (String, String);

/// An organization in which the exporter needs every operation that it knows, and calls are slow enough to overlap.
pub(crate) fn world() -> Simulator {
    let simulator = with(
        ACCOUNT,
        "management+assume-root",
        &["guardduty.amazonaws.com"],
    );
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s", "latency": "50ms", "session_lifetime": "12s" }));
    simulator
}

pub(crate) fn config() -> String {
    entering("mode: organization, assume_root: true")
}

/// Every operation that the program may call: what its policies allow, what it does as the root user of a member, which AWS's
/// task policy allows, and the one call that needs no permission.
pub(crate) fn operations() -> BTreeSet<Operation> {
    let mut actions = BTreeSet::from(["sts:GetCallerIdentity".to_owned()]);
    actions.extend(specs().flat_map(CollectorSpec::actions).map(str::to_owned));
    for scope in Scope::value_variants() {
        let policy = iam_policy(*scope, Partition::Aws, "root-exporter");
        let policy: Value = serde_json::from_str(&policy).unwrap();
        for statement in policy["Statement"].as_array().unwrap() {
            let action = &statement["Action"];
            let allowed = action
                .as_array()
                .map_or(std::slice::from_ref(action), Vec::as_slice);
            actions.extend(allowed.iter().map(|it| it.as_str().unwrap().to_owned()));
        }
    }
    let operation = |action: &String| {
        let (service, operation) = action.split_once(':').unwrap();
        (service.to_owned(), operation.to_owned())
    };
    actions.iter().map(operation).collect()
}

/// Lets each operation fail once, from the start on, and holds that no run fails.
fn passes(fault: &Value) {
    let simulator = world();
    let faults = operations().into_iter().map(|(service, operation)| {
        let mut fault = fault.clone();
        fault["service"] = service.clone().into();
        fault["operation"] = operation.clone().into();
        fault["count"] = 1.into();
        (format!("{service}:{operation}"), fault)
    });
    simulator.patch(&json!({ "faults": faults.collect::<Map<_, _>>() }));
    let exporter = Exporter::start(&simulator, &config());
    no_run_fails(&simulator, &exporter);
}

/// Waits until each fault has had its call and the runs in progress have ended, and holds that none has failed.
fn no_run_fails(simulator: &Simulator, exporter: &Exporter) {
    wait_until("each fault has had its call", TIMEOUT, || {
        let world = simulator.world();
        let faults = world["faults"].as_object().unwrap().iter();
        let left: Vec<&String> = faults
            .filter(|(_, it)| it["count"].as_u64() > Some(0))
            .map(|(name, _)| name)
            .collect();
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("not yet: {left:?}\n{}", exporter.log()))
        }
    });
    exporter.wait_until_all_succeed();
    let scrape = all_run_again(exporter, SystemTime::now(), |_| true);
    assert_eq!(failed_runs(&scrape), [], "{}", exporter.log());
}

/// Waits until each of these collectors has succeeded since that time, everywhere.
fn all_run_again(exporter: &Exporter, since: SystemTime, concerned: fn(&str) -> bool) -> Scrape {
    let since = since.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    exporter.wait_until("every collector has succeeded again", |scrape| {
        let mut successes = scrape
            .family("aws_root_collector_last_success_timestamp_seconds")
            .filter(|(series, _)| concerned(&label(series, "collector")));
        successes.all(|(_, at)| at > since)
    })
}

fn failed_runs(scrape: &Scrape) -> Vec<(&str, f64)> {
    let errors = scrape.family("aws_root_collector_errors_total");
    errors.filter(|(_, count)| *count > 0.0).collect()
}

#[test]
fn the_world_needs_every_operation() {
    let simulator = world();
    let exporter = Exporter::start(&simulator, &config());
    let scrape = exporter.wait_until_all_succeed();
    assert_eq!(failed_runs(&scrape), []);
    let called = simulator.take_calls().into_iter().map(|call| {
        let text = |name: &str| call[name].as_str().unwrap().to_owned();
        (text("service"), text("operation"))
    });
    assert_eq!(called.collect::<BTreeSet<_>>(), operations());
}

#[test]
fn an_internal_error() {
    passes(&json!({ "kind": "error", "status": 500 }));
}

#[test]
fn a_service_that_is_unavailable() {
    passes(&json!({ "kind": "error", "status": 503, "code": "ServiceUnavailable" }));
}

#[test]
fn a_throttled_call() {
    passes(&json!({ "kind": "throttle" }));
}

#[test]
fn a_connection_that_is_reset() {
    passes(&json!({ "kind": "reset" }));
}

#[test]
fn a_response_that_breaks_off() {
    passes(&json!({ "kind": "cut_off" }));
}

#[test]
fn a_connection_that_is_closed_while_it_is_idle() {
    passes(&json!({ "kind": "idle_close" }));
}

/// The first call after a while without any, on a connection that breaks, while many others begin.
#[test]
fn a_broken_connection_skips_no_other_call() {
    const QUIET: Duration = Duration::from_secs(6);
    let simulator = world();
    let every = |interval: &str| {
        let config = config().replace("interval: 4s", &format!("interval: {interval}"));
        config.replace("refresh: 2s", "refresh: 1h")
    };
    let exporter = Exporter::start(&simulator, &every("1h"));
    exporter.wait_until_all_succeed();
    let mut quiet_since = Instant::now();
    wait_until("AWS is not called for a while", TIMEOUT, || {
        if !simulator.take_calls().is_empty() {
            quiet_since = Instant::now();
        }
        (quiet_since.elapsed() > QUIET).then_some(())
    });
    // The others are under way when the connection breaks.
    let slow = json!({ "kind": "delay", "seconds": 0.5, "service": "iam", "skip": 1 });
    let broken = json!({ "kind": "reset", "service": "iam", "count": 1 });
    simulator.patch(&json!({ "latency": "0s", "faults": { "broken": broken, "slow": slow } }));
    let since = SystemTime::now();
    exporter.reload(&every("2h"));
    let jobs = |collector: &str| collector != Collector::Discovery.as_str();
    let scrape = all_run_again(&exporter, since, jobs);
    assert_eq!(simulator.world()["faults"]["broken"]["count"], 0);
    assert_eq!(failed_runs(&scrape), [], "{}", exporter.log());
}

/// The call for the exporter's own credentials, which is the first of all.
#[test]
fn a_token_that_is_exchanged_for_credentials() {
    let token = file("token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJleHBvcnRlciJ9.c2ln");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/exporter");
    let environment = [
        ("AWS_ROLE_ARN", role.as_str()),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
    ];
    let faults = [
        json!({ "kind": "error", "status": 500 }),
        json!({ "kind": "error", "status": 503, "code": "ServiceUnavailable" }),
        json!({ "kind": "throttle" }),
        json!({ "kind": "reset" }),
        json!({ "kind": "cut_off" }),
    ];
    let started = faults.map(|mut fault| {
        fault["operation"] = "AssumeRoleWithWebIdentity".into();
        fault["count"] = 1.into();
        let simulator = Simulator::start();
        simulator.inject_only(&fault);
        let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
        (simulator, exporter)
    });
    for (simulator, exporter) in &started {
        no_run_fails(simulator, exporter);
    }
}
