//! Time is an argument: the clock is read by the scheduler, discovery and the publisher, and where credentials and
//! signatures have to have the time of AWS.
//!
//! The time starts as the host's, goes on by elapsed time, and is set by AWS's: each answer has a `Date`. So whoever sets
//! the host's clock changes no age, and a host whose clock is wrong has the right ages. The time of a host that was suspended
//! is late until the next answers.
use crate::limits::MAX_CLOCK_OFFSET;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// Where the time is read. The program has one; a test may hold it still.
#[derive(Clone)]
pub struct Clock(Arc<Shared>);

struct Shared {
    /// What it shows, if it stands still.
    fixed: Option<SystemTime>,
    known: Mutex<Known>,
}

/// What is known of the time, and of the host's clock.
struct Known {
    timeline: Timeline,
    of_timeline: Measured,
    of_host: Measured,
    /// How far off the host's clock was said to be.
    reported: i64,
}

/// A time that goes on by elapsed time.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    at: SystemTime,
    since: Instant,
}

impl Timeline {
    fn starting(at: SystemTime) -> Self {
        let since = Instant::now();
        Self { at, since }
    }

    /// The time now.
    #[must_use]
    pub fn now(self) -> SystemTime {
        self.at + self.since.elapsed()
    }

    /// The same, set back by so many seconds.
    fn less(self, seconds: i64) -> Self {
        let by = Duration::from_secs(seconds.unsigned_abs());
        let at = if seconds < 0 {
            self.at.checked_add(by)
        } else {
            self.at.checked_sub(by)
        };
        Self {
            at: at.unwrap_or(self.at),
            ..self
        }
    }
}

/// How far a clock is ahead of AWS's, in seconds, by the latest answer.
#[derive(Clone, Copy, Debug, Default)]
struct Measured(Option<i64>);

impl Measured {
    /// Takes in an answer: whether the one before it said the same. A single answer with a wrong `Date` changes nothing.
    fn confirm(&mut self, ahead: i64) -> bool {
        let before = self.0.replace(ahead);
        before.is_some_and(|before| is_near(before, ahead))
    }
}

impl Clock {
    /// The time of AWS, as far as answers have told it.
    #[must_use]
    pub fn system() -> Self {
        Self::starting(None)
    }

    /// A clock that stands still.
    #[must_use]
    pub fn fixed(at: SystemTime) -> Self {
        Self::starting(Some(at))
    }

    fn starting(fixed: Option<SystemTime>) -> Self {
        let known = Known {
            timeline: Timeline::starting(SystemTime::now()),
            of_timeline: Measured::default(),
            of_host: Measured::default(),
            reported: 0,
        };
        Self(Arc::new(Shared {
            fixed,
            known: Mutex::new(known),
        }))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.0.fixed.unwrap_or_else(|| self.timeline().now())
    }

    /// The time of AWS as it is known now; what is learned later does not change it.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        self.known().timeline
    }

    /// How far the host's clock is ahead of AWS's, in seconds, by the latest answer; less than 0 if it is behind.
    #[must_use]
    pub fn host_ahead(&self) -> Option<i64> {
        self.known().of_host.0
    }

    /// Takes in the `Date` of an answer that came `elapsed` after the request. Returns how far the host's clock is ahead if
    /// that is to be reported: when it is wrong, wrong by another time, or (0) right again.
    #[must_use]
    pub fn observe(&self, date: SystemTime, elapsed: Duration) -> Option<i64> {
        let host = SystemTime::now();
        let mut known = self.known();
        let ahead = seconds_ahead(known.timeline.now(), elapsed, date);
        if known.of_timeline.confirm(ahead) && !is_near(ahead, 0) {
            known.timeline = known.timeline.less(ahead);
            known.of_timeline = Measured::default();
        }
        let ahead = seconds_ahead(host, elapsed, date);
        let confirmed = known.of_host.confirm(ahead);
        let ahead = if is_near(ahead, 0) { 0 } else { ahead };
        if !confirmed || is_near(ahead, known.reported) {
            return None;
        }
        known.reported = ahead;
        Some(ahead)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// How far a clock is ahead of AWS's that showed `received` when the answer came, `elapsed` after the request. As little as
/// the answer allows: AWS wrote the `Date` at any time between, and cut off the fraction of its second.
fn seconds_ahead(received: SystemTime, elapsed: Duration, date: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let ahead = received.duration_since(date + Duration::from_secs(1) + elapsed);
    let behind = date.duration_since(received);
    match (ahead, behind) {
        (Ok(ahead), _) => seconds(ahead),
        (_, Ok(behind)) => -seconds(behind),
        _ => 0,
    }
}

fn is_near(a: i64, b: i64) -> bool {
    a.abs_diff(b) <= MAX_CLOCK_OFFSET.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn an_offset_is_as_small_as_the_answer_allows() {
        let at = |seconds: u32| UNIX_EPOCH + S * seconds;
        for (received, elapsed, date, ahead) in [
            (100, 0, 100, 0),
            (101, 0, 100, 0),
            (102, 0, 100, 1),
            // A slow answer may have been dated at any time.
            (110, 10, 100, 0),
            (110, 2, 100, 7),
            (100, 10, 103, -3),
            (7300, 0, 99, 7200),
        ] {
            let seconds = seconds_ahead(at(received), S * elapsed, at(date));
            assert_eq!(seconds, ahead, "{received} after {elapsed}: {date}");
        }
    }

    /// How far the clock's time is from this one.
    fn off(clock: &Clock, right: SystemTime) -> Duration {
        let now = clock.now();
        now.duration_since(right)
            .unwrap_or_else(|error| error.duration())
    }

    #[test]
    fn two_answers_set_the_time_and_one_does_not() {
        let hours = S * 7200;
        let aws = |ahead: bool| {
            let host = SystemTime::now();
            if ahead { host + hours } else { host - hours }
        };
        for ahead in [true, false] {
            let clock = Clock::system();
            assert_eq!(clock.observe(aws(ahead), S), None);
            assert!(off(&clock, SystemTime::now()) < S * 5);
            let reported = clock.observe(aws(ahead), S).unwrap();
            let wrong = if ahead { -7200 } else { 7200 };
            assert!(reported.abs_diff(wrong) < 5, "{reported}");
            assert!(off(&clock, aws(ahead)) < S * 5);
            assert!(clock.host_ahead().unwrap().abs_diff(wrong) < 5);
            // It stays so, and one strange answer changes nothing.
            assert_eq!(clock.observe(aws(ahead), S), None);
            assert_eq!(clock.observe(aws(!ahead), S), None);
            assert_eq!(clock.observe(aws(ahead), S), None);
            assert!(off(&clock, aws(ahead)) < S * 5);
        }
    }

    #[test]
    fn a_host_that_is_set_right_is_reported() {
        let clock = Clock::system();
        let wrong = || SystemTime::now() + S * 600;
        assert_eq!(clock.observe(wrong(), S), None);
        assert!(clock.observe(wrong(), S).is_some());
        assert_eq!(clock.observe(SystemTime::now(), S), None);
        assert_eq!(clock.observe(SystemTime::now(), S), Some(0));
        assert_eq!(clock.host_ahead(), Some(0));
        assert!(off(&clock, SystemTime::now()) < S * 5);
    }

    #[test]
    fn a_small_offset_is_no_matter() {
        let clock = Clock::system();
        let date = || SystemTime::now() + MAX_CLOCK_OFFSET - S * 5;
        for _ in 0..3 {
            assert_eq!(clock.observe(date(), S), None);
        }
        assert!(off(&clock, SystemTime::now()) < S);
    }
}
