//! When a connection was last used.
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// When a request last began or ended on a connection.
pub(crate) struct Activity {
    start: Instant,
    /// Since `start`.
    millis: AtomicU64,
    idle_timeout: Duration,
}

impl Activity {
    pub(crate) fn new(idle_timeout: Duration) -> Self {
        Self {
            start: Instant::now(),
            millis: AtomicU64::new(0),
            idle_timeout,
        }
    }

    pub(crate) fn record(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn latest(&self) -> Instant {
        self.start + Duration::from_millis(self.millis.load(Ordering::Relaxed))
    }

    /// Ends when nothing was recorded for `idle_timeout`.
    pub(crate) async fn idle(&self) {
        loop {
            let end = self.latest() + self.idle_timeout;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}
