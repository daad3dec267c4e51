//! Durations as scenarios write them: `500ms`, `2s`, `5m`, `4h` or `30d`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::Duration;

/// A duration with its unit, such as `500ms` or `30d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct HumanDuration(pub(crate) Duration);

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.whole_milliseconds() {
            millis if millis % 1000 == 0 => to.serialize_str(&format!("{}s", millis / 1000)),
            millis => to.serialize_str(&format!("{millis}ms")),
        }
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parse_duration(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A duration that may be negative, such as `-2h`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SignedDuration(pub(crate) Duration);

impl Serialize for SignedDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{}ms", self.0.whole_milliseconds()))
    }
}

impl<'de> Deserialize<'de> for SignedDuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let parsed = match text.strip_prefix('-') {
            Some(behind) => parse_duration(behind).map(|behind| -behind),
            None => parse_duration(&text),
        };
        parsed.map(Self).map_err(D::Error::custom)
    }
}

/// Parses a duration. Negative ones are refused.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("invalid duration `{text}`: expected a number and ms, s, m, h or d");
    let unit_at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(wrong()),
    };
    match Duration::checked_seconds_f64(number * seconds) {
        Some(span) if !span.is_negative() => Ok(span),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::{HumanDuration, SignedDuration};
    use serde_json::json;

    #[test]
    fn durations_are_written_with_a_unit() {
        for (text, written) in [
            ("4h", "14400s"),
            ("250ms", "250ms"),
            ("0s", "0s"),
            ("0.5s", "500ms"),
        ] {
            let duration: HumanDuration = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(duration).unwrap(), json!(written));
        }
    }
    #[test]
    fn an_offset_has_a_sign() {
        for (text, written) in [("2h", "7200000ms"), ("-20m", "-1200000ms"), ("0s", "0ms")] {
            let offset: SignedDuration = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(offset).unwrap(), json!(written));
        }
        assert!(serde_json::from_value::<SignedDuration>(json!("--2h")).is_err());
    }
}
