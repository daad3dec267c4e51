//! What root did, as CloudTrail's event history tells it region by region: events, and how far the look-ups reach.
//!
//! What is known but too old to be believed blocks any smaller claim: a count or a 'latest' is withheld when a region
//! that has gone stale knew of more.
use super::{ByName, account::Account, root_event::Kind};
use crate::{clock::before, observation};
use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

/// CloudTrail keeps management events for 90 days.
pub const HISTORY: Duration = Duration::from_hours(90 * 24);

/// The windows of the `window` label.
pub const WINDOWS: [(&str, Duration); 4] = [
    ("1d", Duration::from_hours(24)),
    ("7d", Duration::from_hours(7 * 24)),
    ("30d", Duration::from_hours(30 * 24)),
    ("90d", HISTORY),
];

/// Something that root did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootEvent {
    /// The event's id, hashed: enough to know it again.
    pub id: u64,
    /// When.
    pub at: SystemTime,
    /// What.
    pub kind: Kind,
}

/// A span of time that has been looked up whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Its beginning.
    pub from: SystemTime,
    /// Its end.
    pub to: SystemTime,
}

/// What root did in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootActivity {
    /// By id.
    events: HashMap<u64, RootEvent>,
    covered: Option<Covered>,
}

impl RootActivity {
    /// Events, and the span that is known whole.
    #[must_use]
    pub fn new(events: Vec<RootEvent>, covered: Option<Covered>) -> Self {
        let events = events.into_iter().map(|event| (event.id, event)).collect();
        Self { events, covered }
    }

    /// The span that has been looked up whole.
    #[must_use]
    pub fn covered(&self) -> Option<Covered> {
        self.covered
    }

    /// Adds what a later look-up found; each event counts once. In any order the result is the same set.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.events.extend(other.events);
        let before_merge = self.covered;
        self.covered = match (self.covered, other.covered) {
            (Some(a), Some(b)) if a.from <= b.to && b.from <= a.to => Some(Covered {
                from: a.from.min(b.from),
                to: a.to.max(b.to),
            }),
            (Some(a), Some(b)) => Some(if a.to > b.to { a } else { b }),
            (a, b) => a.or(b),
        };
        if let Some(covered) = self
            .covered
            .filter(|new| before_merge.is_none_or(|old| old.to < new.to))
        {
            // Past CloudTrail's own history no window asks for it.
            let oldest = before(covered.to, HISTORY + Duration::from_hours(24));
            self.events.retain(|_, event| event.at >= oldest);
        }
        self
    }
}

/// What root did in the account, over all monitored regions.
#[derive(Clone, Debug, Default)]
pub struct ActivitySummary {
    counts: [[Option<usize>; WINDOWS.len()]; Kind::ALL.len()],
    last: [Latest; Kind::ALL.len()],
}

/// The latest time known, and whether it may be believed.
#[derive(Clone, Copy, Debug, Default)]
struct Latest {
    fresh: Option<SystemTime>,
    stale: Option<SystemTime>,
}

impl Latest {
    fn get(self) -> Option<SystemTime> {
        self.fresh
            .filter(|fresh| self.stale.is_none_or(|stale| stale <= *fresh))
    }

    fn or(self, other: Self) -> Self {
        Self {
            fresh: self.fresh.max(other.fresh),
            stale: self.stale.max(other.stale),
        }
    }
}

impl ActivitySummary {
    /// Sums up `regions` as known at `now`.
    pub(super) fn of(
        account: &observation::Account,
        regions: &ByName<RootActivity>,
        now: SystemTime,
    ) -> Self {
        let starts = WINDOWS.map(|(_, window)| before(now, window));
        let mut summary = Self::default();
        let mut fresh = [[0; WINDOWS.len()]; Kind::ALL.len()];
        let mut stale = fresh;
        for activity in regions.values() {
            let believed = activity.current(now).is_some();
            let counts = if believed { &mut fresh } else { &mut stale };
            for event in activity.value.events.values() {
                let kind = event.kind as usize;
                for (count, start) in counts[kind].iter_mut().zip(starts) {
                    *count += usize::from(event.at > start);
                }
                let latest = &mut summary.last[kind];
                let slot = if believed {
                    &mut latest.fresh
                } else {
                    &mut latest.stale
                };
                *slot = (*slot).max(Some(event.at));
            }
        }
        for (w, start) in starts.into_iter().enumerate() {
            let known_since = |region| Some(regions.get(region)?.current(now)?.covered?.from);
            let complete = account.regions_complete
                && account
                    .regions
                    .iter()
                    .all(|region| known_since(region).is_some_and(|from| from <= start));
            for k in 0..Kind::ALL.len() {
                let known = fresh[k][w];
                summary.counts[k][w] =
                    ((known > 0 || complete) && stale[k][w] == 0).then_some(known);
            }
        }
        summary
    }
}

