//! Limits: the section `limits`.
use super::error::{InvalidValue, ensure};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// The section `limits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// AWS calls in flight, all accounts together.
    #[serde(deserialize_with = "at_least::<_, _, 1>")]
    pub concurrency: usize,
    /// After how many intervals without success a value is no longer exported.
    pub stale_after: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            stale_after: 3,
        }
    }
}

impl Limits {
    pub(super) fn validate(&self) -> Result<(), InvalidValue> {
        ensure(
            self.stale_after >= 2,
            "limits.stale_after",
            "expected a whole number of 2 or more: the next run ends later than one interval after the last",
        )
    }
}

/// Reads a whole number of `MIN` or more.
fn at_least<'de, D: Deserializer<'de>, T: TryFrom<u64>, const MIN: u64>(
    deserializer: D,
) -> Result<T, D::Error> {
    let number = u64::deserialize(deserializer).ok();
    let number = number.filter(|number| *number >= MIN);
    number
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| D::Error::custom(format!("expected a whole number of {MIN} or more")))
}
