//! What an answer does not contain was not said. Every operation in use is answered without members, with members that are
//! null, and by a document of something else: the collector says so, and nothing that was not known becomes known.
use crate::{
    accounts::MEMBERS,
    harness::{ACCOUNT, Exporter, Scrape, Simulator},
    passing_errors,
    permissions::rounds,
    principals::declaring,
};
use root_model::collector::Collector;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The collectors that say so when the answer to that action is not complete.
fn refusing(action: &str) -> BTreeSet<String> {
    let one = |collector: Collector| BTreeSet::from([collector.as_str().to_owned()]);
    match action {
        "sts:AssumeRole" | "sts:GetCallerIdentity" => one(Collector::Discovery),
        "sts:AssumeRoot" => one(Collector::RootCredentials),
        _ => declaring(action),
    }
}

/// An organization in which every operation is needed, and answers with something.
fn world() -> Simulator {
    let simulator = passing_errors::world();
    let more = json!({
        "password_policy": { "MinimumPasswordLength": 14, "PasswordReusePrevention": 5 },
        "alternate_contacts": { "SECURITY": { "Name": "Security", "Title": "Team", "EmailAddress": "security@example.com", "PhoneNumber": "+1 555 0100" } },
    });
    let accounts = [&[ACCOUNT][..], &MEMBERS].concat().into_iter();
    let accounts: Map<String, Value> = accounts.map(|id| (id.to_owned(), more.clone())).collect();
    simulator.patch(&json!({ "accounts": accounts }));
    simulator
}

/// What is shown and does not change by itself: reports are made anew, and audits leave events.
fn steady(scrape: &Scrape) -> BTreeMap<String, String> {
    let changes = |series: &str| {
        series.contains("credential_report_generated") || series.contains("privileged_session")
    };
    let posture = scrape.posture();
    let steady = posture.iter().filter(|(series, _)| !changes(series));
    steady
        .map(|(series, value)| (series.to_owned(), value.to_string()))
        .collect()
}

/// Lets each operation be answered so, at the same time with others that other collectors need.
fn trial(kind: &str) {
    let simulator = world();
    let exporter = Exporter::start(&simulator, &passing_errors::config());
    exporter.wait_until_all_succeed();
    let well = exporter.wait_until("all is known", |it| it.unknown_checks().is_empty());
    let well = steady(&well);
    let actions = passing_errors::operations().into_iter();
    let actions = actions.map(|(service, operation)| format!("{service}:{operation}"));
    for round in rounds(actions.collect(), refusing) {
        let before = exporter.scrape();
        answer(&simulator, kind, &round);
        let refused = |scrape: &Scrape| {
            let collectors = round.iter().flat_map(|action| refusing(action));
            let believing: Vec<String> = collectors
                .filter(|it| malformed(scrape, it) <= malformed(&before, it))
                .collect();
            if believing.is_empty() {
                Ok(())
            } else {
                Err(format!("not refused by {believing:?}"))
            }
        };
        let scrape = exporter.wait_until(&format!("{kind}: {round:?}"), refused);
        let shown = steady(&scrape).into_iter();
        let wrong: Vec<_> = shown
            .filter(|(series, value)| well.get(series) != Some(value))
            .collect();
        assert_eq!(wrong, [], "{kind}: {round:?}");
        simulator.clear_faults();
        exporter.wait_until("all is as before", |it| {
            it.unsuccessful().is_empty() && steady(it) == well
        });
    }
}

fn answer(simulator: &Simulator, kind: &str, actions: &[String]) {
    let faults = actions.iter().map(|action| {
        let (service, operation) = action.split_once(':').unwrap();
        let fault = json!({ "kind": kind, "service": service, "operation": operation });
        (action.clone(), fault)
    });
    simulator.patch(&json!({ "faults": faults.collect::<Map<String, Value>>() }));
}

/// How many runs of the collector failed for a malformed answer.
fn malformed(scrape: &Scrape, collector: &str) -> Option<f64> {
    let labels = [("collector", collector), ("reason", "malformed")];
    scrape.value("aws_root_collector_errors_total", &labels)
}

#[test]
fn no_members() {
    trial("empty");
}

#[test]
fn members_that_are_null() {
    trial("null");
}

#[test]
fn another_document() {
    trial("foreign");
}
