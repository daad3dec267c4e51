//! What root did in one region by CloudTrail's event history: events, and the time that the look-ups cover.
use super::event_kind::EventKind;
use crate::time::before;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// CloudTrail keeps management events for 90 days.
pub const HISTORY: Duration = Duration::from_hours(90 * 24);

/// Something that root did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootEvent {
    /// The event's id, hashed: enough to know it again.
    pub id: u64,
    /// When.
    pub at: SystemTime,
    /// What; `None` if its record could not be read, so that it may be anything.
    pub kind: Option<EventKind>,
}

/// A period in which all events have been looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Its beginning.
    pub from: SystemTime,
    /// Its end.
    pub to: SystemTime,
}

/// What root did in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootActivity {
    /// By id.
    pub(super) events: HashMap<u64, RootEvent>,
    pub(super) coverage: Option<Coverage>,
    pub(super) alias: Option<Arc<str>>,
    pub(super) backfilled: bool,
}

impl RootActivity {
    /// Events, the span that is known whole, and the account alias that was looked up besides `root`.
    #[must_use]
    pub fn new(
        events: Vec<RootEvent>,
        coverage: Option<Coverage>,
        alias: Option<Arc<str>>,
    ) -> Self {
        Self {
            events: events.into_iter().map(|event| (event.id, event)).collect(),
            coverage,
            alias,
            backfilled: false,
        }
    }

    /// Says whether the look-ups reach back as far as they shall.
    #[must_use]
    pub fn with_backfill(mut self, done: bool) -> Self {
        self.backfilled = done;
        self
    }

    /// Adds what a later look-up found; each event counts once. How far the look-ups reach is what the later one says.
    #[must_use]
    pub fn merge(mut self, later: Self) -> Self {
        let moved =
            later.coverage.map(|coverage| coverage.to) != self.coverage.map(|coverage| coverage.to);
        self.coverage = later.coverage;
        self.alias = later.alias;
        self.backfilled = later.backfilled;
        // Past CloudTrail's own history no window asks for it.
        let oldest = self
            .coverage
            .map(|coverage| before(coverage.to, HISTORY + Duration::from_hours(24)));
        let matters = |event: &RootEvent| oldest.is_none_or(|oldest| event.at >= oldest);
        if moved {
            self.events.retain(|_, event| matters(event));
        }
        let events = later.events.into_iter();
        self.events
            .extend(events.filter(|(_, event)| matters(event)));
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    pub(in crate::facts) fn day(n: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(n * 24)
    }

    pub(in crate::facts) fn event(id: u64, at: SystemTime, kind: EventKind) -> RootEvent {
        RootEvent {
            id,
            at,
            kind: Some(kind),
        }
    }

    pub(in crate::facts) fn coverage(from: u64, to: u64) -> Coverage {
        Coverage {
            from: day(from),
            to: day(to),
        }
    }

    #[test]
    fn each_event_counts_once() {
        let a = RootActivity::new(
            vec![
                event(1, day(99), EventKind::Read),
                event(2, day(98), EventKind::Read),
            ],
            Some(coverage(90, 100)),
            None,
        );
        let b = RootActivity::new(
            vec![
                event(2, day(98), EventKind::Read),
                event(3, day(95), EventKind::Write),
            ],
            Some(coverage(80, 101)),
            None,
        );
        let merged = a.merge(b.clone()).merge(b);
        assert_eq!(merged.events.len(), 3);
        assert_eq!(merged.coverage, Some(coverage(80, 101)));
    }
}
