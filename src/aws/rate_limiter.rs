//! The rate of calls: as AWS documents it, and lower after AWS has throttled, until it answers again. By account, region
//! and action, as AWS's own limits are.
use super::{Call, Session};
use crate::limits::{MAX_THROTTLED_INTERVAL, MIN_THROTTLED_INTERVAL, rate_limit, waiting};
use root_model::failure::{Failure, Reason};
use std::time::Duration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::time::{Instant, sleep_until};

/// The rate limiter of one account. It keeps only actions that AWS limits or has throttled.
#[derive(Debug, Default)]
pub(super) struct RateLimiter(Mutex<HashMap<Key, Rate>>);

/// Region and action.
type Key = (Arc<str>, &'static str);

#[derive(Debug)]
struct Rate {
    /// When the next call may be sent.
    next: Instant,
    /// The time between two calls.
    interval: Duration,
}

/// When a call may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    At(Instant),
    /// AWS has throttled, and the wait would be too long.
    Skipped,
}

impl RateLimiter {
    /// Waits until the call may be sent.
    ///
    /// # Errors
    /// If AWS has throttled not long ago and the wait would be too long.
    pub(super) async fn wait(&self, session: &Session, call: Call) -> Result<(), Failure> {
        match self.take_turn(&session.region, call.action, Instant::now()) {
            Turn::Now => {}
            Turn::At(turn) => {
                let _own = waiting();
                sleep_until(turn).await;
            }
            Turn::Skipped => {
                return Err(Failure {
                    reason: Reason::Throttled,
                    call: call.action,
                    message: format!(
                        "skipped: AWS throttled earlier calls{}. It is retried; if this lasts, set a longer interval for the collector",
                        session.place()
                    ),
                });
            }
        }
        Ok(())
    }

    fn take_turn(&self, region: &Arc<str>, action: &'static str, now: Instant) -> Turn {
        let limit = rate_limit(action);
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (region.clone(), action);
        if limit.interval.is_zero() && !rates.contains_key(&key) {
            return Turn::Now;
        }
        let rate = rates.entry(key).or_insert(Rate {
            next: now,
            interval: limit.interval,
        });
        let turn = rate.next.max(now);
        if rate.interval > limit.interval && turn > now + limit.max_wait {
            return Turn::Skipped;
        }
        rate.next = turn + rate.interval;
        Turn::At(turn)
    }

    /// Takes in an answer: whether AWS throttled. If so, the interval doubles; if not, it halves down to the documented one.
    pub(super) fn record(
        &self,
        region: &Arc<str>,
        action: &'static str,
        throttled: bool,
        now: Instant,
    ) {
        let documented = rate_limit(action).interval;
        let key = (region.clone(), action);
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if throttled {
            let rate = rates.entry(key).or_insert(Rate {
                next: now,
                interval: documented,
            });
            let least = if documented.is_zero() {
                MIN_THROTTLED_INTERVAL
            } else {
                documented
            };
            rate.interval = (rate.interval * 2).clamp(least, MAX_THROTTLED_INTERVAL);
            rate.next = rate.next.max(now + rate.interval);
            return;
        }
        let Some(rate) = rates.get_mut(&key) else {
            return;
        };
        rate.interval = (rate.interval / 2).max(documented);
        if rate.interval < MIN_THROTTLED_INTERVAL && documented.is_zero() {
            rates.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK_UP: &str = "cloudtrail:LookupEvents";
    const SUMMARY: &str = "iam:GetAccountSummary";
    const DESCRIBE: &str = "organizations:DescribePolicy";

    #[test]
    fn at_the_documented_rate() {
        let (limiter, region) = (RateLimiter::default(), Arc::from("us-east-1"));
        let now = Instant::now();
        for n in 0..20 {
            let turn = Turn::At(now + Duration::from_millis(500) * n);
            assert_eq!(limiter.take_turn(&region, LOOK_UP, now), turn);
        }
        let elsewhere = limiter.take_turn(&"eu-west-1".into(), LOOK_UP, now);
        assert_eq!(elsewhere, Turn::At(now));
        assert_eq!(limiter.take_turn(&region, SUMMARY, now), Turn::Now);
    }

    #[test]
    fn slower_when_throttled_and_back_again() {
        let (limiter, region) = (RateLimiter::default(), Arc::from("us-east-1"));
        let now = Instant::now();
        let record = |throttled| limiter.record(&region, SUMMARY, throttled, now);
        let turn = || limiter.take_turn(&region, SUMMARY, now);
        record(true);
        assert_eq!(turn(), Turn::At(now + MIN_THROTTLED_INTERVAL));
        for _ in 0..20 {
            record(true);
        }
        assert_eq!(turn(), Turn::Skipped);
        let later = now + MAX_THROTTLED_INTERVAL;
        assert_eq!(limiter.take_turn(&region, SUMMARY, later), Turn::At(later));
        for _ in 0..20 {
            record(false);
        }
        assert_eq!(turn(), Turn::Now);
    }

    /// One of many calls at a high rate is throttled: the others hardly wait.
    #[test]
    fn a_documented_rate_is_halved_at_most() {
        let (limiter, region) = (RateLimiter::default(), Arc::from("us-east-1"));
        let now = Instant::now();
        limiter.record(&region, "sts:AssumeRole", true, now);
        let last = (0..64).map(|_| limiter.take_turn(&region, "sts:AssumeRole", now));
        assert_eq!(
            last.last(),
            Some(Turn::At(now + Duration::from_millis(640)))
        );
    }

    /// The attempts of one call, each sent at its turn and throttled at once.
    fn attempts(action: &'static str) -> u32 {
        let (limiter, region) = (RateLimiter::default(), Arc::from("us-east-1"));
        let (mut now, mut sent) = (Instant::now(), 0);
        loop {
            match limiter.take_turn(&region, action, now) {
                Turn::Now => {}
                Turn::At(turn) => now = turn,
                Turn::Skipped => return sent,
            }
            sent += 1;
            limiter.record(&region, action, true, now);
        }
    }

    #[test]
    fn a_throttled_call_has_enough_attempts_before_it_is_skipped() {
        assert_eq!(attempts(LOOK_UP), 4);
        assert_eq!(attempts(DESCRIBE), 6);
        assert_eq!(attempts(SUMMARY), 5);
    }
}
