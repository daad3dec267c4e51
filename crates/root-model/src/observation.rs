//! The message from the half that talks to AWS to the half that does not.
use crate::{collector::Collector, facts::Fact, failure::Failure, target::Target};
use std::time::{Duration, SystemTime};

/// The result of one run of one collector. A run may both collect facts and fail.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Where it looked; `None` if not even the account is known.
    pub target: Option<Target>,
    pub collector: Collector,
    /// When the run ended.
    pub ended: SystemTime,
    /// How long the run took.
    pub took: Duration,
    /// For how long after the time it was true a fact counts as fresh.
    pub valid: Duration,
    /// The facts, each with the time it was true.
    pub facts: Vec<(SystemTime, Fact)>,
    /// What failed; empty for a run that succeeded.
    pub failures: Vec<Failure>,
}
