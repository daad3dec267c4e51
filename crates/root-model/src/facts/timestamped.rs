//! Values with the time they were true. The one place that decides what is newer and what is stale.
use crate::{
    compact_map::CompactMap,
    missing::{Cause, Known, Missing, Source},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// When a value was observed.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// The time it was true.
    pub as_of: SystemTime,
    /// When the run that observed it ended.
    pub ended: SystemTime,
    /// For how long after `as_of` it is fresh.
    pub valid: Duration,
}

impl Observed {
    /// Whether `known` was true later. Two runs may overlap, and the one that began first may end last. A `known` from after
    /// the end of this run does not count: the clock has been set back since.
    pub(super) fn is_older_than<T>(&self, known: &Timestamped<T>) -> bool {
        self.as_of < known.as_of && known.as_of <= self.ended
    }
}

/// A value with the time it was true and for how long after that it is fresh.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timestamped<T> {
    pub(super) value: T,
    pub(super) as_of: SystemTime,
    pub(super) valid: Duration,
}

impl<T> Timestamped<T> {
    pub(super) fn new(value: T, observed: Observed) -> Self {
        Self {
            value,
            as_of: observed.as_of,
            valid: observed.valid,
        }
    }

    /// The value, unless it is stale.
    pub(super) fn fresh(&self, now: SystemTime) -> Option<&T> {
        self.is_fresh(self.as_of, now).then_some(&self.value)
    }

    /// Whether what was true then is fresh now. If the clock has been set back, a time ahead of it counts by its distance.
    pub(super) fn is_fresh(&self, then: SystemTime, now: SystemTime) -> bool {
        let apart = now.duration_since(then);
        apart.unwrap_or_else(|ahead| ahead.duration()) <= self.valid
    }
}

/// The latest value, if there ever was one.
pub(super) type Latest<T> = Option<Timestamped<T>>;
/// The latest values by name, such as a region's or a trail's.
pub(super) type LatestByName<T> = CompactMap<Arc<str>, Timestamped<T>>;

/// The value, or why it is missing.
pub(super) fn known<T>(
    latest: Option<&Timestamped<T>>,
    source: Source,
    now: SystemTime,
) -> Known<&T> {
    let Some(latest) = latest else {
        return Err(Missing::new(source, Cause::NotCollected));
    };
    let as_of = latest.as_of;
    let stale = || Missing::new(source, Cause::Stale { as_of });
    latest.fresh(now).ok_or_else(stale)
}

/// Replaces the value, unless the known one is newer.
pub(super) fn update_if_newer<T>(known: &mut Latest<T>, value: T, observed: Observed) {
    if !known.as_ref().is_some_and(|it| observed.is_older_than(it)) {
        *known = Some(Timestamped::new(value, observed));
    }
}

/// The same for one of several by name.
pub(super) fn update_named_if_newer<T>(
    known: &mut LatestByName<T>,
    name: Arc<str>,
    value: T,
    observed: Observed,
) {
    if !known
        .get(&name)
        .is_some_and(|it| observed.is_older_than(it))
    {
        known.insert(name, Timestamped::new(value, observed));
    }
}
