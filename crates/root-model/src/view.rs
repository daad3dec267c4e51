//! All that is known at one moment: state and scope -> accounts, with what the checks found in each.
use crate::{
    checks::{Assessment, CheckSettings},
    collector::Collector,
    facts::{Facts, account::Account},
    state::{LatestRuns, State},
    target::{AccountIdentity, Scope},
};
use std::time::SystemTime;

/// What the program knows of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Build {
    pub version: &'static str,
    /// The commit it was built from.
    pub revision: &'static str,
    /// The version of the compiler.
    pub rust_version: &'static str,
}

/// All that is known at one moment: what metrics and posture are made from.
#[derive(Debug)]
pub struct View<'a> {
    /// The monitored accounts.
    pub accounts: Vec<Account<'a>>,
    /// What the checks found in each of them, in the same order.
    pub assessments: Vec<Assessment>,
    pub scope: &'a Scope,
    pub settings: &'a CheckSettings,
    /// The latest runs.
    pub state: &'a State,
    /// Whether the latest reading of the configuration succeeded.
    pub config_ok: bool,
    /// How far the host's clock is ahead of AWS's, in seconds; unknown until AWS has answered.
    pub clock_offset: Option<i64>,
    pub build: Build,
    pub now: SystemTime,
}

/// Facts of an account about which nothing is known.
static NO_FACTS: std::sync::LazyLock<Facts> = std::sync::LazyLock::new(Facts::default);

impl<'a> View<'a> {
    /// Evaluates the checks on what is known.
    #[must_use]
    pub fn at(
        state: &'a State,
        scope: &'a Scope,
        settings: &'a CheckSettings,
        config_ok: bool,
        clock_offset: Option<i64>,
        build: Build,
        now: SystemTime,
    ) -> Self {
        let accounts: Vec<Account> = scope
            .accounts
            .iter()
            .map(|account| {
                let facts = state.facts(&account.id).unwrap_or(&NO_FACTS);
                Account::at(account, facts, now)
            })
            .collect();
        let assess = |account| Assessment::of(account, settings);
        Self {
            assessments: accounts.iter().map(assess).collect(),
            accounts,
            scope,
            settings,
            state,
            config_ok,
            clock_offset,
            build,
            now,
        }
    }

    /// Each account's id with what the checks found in it.
    pub fn assessments(&self) -> impl Iterator<Item = (&'a str, &Assessment)> {
        let ids = self.accounts.iter().map(|account| &*account.identity.id);
        ids.zip(&self.assessments)
    }

    /// The latest runs of each enabled collector in each account.
    pub fn collectors(&self) -> impl Iterator<Item = (&'a str, Collector, LatestRuns<'a>)> {
        self.scope.accounts.iter().flat_map(|account| {
            let runs = self.runs(account);
            runs.map(|(collector, runs)| (&*account.id, collector, runs))
        })
    }

    /// The latest runs of each enabled collector in one account.
    pub fn runs(
        &self,
        account: &'a AccountIdentity,
    ) -> impl Iterator<Item = (Collector, LatestRuns<'a>)> + use<'a> {
        let (state, collectors) = (self.state, self.scope.collectors.keys().copied());
        let running = collectors.filter(|collector| account.runs(*collector));
        running.map(|collector| (collector, state.runs_in(account, collector)))
    }
}
