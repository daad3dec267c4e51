//! The health of a collector in an account.
use super::Timestamp;
use crate::{collector::Collector, failure::Reason, state::LatestRuns};
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, time::SystemTime};

/// One collector in one account.
#[derive(Debug, Serialize)]
pub struct CollectorHealth {
    pub name: Collector,
    /// How its latest run went.
    pub state: CollectorState,
    /// The latest run that succeeded; of its regions, the oldest.
    pub last_success: Option<Timestamp>,
    /// How long ago that was.
    pub age_seconds: Option<u64>,
    /// What is failing now, the same failure once for all its regions.
    pub failures: Vec<RunFailure>,
}

/// How the latest run of a collector went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectorState {
    /// It succeeded in every region.
    Ok,
    /// It failed in some.
    Failing,
    /// It has not been tried everywhere yet.
    Untried {
        /// In how many regions it has.
        tried: usize,
        /// In how many it is to be.
        places: usize,
    },
}

impl CollectorState {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Untried { .. } => "untried",
        }
    }
}

impl Serialize for CollectorState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What went wrong in a run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct RunFailure {
    /// Where: regions, or `global`.
    pub regions: Vec<Box<str>>,
    /// The kind of failure, as the `reason` label has it.
    pub reason: Reason,
    /// The AWS action.
    pub call: &'static str,
    /// What happened and what to do.
    pub message: String,
}

impl CollectorHealth {
    pub(super) fn of(name: Collector, runs: &LatestRuns, now: SystemTime) -> Self {
        let last_success = runs.last_success();
        let age = last_success.map(|at| now.duration_since(at).unwrap_or_default());
        Self {
            name,
            state: match runs.success() {
                Some(true) => CollectorState::Ok,
                Some(false) => CollectorState::Failing,
                None => {
                    let (places, tried) = runs.places();
                    CollectorState::Untried { tried, places }
                }
            },
            last_success: last_success.map(Timestamp),
            age_seconds: age.map(|age| age.as_secs()),
            failures: failures(runs),
        }
    }
}

/// The failures, with the regions in which they are the same. Messages do not name the region of their run.
fn failures(runs: &LatestRuns) -> Vec<RunFailure> {
    let mut same: BTreeMap<_, (Reason, Vec<Box<str>>)> = BTreeMap::new();
    for (region, failure) in runs.failures() {
        let key = (failure.call, failure.reason.as_str(), &*failure.message);
        let (_, regions) = same
            .entry(key)
            .or_insert_with(|| (failure.reason, Vec::new()));
        regions.push(region.into());
    }
    same.into_iter()
        .map(|((call, _, message), (reason, regions))| RunFailure {
            regions,
            reason,
            call,
            message: message.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        failure::Failure,
        observation::Observation,
        state::State,
        target::{Target, identity},
    };
    use std::time::{Duration, UNIX_EPOCH};

    const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "us-west-2"];

    fn failure(reason: Reason) -> Failure {
        Failure {
            reason,
            call: "guardduty:ListDetectors",
            message: "access denied".to_owned(),
        }
    }

    fn health(failures: &[(&str, Vec<Failure>)]) -> CollectorHealth {
        let mut state = State::default();
        for (region, failures) in failures {
            state.apply(Observation {
                target: Some(Target {
                    account: "111122223333".into(),
                    region: Some((*region).into()),
                }),
                collector: Collector::GuardDuty,
                ended: UNIX_EPOCH,
                took: Duration::ZERO,
                valid: Duration::ZERO,
                facts: Vec::new(),
                failures: failures.clone(),
            });
        }
        let account = identity(&REGIONS);
        let runs = state.runs_in(&account, Collector::GuardDuty);
        CollectorHealth::of(
            Collector::GuardDuty,
            &runs,
            UNIX_EPOCH + Duration::from_secs(9),
        )
    }

    #[test]
    fn the_same_failure_is_listed_once_with_its_regions() {
        let denied = |region| (region, vec![failure(Reason::AccessDenied); 3]);
        let found = health(&[
            denied("us-east-1"),
            denied("eu-west-1"),
            ("us-west-2", vec![]),
        ]);
        assert_eq!(found.state, CollectorState::Failing);
        let [alike] = &found.failures[..] else {
            panic!("{:?}", found.failures);
        };
        assert_eq!(alike.regions.join(" "), "eu-west-1 us-east-1");
        assert_eq!(alike.message, "access denied");
        let other = ("us-west-2", vec![failure(Reason::Timeout)]);
        let found = health(&[denied("eu-west-1"), other]);
        let regions: Vec<_> = found
            .failures
            .iter()
            .map(|it| it.regions.join(" "))
            .collect();
        assert_eq!(regions, ["eu-west-1", "us-west-2"]);
    }

    #[test]
    fn a_collector_that_has_not_run_everywhere_is_untried() {
        let well = |region| (region, vec![]);
        let found = health(&[well("eu-west-1")]);
        assert_eq!(
            found.state,
            CollectorState::Untried {
                tried: 1,
                places: 3
            }
        );
        assert_eq!(found.age_seconds, None);
        let found = health(&REGIONS.map(well));
        assert_eq!(found.state, CollectorState::Ok);
        assert_eq!(found.age_seconds, Some(9));
    }
}
