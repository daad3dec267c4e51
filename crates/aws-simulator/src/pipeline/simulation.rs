//! The state of the running simulation. One request is handled at a time.

use super::calls::CallKey;
use super::rate_limiter::RateLimiter;
use crate::clock::{Clock, Timestamp};
use crate::identity::Session;
use crate::scenario::{self, Progress, Scenario, timeline};
use crate::services::iam::CredentialReports;
use crate::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The world, and the state that a scenario does not describe.
#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) calls: BTreeMap<CallKey, u64>,
    pub(super) reports: CredentialReports,
    pub(super) rate_limiter: RateLimiter,
    /// The number of AWS requests so far.
    pub(super) requests: u64,
    timeline: Progress,
}

impl Simulation {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let Scenario { world, start } = scenario;
        Self {
            clock: Clock::new(start, world.speed),
            timeline: Progress::new(start),
            world,
            sessions: HashMap::new(),
            calls: BTreeMap::new(),
            reports: CredentialReports::default(),
            rate_limiter: RateLimiter::default(),
            requests: 0,
        }
    }

    /// The simulated time, after the timeline has caught up with it.
    pub(crate) fn advance(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.timeline.advance(&mut self.world, now);
        self.world.clock = Some(now);
        now
    }

    /// Applies a merge patch to the world. If the result is not valid, nothing changes and the reason is returned.
    pub(crate) fn patch(&mut self, patch: &Value) -> Result<(), String> {
        let now = self.advance();
        let world = scenario::patched(&self.world, patch, now)?;
        let start = world.clock.unwrap_or(now);
        timeline::validate(&world, start)?;
        if patch.get("clock").is_some() || patch.get("speed").is_some() {
            self.clock = Clock::new(start, world.speed);
        }
        if patch.get("story").is_some() {
            self.timeline = Progress::new(start);
        }
        self.world = world;
        Ok(())
    }
}
