//! Arithmetic on times. The clock is read elsewhere.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch, as Prometheus writes times; 0 for anything before it.
#[must_use]
pub fn epoch_seconds(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// `at` less `duration`, but never before the Unix epoch.
#[must_use]
pub fn before(at: SystemTime, duration: Duration) -> SystemTime {
    at.checked_sub(duration)
        .filter(|t| *t >= UNIX_EPOCH)
        .unwrap_or(UNIX_EPOCH)
}

/// `90 days`: in days from two on, else in hours or seconds, rounded down.
#[must_use]
pub fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        _ if seconds >= 2 * 86_400 => (seconds / 86_400, "day"),
        _ if seconds >= 3600 => (seconds / 3600, "hour"),
        _ => (seconds, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
