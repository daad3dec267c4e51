//! A wrong clock of the host: measured by the `Date` of each answer, reported, and corrected in signatures. The SDK
//! corrects it within a call, at the cost of a refused attempt; a client is made for each call or list, so it starts with
//! the time that earlier answers have told.
use crate::clock::{Clock, Timeline};
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::{DateTime, date_time::Format};
use std::time::{Duration, SystemTime};
use tracing::{info, warn};

/// The time by which a client signs. It must not change while the client measures it, so it is that of the client's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct SigningTime(pub(super) Timeline);

impl TimeSource for SigningTime {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
}

/// Takes in the `Date` of an answer that came this long after its request. The log gets what the host's clock is if that
/// has changed.
pub(super) fn observe(clock: &Clock, answer: &HttpResponse, elapsed: Duration) {
    let Some(date) = date(answer) else { return };
    match clock.observe(date, elapsed) {
        None => {}
        Some(0) => info!("the clock of this host is right again"),
        Some(ahead) => {
            warn!(
                "{}. The exporter uses the time of AWS",
                message(Some(ahead))
            );
        }
    }
}

/// AWS's time in an answer of AWS. A proxy has no request ID; what it has cached has an `Age`.
fn date(answer: &HttpResponse) -> Option<SystemTime> {
    let headers = answer.headers();
    headers.get("x-amzn-requestid")?;
    if headers.get("age").is_some() {
        return None;
    }
    let date = DateTime::from_str(headers.get("date")?, Format::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

/// Whether AWS refuses a signature because of its time. The code may be that of any wrong signature; its message tells.
pub(super) fn is_clock_skew(code: Option<&str>, message: Option<&str>) -> bool {
    let by_message = |message: &str| {
        ["Signature expired", "Signature not yet current"]
            .iter()
            .any(|start| message.starts_with(start))
    };
    matches!(code, Some("RequestExpired" | "RequestTimeTooSkewed"))
        || message.is_some_and(by_message)
}

/// What is wrong with a clock that is this many seconds ahead, and what to do.
pub(super) fn message(ahead: Option<i64>) -> String {
    let off = match ahead {
        Some(ahead) if ahead.unsigned_abs() >= 60 => {
            let minutes = (ahead.unsigned_abs() + 30) / 60;
            let minutes = match minutes {
                1 => "1 minute".to_owned(),
                minutes => format!("{minutes} minutes"),
            };
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            format!("is {minutes} {side} AWS (by the Date of its answer)")
        }
        _ => "differs from that of AWS by more than five minutes".to_owned(),
    };
    format!("the clock of this host {off}: set it, for instance with NTP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_time_is_told_from_a_wrong_secret() {
        for (code, message, skew) in [
            ("SignatureDoesNotMatch", "Signature expired: 2026", true),
            (
                "InvalidSignatureException",
                "Signature not yet current: 2026",
                true,
            ),
            ("RequestTimeTooSkewed", "", true),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match",
                false,
            ),
            ("ExpiredToken", "The security token is expired", false),
        ] {
            assert_eq!(is_clock_skew(Some(code), Some(message)), skew, "{message}");
        }
    }

    #[test]
    fn minutes_and_side() {
        for (ahead, words) in [
            (Some(7380), "is 123 minutes ahead of AWS (by"),
            (Some(-89), "is 1 minute behind AWS (by"),
            (None, "differs from that of AWS by more than five minutes"),
        ] {
            let text = message(ahead);
            assert!(text.contains(words), "{text}");
        }
    }
}
