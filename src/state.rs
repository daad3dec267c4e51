//! Observations -> what is known: the last good facts and the latest run of every collector. Folding only; no clock.
use crate::{
    facts::{Facts, Seen},
    observation::{Failure, Observation, Reason, Targets},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Everything observed so far that still matters.
#[derive(Debug, Default)]
pub struct State {
    accounts: BTreeMap<Arc<str>, Known>,
    errors: BTreeMap<(&'static str, Reason), u64>,
}

#[derive(Debug, Default)]
struct Known {
    facts: Facts,
    runs: BTreeMap<(&'static str, Option<Arc<str>>), Run>,
}

/// The latest run of one collector in one place.
#[derive(Debug)]
pub struct Run {
    took: Duration,
    /// One of each call and reason.
    failures: Vec<Failure>,
    last_success: Option<SystemTime>,
}

impl State {
    /// Takes in one observation.
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
            let seen = Seen {
                // AWS's clock may be ahead; what it says is of now at the latest.
                as_of: as_of.min(observation.ended),
                ended: observation.ended,
                valid: observation.valid,
            };
            known.facts.learn(target.region.as_ref(), fact, seen);
        }
        let place = (observation.collector, target.region);
        let last_success = if failures.is_empty() {
            Some(observation.ended)
        } else {
            known.runs.get(&place).and_then(|run| run.last_success)
        };
        let run = Run {
            took: observation.took,
            failures,
            last_success,
        };
        known.runs.insert(place, run);
    }

    /// Forgets accounts, regions and collectors that are no more, and so all their series.
    pub fn keep(&mut self, targets: &Targets) {
        self.accounts.retain(|id, known| {
            let Some(account) = targets.accounts.iter().find(|account| account.id == *id) else {
                return false;
            };
            known.facts.keep_regions(&account.regions);
            let facts = &mut known.facts;
            known.runs.retain(|(collector, region), _| {
                let runs = targets.collectors.iter().any(|it| it.name == *collector);
                if !runs {
                    facts.forget(collector);
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
    pub fn errors(&self, collector: &'static str, reason: Reason) -> u64 {
        self.errors
            .get(&(collector, reason))
            .copied()
            .unwrap_or_default()
    }

    /// The latest runs of a collector in an account: where (`None`: without regions) and what came of it, for each of
    /// the places where it should run.
    #[must_use]
    pub fn runs<'a>(
        &'a self,
        account: &str,
        collector: &'static str,
        places: impl Iterator<Item = Option<&'a Arc<str>>>,
    ) -> Runs<'a> {
        let runs = self.accounts.get(account).map(|known| &known.runs);
        Runs(
            places
                .map(|region| {
                    let run = runs.and_then(|runs| runs.get(&(collector, region.cloned())));
                    (region.map(AsRef::as_ref), run)
                })
                .collect(),
        )
    }
}

/// The latest runs of one collector in one account: place and run, if there was one.
#[derive(Debug)]
pub struct Runs<'a>(Vec<(Option<&'a str>, Option<&'a Run>)>);

impl<'a> Runs<'a> {
    /// Whether all succeeded; unknown until every place has been tried or one has failed.
    #[must_use]
    pub fn success(&self) -> Option<bool> {
        if self.failed().next().is_some() {
            return Some(false);
        }
        self.tried().then_some(true)
    }

    /// Whether every place has been tried.
    #[must_use]
    pub fn tried(&self) -> bool {
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

    /// Where and why the latest run failed; `global` stands for a collector without regions.
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
