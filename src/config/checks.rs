//! Settings of the checks.
use super::span;
use root_model::checks::{CHECKS, CheckSettings};
use root_model::facts::root_activity::HISTORY;
use serde::{Deserialize, Deserializer, de};
use std::{sync::LazyLock, time::Duration};

static IDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| CHECKS.iter().map(|check| check.id).collect());

/// The id of a check that there is.
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        if IDS.contains(&id.as_str()) {
            Ok(Self(id))
        } else {
            Err(de::Error::unknown_variant(&id, &IDS))
        }
    }
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let ids = Option::<Vec<Id>>::deserialize(deserializer)?;
    Ok(ids.unwrap_or_default().into_iter().map(|id| id.0).collect())
}

/// Settings of the checks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checks {
    /// Ids of checks to leave out.
    #[serde(deserialize_with = "ids")]
    pub disabled: Vec<String>,
    /// Age at which an active root access key is too old.
    #[serde(deserialize_with = "span::duration")]
    pub root_key_max_age: Duration,
    /// Time without a root sign-in that counts as quiet.
    #[serde(deserialize_with = "span::duration")]
    pub login_quiet_period: Duration,
    /// Principals with the `AdministratorAccess` policy that are not too many.
    pub max_administrators: usize,
}

impl Default for Checks {
    fn default() -> Self {
        let CheckSettings {
            disabled,
            root_key_max_age,
            login_quiet_period,
            max_administrators,
        } = CheckSettings::default();
        Self {
            disabled,
            root_key_max_age,
            login_quiet_period,
            max_administrators,
        }
    }
}

impl Checks {
    /// As the checks take them.
    #[must_use]
    pub fn settings(&self) -> CheckSettings {
        CheckSettings {
            disabled: self.disabled.clone(),
            root_key_max_age: self.root_key_max_age,
            login_quiet_period: self.login_quiet_period,
            max_administrators: self.max_administrators,
        }
    }

    /// A key whose value makes no sense, and why.
    pub(super) fn nonsense(&self) -> Option<(String, String)> {
        (self.login_quiet_period > HISTORY).then(|| {
            let key = "checks.login_quiet_period";
            (key.to_owned(), "AWS keeps events for 90 days".to_owned())
        })
    }
}
