//! Settings of the checks: the section `checks` of the configuration file.
use super::{CHECKS, Check};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::{sync::LazyLock, time::Duration};

/// Thresholds of the checks, and which checks are disabled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckSettings {
    /// Ids of the checks that are not evaluated.
    #[serde(deserialize_with = "check_ids")]
    pub disabled: Vec<String>,
    /// Age from which an active root access key is too old.
    #[serde(with = "crate::duration")]
    pub root_key_max_age: Duration,
    /// How long the root user must not have signed in. At most 90 days, the time for which AWS keeps events.
    #[serde(with = "crate::duration")]
    pub login_quiet_period: Duration,
    /// How many principals may have the `AdministratorAccess` policy, root not counted.
    pub max_administrators: usize,
}

impl Default for CheckSettings {
    fn default() -> Self {
        Self {
            disabled: Vec::new(),
            root_key_max_age: Duration::from_hours(90 * 24),
            login_quiet_period: Duration::from_hours(30 * 24),
            max_administrators: 10,
        }
    }
}

impl CheckSettings {
    /// The checks that are not disabled.
    pub fn enabled(&self) -> impl Iterator<Item = &'static Check> {
        let disabled = |check: &&Check| self.disabled.iter().any(|id| id == check.id);
        CHECKS.iter().filter(move |check| !disabled(check))
    }
}

static IDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| CHECKS.iter().map(|check| check.id).collect());

/// A list of ids of existing checks; null is an empty list.
fn check_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let ids = Option::<Vec<CheckId>>::deserialize(deserializer)?;
    Ok(ids.unwrap_or_default().into_iter().map(|id| id.0).collect())
}

struct CheckId(String);

impl<'de> Deserialize<'de> for CheckId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        if IDS.contains(&id.as_str()) {
            Ok(Self(id))
        } else {
            Err(D::Error::unknown_variant(&id, &IDS))
        }
    }
}
