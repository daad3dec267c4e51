//! What is served, derived afresh: what is known, at a moment -> text and readiness. Pure.
use crate::{
    checks::Assessment,
    facts::{Facts, account::Account},
    metrics::{self, Source},
    observation::{self, DISCOVERY, Targets, Watched},
    posture::Posture,
    samples::{self, Samples},
    state::{Runs, State},
};
use bytes::Bytes;
use prometheus::proto::MetricFamily;
use std::{collections::BTreeMap, time::SystemTime};

/// All that is known at one moment: what metrics are made from.
#[derive(Debug)]
pub struct View<'a> {
    /// The monitored accounts.
    pub accounts: Vec<Account<'a>>,
    /// What the checks found in each of them, in the same order.
    pub assessments: Vec<Assessment>,
    /// What is watched.
    pub targets: &'a Targets,
    /// The latest runs.
    pub state: &'a State,
    /// Whether the latest reading of the configuration succeeded.
    pub config_ok: bool,
}

impl<'a> View<'a> {
    /// Each account's id with what the checks found in it.
    pub fn assessments(&self) -> impl Iterator<Item = (&'a str, &Assessment)> {
        let ids = self.accounts.iter().map(|account| &*account.identity.id);
        ids.zip(&self.assessments)
    }

    /// The latest runs of each enabled collector in each account.
    pub fn collectors(&self) -> impl Iterator<Item = (&'a str, &'static str, Runs<'a>)> {
        self.targets.accounts.iter().flat_map(|account| {
            let runs = runs(account, self.targets, self.state);
            runs.map(|(name, runs)| (&*account.id, name, runs))
        })
    }

    /// Whether the collector has been tried in each region of the account.
    #[must_use]
    pub fn tried_everywhere(
        &self,
        account: &observation::Account,
        collector: &'static str,
    ) -> bool {
        let regions = account.regions.iter().map(Some);
        self.state.runs(&account.id, collector, regions).tried()
    }
}

/// The latest runs of each enabled collector in one account.
pub fn runs<'a>(
    account: &'a observation::Account,
    targets: &'a Targets,
    state: &'a State,
) -> impl Iterator<Item = (&'static str, Runs<'a>)> {
    // Where nobody got in, no collector runs but discovery, which says so.
    let running = targets.collectors.iter().filter(|it| {
        (account.entered || it.name == DISCOVERY) && (!it.members || account.member == Some(true))
    });
    running.map(move |it| {
        let regions = account.regions.iter().filter(|_| it.regional).map(Some);
        let global = (!it.regional).then_some(None);
        let runs = state.runs(&account.id, it.name, regions.chain(global));
        (it.name, runs)
    })
}

/// What the web server hands out.
#[derive(Debug)]
pub struct Snapshot {
    /// The metrics as text.
    pub metrics: Bytes,
    /// The same, compressed; `None` while nobody asks for it.
    pub gzip: Option<Bytes>,
    /// The same for people.
    pub posture: Posture,
}

/// What the process itself adds to what was observed.
#[derive(Debug)]
pub struct Exporter {
    /// The families of the program's own calls and of the process.
    pub live: Vec<MetricFamily>,
    /// Whether the latest reading of the configuration succeeded.
    pub config_ok: bool,
}

/// Makes the snapshot. `expected` is about how many bytes of text it will have: growing to them would take twice the room.
#[must_use]
pub fn render(
    state: &State,
    targets: &Targets,
    exporter: &Exporter,
    now: SystemTime,
    expected: usize,
) -> Snapshot {
    let nothing = Facts::default();
    let accounts: Vec<Account> = targets
        .accounts
        .iter()
        .map(|account| Account::at(account, state.facts(&account.id).unwrap_or(&nothing), now))
        .collect();
    let judge = |account| Assessment::of(account, &targets.checks);
    let view = View {
        assessments: accounts.iter().map(judge).collect(),
        accounts,
        targets,
        state,
        config_ok: exporter.config_ok,
    };
    let mut text = Vec::with_capacity(expected);
    for family in metrics::families() {
        let mut samples = Samples::new(family);
        match family.source {
            Source::Account(from) => view
                .accounts
                .iter()
                .for_each(|account| from(account, &mut samples)),
            Source::View(from) => from(&view, &mut samples),
            Source::Live => {}
        }
        samples.encode(&mut text);
    }
    samples::encode(&exporter.live, &mut text);
    Snapshot {
        metrics: text.into(),
        gzip: None,
        posture: Posture::of(&view, now, missing(&view), look_backs(&view)),
    }
}

/// How far the first look-backs for root's events are. They go at AWS's pace, two calls a second in each region.
fn look_backs(view: &View) -> Option<String> {
    let looks = |watched: &Watched| watched.name == "root_activity";
    let entered = view
        .accounts
        .iter()
        .filter(|account| account.identity.entered);
    let (done, all) = entered.fold((0, 0), |(done, all), account| {
        let regions = account.identity.regions.len();
        (done + account.looked_back(), all + regions)
    });
    if done == all || !view.targets.collectors.iter().any(looks) {
        return None;
    }
    Some(format!(
        "root_activity: events are looked up as far back as they shall be in {done} of {all} regions, all accounts together; until then their zeros are not known"
    ))
}

/// What has not been tried yet, by collector.
fn missing(view: &View) -> Vec<String> {
    if !view.targets.discovered {
        return vec!["discovery: the accounts and regions to monitor are not known yet".to_owned()];
    }
    let mut untried: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (account, collector, runs) in view.collectors() {
        if !runs.tried() {
            untried.entry(collector).or_default().push(account);
        }
    }
    untried
        .into_iter()
        .map(|(collector, accounts)| {
            let example = accounts.first().copied().unwrap_or_default();
            format!(
                "{collector}: not tried yet in {} account(s), such as {example}",
                accounts.len()
            )
        })
        .collect()
}
