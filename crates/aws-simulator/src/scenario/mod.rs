//! A scenario: a world in YAML. Unknown keys and impossible values are refused, with their place.

mod account;
mod organization;
pub(crate) mod timeline;
pub(crate) use self::timeline::Progress;

use self::account::{validate_account, validate_account_id};
use crate::clock::{Timestamp, offsets};
use crate::limits::MAX_FAULT_DELAY_SECONDS;
use crate::services;
use crate::world::{World, history, merge_patch};
use serde_json::Value;

/// A world to start from.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(crate) world: World,
    pub(crate) start: Timestamp,
}

/// Why a scenario cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not a scenario: the message tells the key and the line.
    #[error("{0}")]
    Unreadable(String),
    /// The text is a scenario of an impossible world.
    #[error("{0}")]
    Impossible(String),
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    ///
    /// When the text is no YAML, has an unknown key, or describes an impossible world.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        let unreadable = |error: serde_saphyr::Error| ScenarioError::Unreadable(error.to_string());
        // However large: who simulates writes it. Read as a world first: only then do errors tell the line.
        let options = || serde_saphyr::options! { strict_booleans: true, budget: None };
        serde_saphyr::from_str_with_options::<World>(text, options()).map_err(unreadable)?;
        let value = serde_saphyr::from_str_with_options(text, options()).map_err(unreadable)?;
        Self::from_value(value).map_err(ScenarioError::Impossible)
    }

    /// The world of the demonstration: an organization in which the root user of one account gets worse and better within minutes.
    ///
    /// # Errors
    ///
    /// Never, as a test shows; the signature is that of reading any scenario.
    pub fn demo() -> Result<Self, ScenarioError> {
        Self::from_yaml(include_str!("../demo.yaml"))
    }

    /// The first long-term access key of the scenario and its secret.
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

/// The world after a merge patch, or why that would be no world.
pub(crate) fn patched(world: &World, patch: &Value, now: Timestamp) -> Result<World, String> {
    let mut value = serde_json::to_value(world).map_err(|error| error.to_string())?;
    merge_patch::merge(&mut value, &merge_patch::resolve_patch(patch, now)?);
    let mut world: World = serde_json::from_value(value).map_err(|error| error.to_string())?;
    complete_and_validate(&mut world, now)?;
    Ok(world)
}

/// Gives events their ids, and checks what types cannot.
fn complete_and_validate(world: &mut World, now: Timestamp) -> Result<(), String> {
    for (id, account) in &mut world.accounts {
        history::fill_defaults(id, &mut account.events, now);
    }
    if !world.speed.is_finite() || world.speed < 0.0 {
        return Err("speed: it is a number from 0".to_owned());
    }
    let mut access_keys = Vec::new();
    for (id, account) in &world.accounts {
        validate_account(id, account).map_err(|reason| format!("accounts.{id}: {reason}"))?;
        access_keys.extend(account.principals.keys());
    }
    access_keys.sort();
    if let Some(twice) = access_keys.windows(2).find_map(|pair| match pair {
        [left, right] if left == right => Some(left),
        _ => None,
    }) {
        return Err(format!("access key `{twice}` belongs to two accounts"));
    }
    if let Some(organization) = &world.organization {
        let others = organization
            .accounts
            .keys()
            .chain([&organization.management]);
        for id in others.chain(organization.delegated_administrators.keys()) {
            validate_account_id(id).map_err(|reason| format!("organization: {reason}"))?;
        }
        let places = organization.validate(&world.accounts);
        places.map_err(|reason| format!("organization: {reason}"))?;
    }
    for (name, fault) in &world.faults {
        let operations = || {
            services::all().filter(|it| {
                fault
                    .service
                    .as_deref()
                    .is_none_or(|service| service == it.service.name())
            })
        };
        let known = match &fault.operation {
            Some(operation) => operations().any(|it| it.name == *operation),
            None => operations().next().is_some(),
        };
        if !known {
            return Err(format!("faults.{name}: no such service or operation"));
        }
        if !(0.0..=1.0).contains(&fault.probability)
            || !(0.0..=MAX_FAULT_DELAY_SECONDS).contains(&fault.seconds)
        {
            return Err(format!(
                "faults.{name}: probability is 0 to 1, seconds at least 0"
            ));
        }
        if fault
            .status
            .is_some_and(|status| !(400..600).contains(&status))
        {
            return Err(format!("faults.{name}: an error's status is 400 to 599"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_is_a_world() {
        let demo = Scenario::demo().unwrap();
        assert!(demo.credentials().is_some());
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line() {
        let error = Scenario::from_yaml("speed: 1\naccounts:\n  \"111122223333\":\n    rot: {}\n");
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("rot") && message.contains("line 4"),
            "{message}"
        );
    }

    #[test]
    fn impossible_worlds_are_refused() {
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
                "within itself",
            ),
            (
                "organization: {management: \"111122223333\", units: {ou-exam-aaaaaaaa: {name: x, parent: ou-exam-bbbbbbbb}}}",
                "no unit `ou-exam-bbbbbbbb`",
            ),
            (
                "organization: {management: \"111122223333\"}\naccounts: {\"111122223333\": {unit: ou-exam-aaaaaaaa}}",
                "111122223333: there is no unit",
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
    fn every_offset_counts_from_the_worlds_clock() {
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
