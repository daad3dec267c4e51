//! World time: how it passes and how it is written (RFC 3339, `now`, or a signed offset such as `-30d`).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use std::ops::{Add, Sub};
use std::time::Instant;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, macros::format_description};

/// A moment of world time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(pub(crate) OffsetDateTime);

impl Timestamp {
    /// The machine's time, which signatures and issued credentials go by.
    pub(crate) fn system_now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// Without the fraction of a second: AWS's records have none.
    pub(crate) fn truncate_to_second(self) -> Self {
        Self(self.0.truncate_to_second())
    }

    /// As XML and most JSON answers write it.
    pub(crate) fn rfc3339(self) -> String {
        let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        self.0.format(form).unwrap_or_default()
    }

    /// As `GuardDuty` writes it, with milliseconds.
    pub(crate) fn rfc3339_millis(self) -> String {
        let form = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        self.0.format(form).unwrap_or_default()
    }

    /// As JSON 1.1 writes it.
    pub(crate) fn epoch(self) -> Value {
        self.0.unix_timestamp().into()
    }

    /// Milliseconds since 1970.
    pub(crate) fn epoch_millis(self) -> i128 {
        self.0.unix_timestamp_nanos() / 1_000_000
    }

    /// From the seconds of a JSON 1.1 request, which may have a fraction.
    pub(crate) fn from_epoch(seconds: f64) -> Option<Self> {
        let after = Duration::checked_seconds_f64(seconds)?;
        Some(Self(OffsetDateTime::UNIX_EPOCH.checked_add(after)?))
    }

    /// A written time; offsets count from `now`.
    pub(crate) fn parse(text: &str, now: Self) -> Result<Self, String> {
        if text == "now" {
            return Ok(now.truncate_to_second());
        }
        if let Some(ago) = text.strip_prefix('-') {
            return Ok(now.truncate_to_second() - parse_duration(ago)?);
        }
        if let Some(ahead) = text.strip_prefix('+') {
            return Ok(now.truncate_to_second() + parse_duration(ahead)?);
        }
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self)
            .map_err(|_| {
                format!(
                    "`{text}` is no time: write RFC 3339, `now`, or an offset such as -30d or +5m"
                )
            })
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span))
    }
}

impl Sub for Timestamp {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.0 - earlier.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.format(&Rfc3339).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// Offsets have been resolved before this, except where a scenario is only checked.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text, Self::system_now()).map_err(D::Error::custom)
    }
}

/// A length of time, written `500ms`, `2s`, `5m`, `4h` or `30d`.
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

/// A length of time without a sign.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration: write a number and ms, s, m, h or d");
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

/// The keys of a scenario that hold a time.
const TIME_KEYS: [&str; 8] = [
    "at",
    "changed",
    "clock",
    "created",
    "last_used",
    "latest_delivery",
    "report_generated",
    "updated",
];

/// The keys whose contents are AWS's, or are resolved later.
const OPAQUE_KEYS: [&str; 7] = [
    "account_summary",
    "advanced_event_selectors",
    "content",
    "event_selectors",
    "policy",
    "record",
    "story",
];

/// Replaces every offset in a scenario or a patch by the time it means.
pub(crate) fn resolve(value: &mut Value, now: Timestamp) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve(item, now)),
        Value::Object(members) => members
            .iter_mut()
            .try_for_each(|(key, member)| match member {
                Value::String(text) if TIME_KEYS.contains(&key.as_str()) => {
                    let time =
                        Timestamp::parse(text, now).map_err(|reason| format!("{key}: {reason}"))?;
                    *member = serde_json::to_value(time).map_err(|error| error.to_string())?;
                    Ok(())
                }
                _ if OPAQUE_KEYS.contains(&key.as_str()) => Ok(()),
                _ => resolve(member, now),
            }),
        _ => Ok(()),
    }
}

/// Tells world time: it starts anywhere and passes at any speed, also not at all.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    since: Instant,
    speed: f64,
}

impl Clock {
    /// A clock that shows `start` now.
    pub(crate) fn new(start: Timestamp, speed: f64) -> Self {
        Self {
            start,
            since: Instant::now(),
            speed,
        }
    }

    /// World time.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = self.since.elapsed().as_secs_f64() * self.speed;
        self.start + Duration::saturating_seconds_f64(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Timestamp::system_now()).unwrap()
    }

    #[test]
    fn offsets_count_from_now() {
        let now = at("2026-11-22T10:00:00.7Z");
        for (written, meant) in [
            ("now", "2026-11-22T10:00:00Z"),
            ("-30d", "2026-10-23T10:00:00Z"),
            ("+5m", "2026-11-22T10:05:00Z"),
            ("-1.5h", "2026-11-22T08:30:00Z"),
            ("2020-01-01T00:00:00+01:00", "2019-12-31T23:00:00Z"),
        ] {
            assert_eq!(Timestamp::parse(written, now), Ok(at(meant)), "{written}");
        }
        for wrong in ["5m", "yesterday", "-5", "-5y", "--5m", "2026-11-22"] {
            assert!(Timestamp::parse(wrong, now).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_keys_that_hold_times_are_resolved() {
        let mut value = json!({"name": "now", "keys": [{"created": "-1d", "last_used": null}],
            "record": {"at": "now"}, "story": {"steps": [{"at": "30s"}]}});
        resolve(&mut value, at("2026-11-22T10:00:00Z")).unwrap();
        assert_eq!(
            value,
            json!({"name": "now", "keys": [{"created": "2026-11-21T10:00:00Z", "last_used": null}],
            "record": {"at": "now"}, "story": {"steps": [{"at": "30s"}]}})
        );
    }

    #[test]
    fn spans_survive_being_written() {
        for (text, written) in [
            ("4h", "14400s"),
            ("250ms", "250ms"),
            ("0s", "0s"),
            ("0.5s", "500ms"),
        ] {
            let span: HumanDuration = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(serde_json::to_value(span).unwrap(), json!(written));
        }
    }
}
