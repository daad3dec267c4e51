//! A time for people and for JSON: RFC 3339, UTC, whole seconds.
use serde::{Serialize, Serializer};
use std::time::{SystemTime, UNIX_EPOCH};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub SystemTime);

impl Timestamp {
    /// `2026-01-31T12:00:00Z`; `None` for one that RFC 3339 cannot write.
    #[must_use]
    pub fn rfc3339(self) -> Option<String> {
        let seconds = self.0.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let at = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
        at.format(&Rfc3339).ok()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rfc3339().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn whole_seconds_in_utc() {
        let at = |seconds: u64| Timestamp(UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 999));
        assert_eq!(
            at(1_769_860_800).rfc3339().as_deref(),
            Some("2026-01-31T12:00:00Z")
        );
        assert_eq!(at(300_000_000_000).rfc3339(), None);
    }
}
