//! Points in simulated time and how AWS and scenarios write them.

use super::duration::parse_duration;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::ops::{Add, Sub};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// A point in simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(pub(crate) OffsetDateTime);

impl Timestamp {
    /// The time of the machine.
    pub(crate) fn system_now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// Without the fraction of a second, as in AWS records.
    pub(crate) fn truncate_to_second(self) -> Self {
        Self(self.0.truncate_to_second())
    }

    /// RFC 3339 with seconds, as in XML and most JSON responses.
    pub(crate) fn rfc3339(self) -> String {
        let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        self.0.format(form).unwrap_or_default()
    }

    /// RFC 3339 with milliseconds, as in responses of `GuardDuty`.
    pub(crate) fn rfc3339_millis(self) -> String {
        let form = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        self.0.format(form).unwrap_or_default()
    }

    /// As in the header `Date`.
    pub(crate) fn http_date(self) -> String {
        let form = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        self.0.format(form).unwrap_or_default()
    }

    /// The basic format of ISO 8601, as in signatures.
    pub(crate) fn basic(self) -> String {
        let form = format_description!("[year][month][day]T[hour][minute][second]Z");
        self.0.format(form).unwrap_or_default()
    }

    /// Seconds since 1970, as in responses of JSON 1.1.
    pub(crate) fn epoch(self) -> Value {
        self.0.unix_timestamp().into()
    }

    /// Milliseconds since 1970.
    pub(crate) fn epoch_millis(self) -> i128 {
        self.0.unix_timestamp_nanos() / 1_000_000
    }

    /// Parses the seconds since 1970 of a request, which may have a fraction.
    pub(crate) fn from_epoch(seconds: f64) -> Option<Self> {
        let after = Duration::checked_seconds_f64(seconds)?;
        Some(Self(OffsetDateTime::UNIX_EPOCH.checked_add(after)?))
    }

    /// Parses RFC 3339, `now` or an offset from `now` such as `-30d`.
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
                    "invalid time `{text}`: expected RFC 3339, `now`, or an offset such as -30d or +5m"
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
    /// Offsets are resolved before, except when a scenario is only checked for its structure.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text, Self::system_now()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

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
}
