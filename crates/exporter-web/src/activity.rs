//! When a connection was last used.
use crate::limits::IDLE_TIMEOUT;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// When a request last began or ended on a connection.
pub(crate) struct Activity {
    start: Instant,
    millis: AtomicU64,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            millis: AtomicU64::new(0),
        }
    }
}

impl Activity {
    pub(crate) fn record(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn latest(&self) -> Instant {
        self.start + Duration::from_millis(self.millis.load(Ordering::Relaxed))
    }

    /// Ends when nothing was recorded for `IDLE_TIMEOUT`.
    pub(crate) async fn idle(&self) {
        loop {
            let end = self.latest() + IDLE_TIMEOUT;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}
