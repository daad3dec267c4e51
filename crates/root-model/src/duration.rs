//! Durations as text, in configuration files: a whole number and `ms`, `s`, `m`, `h` or `d`, such as `90s` or `5m`.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr, time::Duration};

/// A duration that is read from text and printed as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanDuration(pub Duration);

/// Each unit in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// A century in milliseconds: longer than any setting needs, and short enough that sums do not overflow.
const MAX_MILLIS: u64 = 100 * 366 * 86_400_000;

impl FromStr for HumanDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            let (number, unit) = text.split_at(digits);
            let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
            let millis = number.parse::<u64>().ok()?.checked_mul(*millis)?;
            (millis <= MAX_MILLIS).then(|| Self(Duration::from_millis(millis)))
        };
        parse().ok_or_else(|| {
            format!("invalid duration '{text}': expected a whole number and ms, s, m, h or d, such as 90s, 5m or 90d")
        })
    }
}

/// In the largest unit of which it is a whole number.
impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (unit, size) = UNITS
            .iter()
            .find(|(_, size)| millis > 0 && millis.is_multiple_of(u128::from(*size)))
            .unwrap_or(&("s", 1000));
        write!(f, "{}{unit}", millis / u128::from(*size))
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// With [`serialize`], makes `#[serde(with = "root_model::duration")]` read a [`Duration`] as text.
///
/// # Errors
/// If the text is not a duration.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    HumanDuration::deserialize(deserializer).map(|duration| duration.0)
}

/// With [`deserialize`], makes `#[serde(with = "root_model::duration")]` print a [`Duration`] as text.
///
/// # Errors
/// If the serializer fails.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    HumanDuration(*duration).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_and_printed_unchanged() {
        for text in ["500ms", "90s", "5m", "4h", "90d", "36h", "0s"] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "5",
            "m",
            "5 m",
            "-5m",
            "1.5h",
            "5w",
            "99999999999999999999d",
            "40000d",
        ] {
            let error = text.parse::<HumanDuration>().unwrap_err();
            assert!(
                error.starts_with(&format!("invalid duration '{text}'")),
                "{error}"
            );
        }
    }
}
