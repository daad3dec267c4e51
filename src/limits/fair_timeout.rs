//! A timeout that does not count the time in which work waits for the exporter's own limits: what waits in our own queue has
//! not failed.
use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// Between two looks at work that waits. Only how late a timeout may be depends on it.
const LOOK: Duration = Duration::from_millis(100);

/// The work took longer than it may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimedOut;

tokio::task_local! {
    static STOPWATCH: Arc<Stopwatch>;
}

/// Stopped while the work waits.
#[derive(Debug, Default)]
struct Stopwatch {
    /// That of a timeout around this one.
    outer: Option<Arc<Stopwatch>>,
    waits: Mutex<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    /// How much of the work waits now: a run may make calls at the same time.
    count: usize,
    /// Since when any of it does.
    since: Option<Instant>,
    /// All earlier waits.
    total: Duration,
}

impl Waits {
    fn begin(&mut self, now: Instant) {
        self.count += 1;
        self.since.get_or_insert(now);
    }

    fn end(&mut self, now: Instant) {
        self.count = self.count.saturating_sub(1);
        if self.count == 0
            && let Some(since) = self.since.take()
        {
            self.total += now - since;
        }
    }

    /// All waits until now.
    fn until(&self, now: Instant) -> Duration {
        self.total + self.since.map_or(Duration::ZERO, |since| now - since)
    }
}

/// Work waits for one of the exporter's own limits until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(Option<Arc<Stopwatch>>);

/// The current task waits for one of the exporter's own limits.
pub(crate) fn waiting() -> Waiting {
    let stopwatch = STOPWATCH.try_with(Arc::clone).ok();
    if let Some(stopwatch) = &stopwatch {
        stopwatch.all(|waits| waits.begin(Instant::now()));
    }
    Waiting(stopwatch)
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(stopwatch) = &self.0 {
            stopwatch.all(|waits| waits.end(Instant::now()));
        }
    }
}

impl Stopwatch {
    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Here and in every timeout around.
    fn all(&self, change: impl Fn(&mut Waits)) {
        let mut next = Some(self);
        while let Some(stopwatch) = next {
            change(&mut stopwatch.lock());
            next = stopwatch.outer.as_deref();
        }
    }
}

/// Runs `work`, for no longer than `limit` beside its waits.
///
/// # Errors
/// If it takes longer.
pub(crate) async fn fair_timeout<F: Future>(
    limit: Duration,
    work: F,
) -> Result<F::Output, TimedOut> {
    let stopwatch = Arc::new(Stopwatch {
        outer: STOPWATCH.try_with(Arc::clone).ok(),
        ..Stopwatch::default()
    });
    let started = Instant::now();
    let mut work = pin!(STOPWATCH.scope(stopwatch.clone(), work));
    loop {
        let now = Instant::now();
        let waits = stopwatch.lock().until(now);
        let left = (limit + waits).saturating_sub(now - started);
        if left.is_zero() {
            return Err(TimedOut);
        }
        tokio::select! {
            biased;
            output = &mut work => return Ok(output),
            () = sleep_until(now + left.max(LOOK)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::sleep;

    #[test]
    fn waits_at_the_same_time_count_once() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut waits = Waits::default();
        assert_eq!(waits.until(at(1)), Duration::ZERO);
        waits.begin(at(1));
        waits.begin(at(2));
        assert_eq!(waits.until(at(4)), Duration::from_secs(3));
        waits.end(at(5));
        waits.end(at(7));
        assert_eq!(waits.until(at(9)), Duration::from_secs(6));
        waits.begin(at(10));
        assert_eq!(waits.until(at(11)), Duration::from_secs(7));
    }

    #[tokio::test]
    async fn work_that_waits_does_not_time_out() {
        let limit = Duration::from_secs(2);
        let waits = async {
            // Two, as a timeout within: both are stopped.
            let within = async {
                let _own = waiting();
                sleep(limit + limit / 2).await;
            };
            fair_timeout(limit, within).await
        };
        assert!(fair_timeout(limit, waits).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn work_that_hangs_does() {
        let limit = Duration::from_millis(1);
        assert!(fair_timeout(limit, pending::<()>()).await.is_err());
        let after_a_wait = async {
            drop(waiting());
            pending::<()>().await;
        };
        assert!(fair_timeout(limit, after_a_wait).await.is_err());
    }
}
