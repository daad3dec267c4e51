//! Consecutive failures: the wait before the next attempt, and what is logged.
use crate::limits::{MAX_RETRY_INTERVAL, MIN_RETRY_INTERVAL};
use root_model::collector::Collector;
use root_model::failure::Failure;
use std::time::Duration;
use tracing::{debug, info, warn};

/// How many attempts in a row have failed.
#[derive(Debug)]
pub struct Backoff {
    failures: u32,
    /// The longest wait before a retry, before jitter.
    max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::up_to(MAX_RETRY_INTERVAL)
    }
}

/// Which job an attempt belongs to, for the log.
#[derive(Clone, Copy, Debug)]
pub struct JobLabels<'a> {
    /// The account, or the delegate of several.
    pub account: &'a str,
    /// The region; `global` for a collector without regions.
    pub region: &'a str,
    /// The collector.
    pub collector: Collector,
}

impl Backoff {
    /// With retries at least this often, before jitter.
    #[must_use]
    pub fn up_to(max: Duration) -> Self {
        Self { failures: 0, max }
    }

    /// Records an attempt and logs it: the first failure as a warning, later ones less and less often, and the recovery. An
    /// attempt that `made_progress` is continued soon.
    pub fn record(&mut self, labels: JobLabels, failures: &[Failure], made_progress: bool) {
        let before = self.failures;
        self.failures = match before {
            _ if failures.is_empty() => 0,
            _ if made_progress => 1,
            n => n.saturating_add(1),
        };
        let JobLabels {
            account,
            region,
            collector,
        } = labels;
        let collector = collector.as_str();
        match (before, self.failures) {
            (0, 0) => debug!(account, region, collector, "collected"),
            (_, 0) => info!(
                account,
                region, collector, "succeeds again after {before} failed run(s)"
            ),
            _ => {}
        }
        for failure in failures {
            let reason = failure.reason.as_str();
            let failures = self.failures;
            if before == 0 {
                warn!(account, region, collector, reason, "{failure}");
            } else if failures.is_power_of_two() {
                info!(
                    account,
                    region, collector, reason, failures, "still failing: {failure}"
                );
            } else {
                debug!(
                    account,
                    region, collector, reason, failures, "still failing: {failure}"
                );
            }
        }
    }

    /// The wait before the next attempt: the interval, or less after failures, doubling up to it or to the maximum. `jitter`
    /// is in 0..1.
    #[must_use]
    pub fn next_delay(&self, interval: Duration, jitter: f64) -> Duration {
        let base = match self.failures {
            0 => interval,
            n => {
                let doubled = MIN_RETRY_INTERVAL.saturating_mul(2_u32.saturating_pow(n - 1));
                doubled.min(self.max).min(interval)
            }
        };
        base.mul_f64(0.9 + 0.2 * jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_but_never_beyond_the_interval() {
        let s = Duration::from_secs;
        let after = |failures| Backoff {
            failures,
            ..Backoff::default()
        };
        let delay = |failures| after(failures).next_delay(s(300), 0.5);
        assert_eq!(delay(0), s(300));
        assert_eq!(delay(1), s(15));
        assert_eq!(delay(2), s(30));
        assert_eq!(delay(99), s(300));
        assert!(after(0).next_delay(s(300), 0.0) < after(0).next_delay(s(300), 1.0));
        assert_eq!(after(5).next_delay(s(1), 0.5), s(1));
        assert_eq!(after(99).next_delay(s(3600), 0.5), s(540));
        assert_eq!(after(0).next_delay(s(3600), 0.5), s(3600));
    }
}
