//! Running the timeline of a scenario.

use crate::clock::Timestamp;
use crate::limits::MIN_LOOP_PAUSE;
use crate::scenario;
use crate::world::{Step, World, history};
use time::Duration;

impl Step {
    /// Changes the world. If the result is not valid, the world is not changed.
    pub(crate) fn apply(&self, world: &mut World, now: Timestamp) -> Result<(), String> {
        let mut changed = match &self.patch {
            Some(patch) => scenario::patched(world, patch, now)?,
            None => world.clone(),
        };
        for (account, events) in &self.events {
            history::append(&mut changed, account, events.clone(), now)?;
        }
        *world = changed;
        Ok(())
    }
}

/// The position in the timeline.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Timestamp,
    next: usize,
}

impl Progress {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { start, next: 0 }
    }

    /// Applies the steps that are due, each at the time when it was due.
    pub(crate) fn advance(&mut self, world: &mut World, now: Timestamp) {
        loop {
            let timeline = &world.timeline;
            let Some(step) = timeline.steps.get(self.next).cloned() else {
                let Some(last) = timeline.steps.last().filter(|_| timeline.repeats) else {
                    return;
                };
                let pause = timeline.every.unwrap_or_default().0.max(MIN_LOOP_PAUSE);
                let round = last.at.0 + pause;
                // If the clock was moved far ahead, whole rounds are skipped: each ends as it began.
                let rounds =
                    ((now - self.start).as_seconds_f64() / round.as_seconds_f64()).max(1.0);
                self.start = self.start
                    + Duration::saturating_seconds_f64(round.as_seconds_f64() * rounds.floor());
                self.next = 0;
                continue;
            };
            let due = self.start + step.at.0;
            if due > now {
                return;
            }
            self.next += 1;
            if let Err(reason) = step.apply(world, due) {
                tracing::warn!(step = self.next, reason, "cannot apply a step of the story");
            }
        }
    }
}

/// Applies the whole timeline to a copy of the world, to find steps that fail.
pub(crate) fn validate(world: &World, now: Timestamp) -> Result<(), String> {
    let mut copy = world.clone();
    let steps = &world.timeline.steps;
    if !steps.is_sorted_by_key(|step| step.at) {
        return Err("story: steps must be in the order of their times".to_owned());
    }
    for (number, step) in steps.iter().enumerate() {
        let patches_timeline = step
            .patch
            .as_ref()
            .is_some_and(|patch| patch.get("story").is_some());
        if patches_timeline {
            return Err(format!(
                "story.steps[{number}]: a step cannot change the story"
            ));
        }
        let applied = step.apply(&mut copy, now + step.at.0);
        applied.map_err(|reason| format!("story.steps[{number}]: {reason}"))?;
    }
    Ok(())
}