impl Account<'_> {
    /// Events by kind and window. 0 only where every monitored region has been looked up whole; a positive count as
    /// soon as it is known.
    pub fn root_events(&self) -> impl Iterator<Item = (Kind, &'static str, usize)> {
        self.kinds().flat_map(|kind| {
            WINDOWS
                .iter()
                .zip(self.activity.counts[kind as usize])
                .filter_map(move |((window, _), count)| Some((kind, *window, count?)))
        })
    }

    /// The time of the latest event of each kind.
    pub fn root_event_last(&self) -> impl Iterator<Item = (Kind, SystemTime)> {
        self.kinds()
            .filter_map(|kind| Some((kind, self.activity.last[kind as usize].get()?)))
    }

    /// The latest event by the true root user.
    #[must_use]
    pub fn last_activity(&self) -> Option<SystemTime> {
        self.kinds()
            .filter(|kind| *kind != Kind::PrivilegedSession)
            .map(|kind| self.activity.last[kind as usize])
            .reduce(Latest::or)?
            .get()
    }

    /// The latest successful console sign-in, by CloudTrail or by the credential report, whichever is later.
    #[must_use]
    pub fn last_login(&self) -> Option<SystemTime> {
        if !self.has_root_console() {
            return None;
        }
        let reported = Latest {
            fresh: self.password_last_used(),
            stale: None,
        };
        [Kind::Login, Kind::LoginWithoutMfa]
            .into_iter()
            .map(|kind| self.activity.last[kind as usize])
            .fold(reported, Latest::or)
            .get()
    }

    /// The kinds that exist in the account's partition.
    fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        let (root, console) = (self.has_root(), self.has_root_console());
        Kind::ALL
            .into_iter()
            .filter(move |kind| root && (console || !kind.needs_console()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dated, Facts};
    use super::*;
    use std::{sync::Arc, time::UNIX_EPOCH};

    fn day(n: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(n * 24)
    }

    fn event(id: u64, at: SystemTime, kind: Kind) -> RootEvent {
        RootEvent { id, at, kind }
    }

    fn covered(from: u64, to: u64) -> Covered {
        Covered {
            from: day(from),
            to: day(to),
        }
    }

    fn identity(regions: &[&str]) -> observation::Account {
        observation::Account {
            id: "111122223333".into(),
            partition: "aws".into(),
            alias: None,
            regions: regions.iter().map(|r| Arc::from(*r)).collect(),
            regions_complete: true,
        }
    }

    fn facts(regions: &[(&str, RootActivity)], valid: Duration) -> Facts {
        let mut facts = Facts::default();
        for (region, activity) in regions {
            let as_of = activity.covered.map_or(day(100), |c| c.to);
            facts.activity.insert(
                Arc::from(*region),
                Dated {
                    value: activity.clone(),
                    as_of,
                    valid,
                },
            );
        }
        facts
    }

    fn count(account: &Account, kind: Kind, window: &str) -> Option<usize> {
        account
            .root_events()
            .find(|(k, w, _)| *k == kind && *w == window)
            .map(|(_, _, n)| n)
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn zero_needs_every_region_and_a_positive_count_does_not() {
        let identity = identity(&["us-east-1", "eu-west-1"]);
        let one = RootActivity::new(vec![event(1, day(99), Kind::Read)], Some(covered(10, 100)));
        let known = facts(&[("us-east-1", one.clone())], HOUR);
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(
            count(&account, Kind::Login, "7d"),
            None,
            "eu-west-1 is not known"
        );
        assert_eq!(count(&account, Kind::Read, "7d"), Some(1));
        let both = facts(
            &[
                ("us-east-1", one),
                (
                    "eu-west-1",
                    RootActivity::new(vec![], Some(covered(90, 100))),
                ),
            ],
            HOUR,
        );
        let account = Account::at(&identity, &both, day(100));
        assert_eq!(count(&account, Kind::Login, "7d"), Some(0));
        assert_eq!(
            count(&account, Kind::Login, "30d"),
            None,
            "eu-west-1 is known for ten days only"
        );
        assert_eq!(
            count(&account, Kind::Read, "1d"),
            Some(0),
            "a day ago is just outside"
        );
    }

    #[test]
    fn stale_knowledge_blocks_smaller_claims() {
        let identity = identity(&["us-east-1", "eu-west-1"]);
        let old = RootActivity::new(vec![event(1, day(99), Kind::Login)], Some(covered(10, 99)));
        let new = RootActivity::new(
            vec![
                event(2, day(50), Kind::Login),
                event(3, day(60), Kind::Read),
            ],
            Some(covered(10, 100)),
        );
        let known = facts(&[("us-east-1", old), ("eu-west-1", new)], HOUR);
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(
            count(&account, Kind::Login, "90d"),
            None,
            "1 would be fewer than once known"
        );
        assert_eq!(
            account.last_login(),
            None,
            "day 50 would be earlier than once known"
        );
        assert_eq!(count(&account, Kind::Read, "90d"), Some(1));
    }

    #[test]
    fn merging_counts_each_event_once_in_any_order() {
        let a = RootActivity::new(
            vec![event(1, day(99), Kind::Read), event(2, day(98), Kind::Read)],
            Some(covered(90, 100)),
        );
        let b = RootActivity::new(
            vec![
                event(2, day(98), Kind::Read),
                event(3, day(95), Kind::Write),
            ],
            Some(covered(80, 95)),
        );
        let merged = a.clone().merge(b.clone());
        assert_eq!(merged, b.clone().merge(a.clone()));
        assert_eq!(merged, a.merge(b.clone()).merge(b));
        assert_eq!(merged.events.len(), 3);
        assert_eq!(merged.covered, Some(covered(80, 100)));
    }

    #[test]
    fn govcloud_has_no_console_and_china_no_root() {
        let mut identity = identity(&["us-east-1"]);
        identity.partition = "aws-us-gov".into();
        let known = facts(
            &[(
                "us-east-1",
                RootActivity::new(vec![], Some(covered(0, 100))),
            )],
            HOUR,
        );
        let kinds = |identity: &observation::Account| {
            Account::at(identity, &known, day(100))
                .root_events()
                .count()
                / WINDOWS.len()
        };
        assert_eq!(kinds(&identity), 5);
        identity.partition = "aws-cn".into();
        assert_eq!(kinds(&identity), 0);
    }
}
