//! Request rate limits: a token bucket for each account, region and operation, in real time.

use crate::limits::RateLimit;
use std::collections::HashMap;
use std::time::Instant;

#[derive(Debug)]
struct TokenBucket {
    tokens: f64,
    filled: Instant,
}

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter(HashMap<(String, String, &'static str), TokenBucket>);

impl RateLimiter {
    /// Takes one token; false when there is none.
    pub(crate) fn take(
        &mut self,
        account: &str,
        region: &str,
        operation: &'static str,
        limit: RateLimit,
        now: Instant,
    ) -> bool {
        let key = (account.to_owned(), region.to_owned(), operation);
        let bucket = self.0.entry(key).or_insert(TokenBucket {
            tokens: limit.burst,
            filled: now,
        });
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * limit.rate).min(limit.burst);
        bucket.filled = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let mut buckets = RateLimiter::default();
        let start = Instant::now();
        let mut take = |after: u64| {
            let now = start + Duration::from_millis(after);
            buckets.take(
                "1",
                "us-east-1",
                "LookupEvents",
                RateLimit::new(2.0, 2.0),
                now,
            )
        };
        let taken = [0, 0, 0, 400, 500, 600, 1000, 5000, 5000, 5000].map(&mut take);
        assert_eq!(
            taken,
            [
                true, true, false, false, true, false, true, true, true, false
            ]
        );
    }
}
