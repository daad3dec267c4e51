//! A number of slots for work in progress. A slot is free again when it is dropped, and then goes to whoever waits with
//! the highest [`Priority`].
use super::{Priority, waiting};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// So many slots, shared by all clones.
#[derive(Clone, Debug)]
pub(crate) struct Slots(Arc<Mutex<Queue>>);

/// One slot in use.
#[derive(Debug)]
pub(crate) struct Slot(Slots);

#[derive(Debug, Default)]
struct Queue {
    size: usize,
    in_use: usize,
    /// By priority, and then by the order in which they came.
    waiting: BTreeMap<(Priority, u64), oneshot::Sender<Slot>>,
    arrived: u64,
}

impl Queue {
    /// Takes a slot that is free, if there is one.
    fn take(&mut self) -> bool {
        let free = self.in_use < self.size;
        self.in_use += usize::from(free);
        free
    }

    /// Takes a free slot for whoever waits with the highest priority.
    fn next(&mut self) -> Option<oneshot::Sender<Slot>> {
        if self.waiting.is_empty() || !self.take() {
            return None;
        }
        self.waiting.pop_first().map(|(_, next)| next)
    }
}

impl Slots {
    pub(crate) fn new(count: usize) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            size: count,
            ..Queue::default()
        })))
    }

    /// Waits for a free slot, with the priority of the current task.
    pub(crate) async fn acquire(&self) -> Slot {
        let slot = {
            let mut queue = self.lock();
            if queue.take() {
                return Slot(self.clone());
            }
            let (sender, slot) = oneshot::channel();
            queue.arrived += 1;
            let place = (Priority::current(), queue.arrived);
            queue.waiting.insert(place, sender);
            slot
        };
        let _own = waiting();
        // A sender leaves the queue only to send.
        slot.await.unwrap_or_else(|_| Slot(self.clone()))
    }

    /// A free slot, if there is one.
    pub(crate) fn try_acquire(&self) -> Option<Slot> {
        self.lock().take().then(|| Slot(self.clone()))
    }

    /// How many there are.
    pub(crate) fn size(&self) -> usize {
        self.lock().size
    }

    /// Makes them so many. Slots in use beyond that are not free again.
    pub(crate) fn resize(&self, size: usize) {
        self.lock().size = size;
        loop {
            let next = self.lock().next();
            let Some(next) = next else { return };
            drop(next.send(Slot(self.clone())));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.0.lock();
            queue.in_use = queue.in_use.saturating_sub(1);
            queue.next()
        };
        if let Some(next) = next {
            // One that does not wait any more drops the slot at once, and so passes it on.
            drop(next.send(Self(self.0.clone())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::priority::Class, *};
    use std::{pin::pin, time::Duration};
    use tokio::time::Instant;

    #[tokio::test]
    async fn the_first_in_order_comes_first() {
        let slots = Slots::new(1);
        let held = slots.acquire().await;
        let now = Instant::now();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (name, class, again, due) in [
            ("late", Class::Lookups, true, 1),
            ("again", Class::Lookups, true, 0),
            ("first", Class::Lookups, false, 9),
            ("detectors", Class::GuardDuty, true, 9),
            ("keys", Class::Credentials, true, 9),
            ("mfa", Class::Credentials, true, 8),
        ] {
            let due = now + Duration::from_secs(due);
            let priority = Priority { class, again, due };
            let (slots, order) = (slots.clone(), order.clone());
            let work = async move {
                let _slot = slots.acquire().await;
                order.lock().unwrap().push(name);
            };
            tasks.push(tokio::spawn(priority.scope(work)));
            tokio::task::yield_now().await;
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock().unwrap();
        assert_eq!(
            *order,
            ["mfa", "keys", "detectors", "first", "again", "late"]
        );
    }

    #[tokio::test]
    async fn who_gives_up_takes_no_slot() {
        let slots = Slots::new(1);
        let held = slots.acquire().await;
        {
            let mut waits = pin!(slots.acquire());
            let soon = Duration::from_millis(1);
            assert!(tokio::time::timeout(soon, waits.as_mut()).await.is_err());
            // Given the slot, and dropped before it takes it.
            drop(held);
        }
        drop(slots.acquire().await);
        assert_eq!(slots.lock().in_use, 0);
    }
}
