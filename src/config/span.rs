//! Durations as people write them: `500ms`, `90s`, `5m`, `4h`, `90d`.
use serde::{Deserialize, Deserializer, de::Error};
use std::{fmt, str::FromStr, time::Duration};

/// A duration that reads and writes itself as people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            let (number, unit) = text.split_at(digits);
            let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
            let millis = number.parse::<u64>().ok()?.checked_mul(*millis)?;
            // A century is more than any setting here can mean, and keeps sums far from overflow.
            (millis <= 100 * 366 * 86_400_000).then(|| Self(Duration::from_millis(millis)))
        };
        parse().ok_or_else(|| {
            format!("'{text}' is no duration: write a whole number and ms, s, m, h or d, such as 90s, 5m or 90d")
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (unit, size) = UNITS
            .iter()
            .find(|(_, size)| millis > 0 && millis.is_multiple_of(u128::from(*size)))
            .unwrap_or(&("s", 1000));
        write!(f, "{}{unit}", millis / u128::from(*size))
    }
}

/// For `deserialize_with`.
pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Span>()
        .map(|span| span.0)
        .map_err(D::Error::custom)
}

/// The same for a key that may be left out.
pub(super) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in ["500ms", "90s", "5m", "4h", "90d", "36h", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
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
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
