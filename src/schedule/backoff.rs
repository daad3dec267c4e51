//! Failures in a row: how long to wait for the next attempt, and what to say in the log.
use root_model::collector::Collector;
use root_model::failure::Failure;
use std::time::Duration;
use tracing::{debug, info, warn};

/// A first retry comes after this long.
const FIRST_RETRY: Duration = Duration::from_secs(15);
/// Later ones come at least this often, within ten minutes with the jitter, so that what is asked for hourly is not unknown for
/// an hour after AWS answers again.
const LONGEST_RETRY: Duration = Duration::from_mins(9);

/// How many attempts in a row have failed.
#[derive(Debug, Default)]
pub struct Backoff(u32);

/// Which job an attempt belongs to, for the log.
#[derive(Clone, Copy, Debug)]
pub struct JobLabels<'a> {
    /// The account, or what stands for several.
    pub account: &'a str,
    /// The region; `global` for a collector without regions.
    pub region: &'a str,
    /// The collector.
    pub collector: Collector,
}

impl Backoff {
    /// Takes in one attempt's failures, and says so: loudly when it begins, less and less often while it goes on, and when
    /// it works again. One that `got_further` goes on soon.
    pub fn record(&mut self, labels: JobLabels, failures: &[Failure], got_further: bool) {
        let before = self.0;
        self.0 = match before {
            _ if failures.is_empty() => 0,
            _ if got_further => 1,
            n => n.saturating_add(1),
        };
        let JobLabels {
            account,
            region,
            collector,
        } = labels;
        let collector = collector.as_str();
        match (before, self.0) {
            (0, 0) => debug!(account, region, collector, "collected"),
            (_, 0) => info!(
                account,
                region, collector, "works again, after {before} failed run(s)"
            ),
            _ => {}
        }
        for failure in failures {
            let reason = failure.reason.as_str();
            let failures = self.0;
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

    /// The wait before the next attempt: the interval, or less after failures, doubling up to it or to nine minutes. `jitter`
    /// is in 0..1.
    #[must_use]
    pub fn next_delay(&self, interval: Duration, jitter: f64) -> Duration {
        let base = match self.0 {
            0 => interval,
            n => {
                let doubled = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(n - 1));
                doubled.min(LONGEST_RETRY).min(interval)
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
        let delay = |failures| Backoff(failures).next_delay(s(300), 0.5);
        assert_eq!(delay(0), s(300));
        assert_eq!(delay(1), s(15));
        assert_eq!(delay(2), s(30));
        assert_eq!(delay(99), s(300));
        assert!(Backoff(0).next_delay(s(300), 0.0) < Backoff(0).next_delay(s(300), 1.0));
        assert_eq!(Backoff(5).next_delay(s(1), 0.5), s(1));
        assert_eq!(Backoff(99).next_delay(s(3600), 0.5), s(540));
        assert_eq!(Backoff(0).next_delay(s(3600), 0.5), s(3600));
    }
}
