//! A scenario: a world in YAML. Unknown keys and impossible values are refused, with their place.

mod account;
mod fault;
mod organization;

pub(crate) mod timeline;
mod validate;
pub(crate) use self::timeline::Progress;

use self::validate::complete_and_validate;
use crate::clock::{Timestamp, offsets};
use crate::world::{World, merge_patch};
use serde_json::Value;

/// The initial world of a simulation.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(crate) world: World,
    pub(crate) start: Timestamp,
}

/// Why a scenario was refused.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not a scenario. The message names the key and the line.
    #[error("{0}")]
    Unreadable(String),
    /// The text is a scenario with impossible values. The message names the place.
    #[error("{0}")]
    Impossible(String),
}

impl Scenario {
    /// Parses a scenario.
    ///
    /// # Errors
    ///
    /// If the text is not YAML, has an unknown key or impossible values.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        let unreadable = |error: serde_saphyr::Error| ScenarioError::Unreadable(error.to_string());
        // No size limit: the user writes the scenario. Parsed as a world first, because only then errors name the line.
        let options = || serde_saphyr::options! { strict_booleans: true, budget: None };
        serde_saphyr::from_str_with_options::<World>(text, options()).map_err(unreadable)?;
        let value = serde_saphyr::from_str_with_options(text, options()).map_err(unreadable)?;
        Self::from_value(value).map_err(ScenarioError::Impossible)
    }

    /// The scenario of the `demo` command: an organization in which findings about one root user appear and are resolved within ten minutes.
    ///
    /// # Errors
    ///
    /// Never: a test parses the built-in scenario.
    pub fn demo() -> Result<Self, ScenarioError> {
        Self::from_yaml(include_str!("../demo.yaml"))
    }

    /// The ID and the secret of the first long-term access key in the scenario.
    #[must_use]
    pub fn credentials(&self) -> Option<(String, String)> {
        let mut principals = self
            .world
            .accounts
            .values()
            .flat_map(|account| &account.principals);
        principals
            .next()
            .map(|(id, principal)| (id.clone(), principal.secret.clone()))
    }

    fn from_value(mut value: Value) -> Result<Self, String> {
        let start = match value.get("clock").and_then(Value::as_str) {
            Some(text) => Timestamp::parse(text, Timestamp::system_now())?,
            None => Timestamp::system_now().truncate_to_second(),
        };
        offsets::resolve(&mut value, start)?;
        let mut world: World = serde_json::from_value(value).map_err(|error| error.to_string())?;
        world.clock = Some(start);
        complete_and_validate(&mut world, start)?;
        timeline::validate(&world, start)?;
        Ok(Self { world, start })
    }
}

/// The world after a merge patch, or why the result is not valid.
pub(crate) fn patched(world: &World, patch: &Value, now: Timestamp) -> Result<World, String> {
    let mut value = serde_json::to_value(world).map_err(|error| error.to_string())?;
    merge_patch::merge(&mut value, &merge_patch::resolve_patch(patch, now)?);
    let mut world: World = serde_json::from_value(value).map_err(|error| error.to_string())?;
    complete_and_validate(&mut world, now)?;
    Ok(world)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_scenario_is_valid() {
        let demo = Scenario::demo().unwrap();
        assert!(demo.credentials().is_some());
    }

    #[test]
    fn an_unknown_key_is_reported_with_its_line() {
        let error = Scenario::from_yaml("speed: 1\naccounts:\n  \"111122223333\":\n    rot: {}\n");
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("rot") && message.contains("line 4"),
            "{message}"
        );
    }

    #[test]
    fn impossible_values_are_refused() {
        for (yaml, reason) in [
            ("accounts: {\"1\": {}}", "12 digits"),
            (
                "accounts: {\"111122223333\": {regions: [us-east-9]}}",
                "us-east-9",
            ),
            (
                "accounts: {\"111122223333\": {principals: {ASIA1234567890123456: {secret: s, name: n}}}}",
                "long-term",
            ),
            ("faults: {f: {kind: deny, operation: GetUsers}}", "faults.f"),
            ("speed: -1", "speed"),
            (
                "organization: {management: \"111122223333\", units: {ou-1: {name: x}}}",
                "ou-1",
            ),
            (
                "organization: {management: \"111122223333\", units: {ou-exam-aaaaaaaa: {name: x, parent: ou-exam-aaaaaaaa}}}",
                "circle",
            ),
            (
                "organization: {management: \"111122223333\", units: {ou-exam-aaaaaaaa: {name: x, parent: ou-exam-bbbbbbbb}}}",
                "unknown unit `ou-exam-bbbbbbbb`",
            ),
            (
                "organization: {management: \"111122223333\"}\naccounts: {\"111122223333\": {unit: ou-exam-aaaaaaaa}}",
                "111122223333: unknown unit",
            ),
            (
                "organization: {management: \"111122223333\", policies: {p-short: {name: x, content: {}}}}",
                "p-short",
            ),
            (
                "organization: {management: \"111122223333\", policies: {p-aaaaaaaa: {name: x, content: {}, targets: [r-other]}}}",
                "r-other",
            ),
            (
                "story: {steps: [{at: 5s, patch: {accounts: {x: {}}}}]}",
                "story.steps[0]",
            ),
            (
                "accounts: {\"111122223333\": {events: [{name: X, at: yesterday}]}}",
                "yesterday",
            ),
        ] {
            let error = Scenario::from_yaml(yaml).unwrap_err().to_string();
            assert!(error.contains(reason), "{yaml}: {error}");
        }
    }

    #[test]
    fn every_offset_is_relative_to_the_clock_of_the_world() {
        let yaml = "clock: 2001-01-01T00:00:00Z
accounts: {\"111122223333\": {created: -1d, report_generated: -1h,
  root: {password: {changed: -1d, last_used: -1d}, keys: [{id: A, created: -1d, last_used: -1d}], certificates: [{active: true, created: -1d}]},
  users: {a: {created: -1d, last_used: -1d}}, trails: {main: {latest_delivery: -1m}},
  detectors: {us-east-1: {findings: {f: {type: T, severity: 2, created: -1d, updated: -1d}}}},
  events: [{name: X, at: -1d}, {name: Y}]}}";
        let world = Scenario::from_yaml(yaml).unwrap().world;
        let written = serde_json::to_string(&world).unwrap();
        assert!(!written.contains("\"202"), "{written}");
    }
}
