//! Limits: the section `limits`.
use super::error::{InvalidValue, ensure};
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "Written", into = "Written")]
pub enum MaxCalls {
    /// As many as there is memory for.
    Auto,
    /// So many.
    AtMost(usize),
}

/// As written in the file.
#[derive(Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "expected auto, or a whole number from 1 to 1024"
)]
enum Written {
    Word(Auto),
    Number(usize),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Auto {
    Auto,
}

impl From<Written> for MaxCalls {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(Auto::Auto) => Self::Auto,
            Written::Number(number) => Self::AtMost(number),
        }
    }
}

impl From<MaxCalls> for Written {
    fn from(max: MaxCalls) -> Self {
        max.number().map_or(Self::Word(Auto::Auto), Self::Number)
    }
}

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
            self.concurrency
                .number()
                .is_none_or(|number| (1..=1024).contains(&number)),
            "limits.concurrency",
            "expected auto, or a whole number from 1 to 1024",
        )?;
        ensure(
            self.stale_after >= 2,
            "limits.stale_after",
            "expected a whole number of 2 or more: the next run ends later than one interval after the last",
        )
    }
}
