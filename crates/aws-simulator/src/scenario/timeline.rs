//! Running the timeline of a scenario.

use crate::clock::Timestamp;
use crate::limits::MIN_LOOP_PAUSE;
use crate::scenario;
use crate::world::{Step, World, history};
use time::Duration;

impl Step {
    /// Changes the world; it stays as it was if the result would be none.
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

/// Where in its story the world is.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Timestamp,
    next: usize,
}

impl Progress {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { start, next: 0 }
    }

    /// Takes the steps that are due, each as of the time it was due.
    pub(crate) fn advance(&mut self, world: &mut World, now: Timestamp) {
        loop {
            let story = &world.story;
            let Some(step) = story.steps.get(self.next).cloned() else {
                let Some(last) = story.steps.last().filter(|_| story.repeats) else {
                    return;
                };
                let rest = story.every.unwrap_or_default().0.max(MIN_LOOP_PAUSE);
                let round = last.at.0 + rest;
                // A clock that was moved far ahead skips whole rounds: each ends where it began.
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
                tracing::warn!(
                    step = self.next,
                    reason,
                    "a step of the story does not fit the world"
                );
            }
        }
    }
}

/// Why a story would fail in this world, if so.
pub(crate) fn validate(world: &World, now: Timestamp) -> Result<(), String> {
    let mut copy = world.clone();
    let steps = &world.story.steps;
    if !steps.is_sorted_by_key(|step| step.at) {
        return Err("story: the steps are not in the order of their times".to_owned());
    }
    for (number, step) in steps.iter().enumerate() {
        let patches_story = step
            .patch
            .as_ref()
            .is_some_and(|patch| patch.get("story").is_some());
        if patches_story {
            return Err(format!(
                "story.steps[{number}]: a step cannot change the story"
            ));
        }
        let applied = step.apply(&mut copy, now + step.at.0);
        applied.map_err(|reason| format!("story.steps[{number}]: {reason}"))?;
    }
    Ok(())
}
