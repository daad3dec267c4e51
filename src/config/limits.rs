//! Limits: the section `limits`.
use super::error::{InvalidValue, ensure};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The section `limits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// AWS calls in flight, all accounts together.
    pub concurrency: MaxCalls,
    /// After how many intervals without success a value is no longer exported.
    pub stale_after: u32,
}

/// How many AWS calls may be in flight at most; fewer are when AWS throttles or answers late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxCalls {
    /// As many as there is memory for.
    Auto,
    /// So many.
    AtMost(usize),
}

const AUTO: &str = "auto";
const MAX: u64 = 1024;

impl MaxCalls {
    /// The number, if one is configured.
    #[must_use]
    pub fn number(self) -> Option<usize> {
        match self {
            Self::Auto => None,
            Self::AtMost(number) => Some(number),
        }
    }
}

impl Serialize for MaxCalls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str(AUTO),
            Self::AtMost(number) => number.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for MaxCalls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Word(String),
        }
        match Written::deserialize(deserializer) {
            Ok(Written::Word(word)) if word == AUTO => Ok(Self::Auto),
            Ok(Written::Number(number @ 1..=MAX)) => usize::try_from(number)
                .map(Self::AtMost)
                .map_err(D::Error::custom),
            _ => Err(D::Error::custom(format!(
                "expected {AUTO}, or a whole number from 1 to {MAX}"
            ))),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: MaxCalls::Auto,
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
