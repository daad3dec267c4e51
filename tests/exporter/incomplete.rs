//! What an answer does not contain was not said. Every operation in use is answered without members, with members that are
//! null, and by a document of something else: the collector says so, and nothing that was not known becomes known.
use crate::{
    accounts::MEMBERS,
    harness::{ACCOUNT, Exporter, Scrape, Simulator},
    passing_errors,
};
use aws_root_exporter::collect::{Batched, specs};
use root_model::collector::Collector;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The actions of each collector whose answers say something.
fn actions() -> BTreeMap<Collector, BTreeSet<&'static str>> {
    let mut actions: BTreeMap<Collector, BTreeSet<&'static str>> = specs()
        .map(|spec| {
            let batched = spec.batched.iter().flat_map(Batched::actions);
            (spec.collector, spec.actions().chain(batched).collect())
        })
        .collect();
    let discovery = [
        "account:ListRegions",
        "iam:ListAccountAliases",
        "organizations:DescribeOrganization",
        "organizations:ListAccounts",
        "sts:GetCallerIdentity",
    ];
    actions.insert(Collector::Discovery, discovery.into());
    actions
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

/// Lets one operation after the other of each collector be answered so, at the same time with those of the other collectors.
fn trial(kind: &str) {
    let simulator = world();
    let exporter = Exporter::start(&simulator, &passing_errors::config());
    exporter.wait_until_all_succeed();
    let well = exporter.wait_until("all is known", |it| it.unknown_checks().is_empty());
    let well = steady(&well);
    let mut left = actions();
    while left.values().any(|actions| !actions.is_empty()) {
        let next = left.iter_mut();
        let next = next.filter_map(|(collector, actions)| Some((*collector, actions.pop_first()?)));
        round(&simulator, &exporter, kind, &next.collect(), &well);
        simulator.clear_faults();
        exporter.wait_until("all is as before", |it| {
            it.unsuccessful().is_empty() && steady(it) == well
        });
    }
}

fn round(
    simulator: &Simulator,
    exporter: &Exporter,
    kind: &str,
    actions: &BTreeMap<Collector, &'static str>,
    well: &BTreeMap<String, String>,
) {
    let malformed = |scrape: &Scrape, collector: Collector| {
        let labels = [("collector", collector.as_str()), ("reason", "malformed")];
        scrape.value("aws_root_collector_errors_total", &labels)
    };
    let before = exporter.scrape();
    let faults = actions.values().map(|action| {
        let (service, operation) = action.split_once(':').unwrap();
        let fault = json!({ "kind": kind, "service": service, "operation": operation });
        ((*action).to_owned(), fault)
    });
    simulator.patch(&json!({ "faults": faults.collect::<Map<String, Value>>() }));
    let refused = |scrape: &Scrape| {
        let believed: Vec<_> = actions
            .iter()
            .filter(|(collector, _)| {
                malformed(scrape, **collector) <= malformed(&before, **collector)
            })
            .collect();
        if believed.is_empty() {
            Ok(())
        } else {
            Err(format!("{kind}: not refused: {believed:?}"))
        }
    };
    let scrape = exporter.wait_until(kind, refused);
    let wrong: Vec<_> = steady(&scrape)
        .into_iter()
        .filter(|(series, value)| well.get(series) != Some(value))
        .collect();
    assert_eq!(wrong, [], "{kind}: {actions:?}");
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
