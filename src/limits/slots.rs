//! A fixed number of slots for work in progress. A slot is free again when it is dropped.
use super::waiting;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many slots, shared by all clones.
#[derive(Clone, Debug)]
pub(crate) struct Slots(Arc<Semaphore>);

/// One slot in use.
#[derive(Debug)]
pub(crate) struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// Waits for a free slot; the longest waiter comes first.
    pub(crate) async fn acquire(&self) -> Slot {
        let _own = waiting();
        Slot {
            // `acquire_owned` fails only after `Semaphore::close`, which nobody calls.
            _permit: self.0.clone().acquire_owned().await.ok(),
        }
    }
}
