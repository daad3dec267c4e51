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
            if queue.in_use < queue.size {
                queue.in_use += 1;
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
        let mut queue = self.lock();
        (queue.in_use < queue.size).then(|| {
            queue.in_use += 1;
            Slot(self.clone())
        })
    }

    /// How many there are.
    pub(crate) fn size(&self) -> usize {
        self.lock().size
    }

    /// Makes them so many. Slots in use beyond that are not free again.
    pub(crate) fn resize(&self, size: usize) {
        self.lock().size = size;
        loop {
            let next = Self::next(&mut self.lock());
            let Some(next) = next else { return };
            drop(next.send(Slot(self.clone())));
        }
    }

    /// Who is to have the next slot, if there is one that is free.
    fn next(queue: &mut Queue) -> Option<oneshot::Sender<Slot>> {
        if queue.in_use >= queue.size {
            return None;
        }
        let (_, next) = queue.waiting.pop_first()?;
        queue.in_use += 1;
        Some(next)
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
            Slots::next(&mut queue)
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
