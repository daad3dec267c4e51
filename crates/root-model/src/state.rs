//! Observations -> state: the last good facts and the latest run of every collector.
use crate::{
    collector::Collector,
    compact_map::CompactMap,
    facts::{Facts, Observed},
    failure::{Failure, Reason},
    observation::Observation,
    target::{AccountIdentity, Scope},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Everything observed so far that still matters.
#[derive(Debug, Default)]
pub struct State {
    accounts: BTreeMap<Arc<str>, AccountRecord>,
    errors: BTreeMap<(Collector, Reason), u64>,
}

#[derive(Debug, Default)]
struct AccountRecord {
    facts: Facts,
    runs: CompactMap<(Collector, Option<Arc<str>>), LatestRun>,
}

/// The latest run of one collector in one place.
#[derive(Debug)]
pub struct LatestRun {
    took: Duration,
    /// One of each call and reason.
    failures: Vec<Failure>,
    last_success: Option<SystemTime>,
}

impl State {
    /// Adds one observation.
    pub fn apply(&mut self, observation: Observation) {
        let mut failures = observation.failures;
        for reason in reasons(&failures) {
            let errors = self.errors.entry((observation.collector, reason));
            *errors.or_default() += 1;
        }
        failures.sort_by_key(|failure| (failure.call, failure.reason));
        failures.dedup_by_key(|failure| (failure.call, failure.reason));
        failures.shrink_to_fit();
        let Some(target) = observation.target else {
            return;
        };
        let known = self.accounts.entry(target.account).or_default();
        for (as_of, fact) in observation.facts {
            let observed = Observed {
                // AWS's clock may be ahead; what it says is of now at the latest.
                as_of: as_of.min(observation.ended),
                ended: observation.ended,
                valid: observation.valid,
            };
            known.facts.insert(target.region.as_ref(), fact, observed);
        }
        let place = (observation.collector, target.region);
        let last_success = if failures.is_empty() {
            Some(observation.ended)
        } else {
            known.runs.get(&place).and_then(|run| run.last_success)
        };
        let run = LatestRun {
            took: observation.took,
            failures,
            last_success,
        };
        known.runs.insert(place, run);
    }

    /// Forgets accounts, regions and collectors that are no more, and so all their series.
    pub fn retain(&mut self, scope: &Scope) {
        self.accounts.retain(|id, known| {
            let Some(account) = scope.accounts.iter().find(|account| account.id == *id) else {
                return false;
            };
            known.facts.keep_regions(&account.regions);
            let facts = &mut known.facts;
            known.runs.retain(|(collector, region), _| {
                let runs = scope.collectors.contains_key(collector);
                if !runs {
                    facts.forget(*collector);
                }
                runs && region
                    .as_ref()
                    .is_none_or(|region| account.regions.contains(region))
            });
            true
        });
    }

    /// The facts about an account.
    #[must_use]
    pub fn facts(&self, account: &str) -> Option<&Facts> {
        self.accounts.get(account).map(|known| &known.facts)
    }

    /// How many runs of a collector failed for that reason.
    #[must_use]
    pub fn errors(&self, collector: Collector, reason: Reason) -> u64 {
        self.errors
            .get(&(collector, reason))
            .copied()
            .unwrap_or_default()
    }

    /// The latest runs of a collector in an account: one for each region, or one for a collector without regions.
    #[must_use]
    pub fn runs_in<'a>(
        &'a self,
        account: &'a AccountIdentity,
        collector: Collector,
    ) -> LatestRuns<'a> {
        let record = self.accounts.get(&account.id);
        let regional = collector.is_regional();
        let regions = account.regions.iter().filter(|_| regional).map(Some);
        let global = (!regional).then_some(None);
        let run_in = |region: Option<&'a Arc<str>>| {
            let run = record.and_then(|it| it.runs.get(&(collector, region.cloned())));
            (region.map(AsRef::as_ref), run)
        };
        LatestRuns(regions.chain(global).map(run_in).collect())
    }
}

/// The latest runs of one collector in one account: place and run, if there was one.
#[derive(Debug)]
pub struct LatestRuns<'a>(Vec<(Option<&'a str>, Option<&'a LatestRun>)>);

impl<'a> LatestRuns<'a> {
    /// Whether all succeeded; unknown until the collector has run everywhere or one run has failed.
    #[must_use]
    pub fn success(&self) -> Option<bool> {
        if self.failed().next().is_some() {
            return Some(false);
        }
        self.ran_everywhere().then_some(true)
    }

    /// Whether the collector has run everywhere at least once.
    #[must_use]
    pub fn ran_everywhere(&self) -> bool {
        self.0.iter().all(|(_, run)| run.is_some())
    }

    /// The oldest of the latest successes; unknown if a place never succeeded.
    #[must_use]
    pub fn last_success(&self) -> Option<SystemTime> {
        let mut times = self
            .0
            .iter()
            .map(|(_, run)| run.and_then(|r| r.last_success));
        let first = times.next()?;
        times.fold(first, |a, b| Some(a?.min(b?)))
    }

    /// The longest of the latest runs.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.0
            .iter()
            .filter_map(|(_, run)| Some(run.as_ref()?.took))
            .max()
    }

    /// Region and reason of each failure; `global` stands for a collector without regions.
    pub fn failed(&self) -> impl Iterator<Item = (&'a str, Reason)> {
        self.0.iter().flat_map(|(region, run)| {
            let region = region.unwrap_or("global");
            let reasons = run.map_or_else(BTreeSet::new, |run| reasons(&run.failures));
            reasons.into_iter().map(move |reason| (region, reason))
        })
    }

    /// What went wrong in the latest run, place by place; `global` stands for a collector without regions.
    pub fn failures(&self) -> impl Iterator<Item = (&'a str, &'a Failure)> {
        self.0.iter().flat_map(|(region, run)| {
            let failures = run.map_or(&[][..], |run| &run.failures);
            let region = region.unwrap_or("global");
            failures.iter().map(move |failure| (region, failure))
        })
    }

    /// In how many places it should run, and in how many it has.
    #[must_use]
    pub fn places(&self) -> (usize, usize) {
        let tried = self.0.iter().filter(|(_, run)| run.is_some());
        (self.0.len(), tried.count())
    }
}

fn reasons(failures: &[Failure]) -> BTreeSet<Reason> {
    failures.iter().map(|failure| failure.reason).collect()
}
