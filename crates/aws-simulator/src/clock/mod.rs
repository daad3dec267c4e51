//! The simulated clock. It can start at any time, run at any speed and stand still.

mod duration;
pub(crate) mod offsets;
mod timestamp;
pub(crate) use self::duration::{HumanDuration, SignedDuration, parse_duration};
pub(crate) use self::timestamp::Timestamp;

use std::time::Instant;
use time::Duration;

/// The simulated clock.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    since: Instant,
    speed: f64,
}

impl Clock {
    /// A clock that shows `start` now and runs at `speed` simulated seconds per second.
    pub(crate) fn new(start: Timestamp, speed: f64) -> Self {
        Self {
            start,
            since: Instant::now(),
            speed,
        }
    }

    /// The simulated time.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = self.since.elapsed().as_secs_f64() * self.speed;
        self.start + Duration::saturating_seconds_f64(passed)
    }
}
