//! A story: patches and events that the world goes through by itself, by world time.

use super::clock::{self, HumanDuration, Timestamp};
use super::events;
use super::scenario;
use super::world::World;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Timeline {
    /// Starts again `every` after the last step.
    #[serde(rename = "loop")]
    pub(crate) repeats: bool,
    pub(crate) every: Option<HumanDuration>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// After the story's start.
    pub(crate) at: HumanDuration,
    #[serde(default)]
    pub(crate) patch: Option<Value>,
    /// Account id to events, which happen when the step does if they do not say when.
    #[serde(default)]
    pub(crate) events: BTreeMap<String, Vec<Value>>,
}

impl Step {
    /// Changes the world; it stays as it was if the result would be none.
    pub(crate) fn apply(&self, world: &mut World, now: Timestamp) -> Result<(), String> {
        let mut changed = match &self.patch {
            Some(patch) => scenario::patched(world, patch, now)?,
            None => world.clone(),
        };
        for (account, events) in &self.events {
            events::append(&mut changed, account, events.clone(), now)?;
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
                let rest = story.every.unwrap_or_default().0.max(Duration::SECOND);
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

/// Merges a JSON merge patch (RFC 7386) into a value.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            members.remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// The patch itself may hold offsets, which count from `now`.
pub(crate) fn resolve_patch(patch: &Value, now: Timestamp) -> Result<Value, String> {
    let mut patch = patch.clone();
    clock::resolve(&mut patch, now)?;
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patch_follows_the_rfc() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!(["a"]),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
            (json!({"a": "foo"}), json!(["c"]), json!(["c"])),
        ] {
            let mut value = target;
            merge(&mut value, &patch);
            assert_eq!(value, result, "{patch}");
        }
    }
}
