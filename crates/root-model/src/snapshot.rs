//! What is served: a view -> metrics as text, and posture.
use crate::{
    collector::Collector,
    metrics::{
        self, Source,
        samples::{self, Samples},
    },
    posture::Posture,
    view::View,
};
use prometheus::proto::MetricFamily;
use std::{collections::BTreeMap, io::Write};

/// Makes a snapshot: writes the metrics to `text`, which is memory, some of them at a time, and returns the same for people.
/// `live` are the metric families that the process counts as it works.
#[must_use]
pub fn render(view: &View, live: &[MetricFamily], text: &mut dyn Write) -> Posture {
    for family in metrics::families() {
        let mut samples = Samples::new(family, text);
        match family.source {
            Source::Account(from) => view
                .accounts
                .iter()
                .for_each(|account| from(account, &mut samples)),
            Source::View(from) => from(view, &mut samples),
            Source::Live => {}
        }
        samples.finish();
    }
    samples::write_families(live, text);
    Posture::of(view, pending(view), backfill(view))
}

/// How far the backfill of root's events is. AWS allows two calls a second in each region.
fn backfill(view: &View) -> Option<String> {
    let reachable = view
        .accounts
        .iter()
        .filter(|account| account.identity.reachable);
    let (done, all) = reachable.fold((0, 0), |(done, all), account| {
        let regions = account.identity.regions.len();
        (done + account.backfilled(), all + regions)
    });
    if done == all || !view.scope.collectors.contains_key(&Collector::RootActivity) {
        return None;
    }
    Some(format!(
        "root_activity: the backfill of past events is complete in {done} of {all} regions of all accounts; until then a count of 0 is not exported"
    ))
}

/// The collectors that have not run everywhere yet.
fn pending(view: &View) -> Vec<String> {
    if !view.scope.discovered {
        return vec!["discovery: the accounts to monitor have not been listed yet".to_owned()];
    }
    let mut pending: BTreeMap<Collector, Vec<&str>> = BTreeMap::new();
    for (account, collector, runs) in view.collectors() {
        if !runs.ran_everywhere() {
            pending.entry(collector).or_default().push(account);
        }
    }
    pending
        .into_iter()
        .map(|(collector, accounts)| {
            let example = accounts.first().copied().unwrap_or_default();
            format!(
                "{collector}: has not run yet in {} account(s), such as {example}",
                accounts.len()
            )
        })
        .collect()
}
