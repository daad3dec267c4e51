//! Values of the account summary that a scenario overrides.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A value of the account summary that the scenario sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SummaryValue {
    Number(i64),
    /// `null`, or `absent` where null means something else: a merge patch.
    Absent,
}

impl Serialize for SummaryValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(value) => to.serialize_i64(*value),
            Self::Absent => to.serialize_str("absent"),
        }
    }
}

impl<'de> Deserialize<'de> for SummaryValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        match (&value, value.as_i64()) {
            (_, Some(number)) => Ok(Self::Number(number)),
            (Value::Null, _) => Ok(Self::Absent),
            (Value::String(text), _) if text == "absent" => Ok(Self::Absent),
            _ => Err(serde::de::Error::custom(
                "a summary value is a number, null or `absent`",
            )),
        }
    }
}
