//! What root did in the account, summed up over all monitored regions.
//!
//! What is known but stale blocks any smaller claim: a count or a 'latest' is withheld when a region
//! that has gone stale knew of more.
use super::{
    event_kind::EventKind,
    root_activity::{HISTORY, RootActivity},
    sources::{REGIONS, ROOT_ACTIVITY},
    timestamped::LatestByName,
};
use crate::{
    missing::{Cause, Gaps, Known, Missing},
    partition::Partition,
    target::AccountIdentity,
    time::before,
};
use enum_map::EnumMap;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use strum::VariantArray as _;

/// The windows of the `window` label.
pub const WINDOWS: [(&str, Duration); 4] = [
    ("1d", Duration::from_hours(24)),
    ("7d", Duration::from_hours(7 * 24)),
    ("30d", Duration::from_hours(30 * 24)),
    ("90d", HISTORY),
];

/// What root did in the account, over all monitored regions.
#[derive(Clone, Debug)]
pub struct ActivitySummary {
    pub(super) counts: EnumMap<EventKind, [Option<usize>; WINDOWS.len()]>,
    pub(super) last: EnumMap<EventKind, LatestEvent>,
    pub(super) backfilled: usize,
    /// Since when all that root did in the monitored regions is known.
    pub(super) whole_since: Known<SystemTime>,
    /// The latest event that could not be read.
    pub(super) unread: Option<SystemTime>,
    /// Whether the region that records sign-ins and IAM is one of them.
    has_home: bool,
}

/// The latest time known, and whether it is fresh.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LatestEvent {
    pub(super) fresh: Option<SystemTime>,
    pub(super) stale: Option<SystemTime>,
}

impl LatestEvent {
    pub(super) fn get(self) -> Option<SystemTime> {
        self.fresh
            .filter(|fresh| self.stale.is_none_or(|stale| stale <= *fresh))
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            fresh: self.fresh.max(other.fresh),
            stale: self.stale.max(other.stale),
        }
    }
}

/// Where CloudTrail records the events of services without regions: root's sign-ins, and IAM.
fn home_of_global_events(partition: Partition) -> &'static str {
    match partition {
        Partition::AwsUsGov => "us-gov-west-1",
        _ => "us-east-1",
    }
}

impl ActivitySummary {
    /// Sums up `regions` as known at `now`.
    pub(super) fn of(
        account: &AccountIdentity,
        regions: &LatestByName<RootActivity>,
        now: SystemTime,
    ) -> Self {
        let home = home_of_global_events(account.partition);
        let starts = WINDOWS.map(|(_, window)| before(now, window));
        let mut last = EnumMap::<EventKind, LatestEvent>::default();
        let mut fresh = EnumMap::<EventKind, [usize; WINDOWS.len()]>::default();
        let mut stale = fresh;
        let mut unread = None;
        for activity in regions.values() {
            let is_fresh = activity.fresh(now).is_some();
            let counts = if is_fresh { &mut fresh } else { &mut stale };
            for event in activity.value.events.values() {
                let Some(kind) = event.kind else {
                    unread = unread.max(Some(event.at));
                    continue;
                };
                for (count, start) in counts[kind].iter_mut().zip(starts) {
                    *count += usize::from(event.at > start);
                }
                let latest = &mut last[kind];
                let slot = if is_fresh {
                    &mut latest.fresh
                } else {
                    &mut latest.stale
                };
                *slot = (*slot).max(Some(event.at));
            }
        }
        let backfilled = |region: &&Arc<str>| {
            let activity = regions.get(*region);
            activity.is_some_and(|activity| activity.value.backfilled)
        };
        let mut summary = Self {
            counts: EnumMap::default(),
            last,
            backfilled: account.regions.iter().filter(backfilled).count(),
            whole_since: whole_since(account, regions, now),
            unread,
            has_home: account.regions.iter().any(|region| **region == *home),
        };
        for (w, start) in starts.into_iter().enumerate() {
            for kind in EventKind::VARIANTS.iter().copied() {
                let known = fresh[kind][w];
                let zero = summary.knows_all(kind, start);
                summary.counts[kind][w] =
                    ((known > 0 || zero) && stale[kind][w] == 0).then_some(known);
            }
        }
        summary
    }

    /// Whether all that root did of a kind since then is known. That is a claim about where such events are recorded, which
    /// may not be monitored.
    pub(super) fn knows_all(&self, kind: EventKind, since: SystemTime) -> bool {
        let recorded = self.has_home || !kind.is_global();
        let looked_up = self.whole_since.as_ref().is_ok_and(|from| *from <= since);
        // What an unread event was is not known.
        let read = self.unread.is_none_or(|at| at <= since);
        recorded && looked_up && read
    }
}

/// Since when events are looked up without a gap in all monitored regions.
fn whole_since(
    account: &AccountIdentity,
    regions: &LatestByName<RootActivity>,
    now: SystemTime,
) -> Known<SystemTime> {
    let mut gaps = Gaps::default();
    let mut since = None;
    for region in &account.regions {
        let activity = regions.get(region);
        let coverage = activity.and_then(|it| Some((it, it.value.coverage?)));
        let cause = match coverage {
            None => Cause::NotCollected,
            Some((activity, coverage)) if !activity.is_fresh(coverage.to, now) => {
                Cause::Stale { as_of: coverage.to }
            }
            Some((activity, _)) if activity.value.alias != account.alias => Cause::Inconclusive(
                "The account's alias has changed, and events under the new alias are not looked up yet.",
            ),
            Some((_, coverage)) => {
                since = since.max(Some(coverage.from));
                continue;
            }
        };
        gaps.add(Missing::in_region(ROOT_ACTIVITY, cause, region));
    }
    if !account.is_complete(now) {
        gaps.add(Missing::new(REGIONS, Cause::NotCollected));
    }
    gaps.check()?;
    since.ok_or_else(|| Missing::new(REGIONS, Cause::NotCollected))
}

#[cfg(test)]
mod tests {
    use super::super::account::Account;
    use super::super::{
        Facts,
        root_activity::{
            RootEvent,
            tests::{coverage, day, event},
        },
        timestamped::Timestamped,
    };
    use super::*;

    fn identity(regions: &[&str]) -> AccountIdentity {
        AccountIdentity {
            complete_until: Some(day(1000)),
            ..crate::target::identity(regions)
        }
    }

    fn facts(regions: &[(&str, RootActivity)], valid: Duration) -> Facts {
        let mut facts = Facts::default();
        for (region, activity) in regions {
            let as_of = activity.coverage.map_or(day(100), |c| c.to);
            facts.activity.insert(
                Arc::from(*region),
                Timestamped {
                    value: activity.clone(),
                    as_of,
                    valid,
                },
            );
        }
        facts
    }

    fn count(account: &Account, kind: EventKind, window: &str) -> Option<usize> {
        account
            .root_events()
            .find(|(k, w, _)| *k == kind && *w == window)
            .map(|(_, _, n)| n)
    }

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn zero_needs_every_region_and_a_positive_count_does_not() {
        let identity = identity(&["us-east-1", "eu-west-1"]);
        let one = RootActivity::new(
            vec![event(1, day(99), EventKind::Read)],
            Some(coverage(10, 100)),
            None,
        );
        let known = facts(&[("us-east-1", one.clone())], HOUR);
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(
            count(&account, EventKind::Login, "7d"),
            None,
            "eu-west-1 is not known"
        );
        assert_eq!(count(&account, EventKind::Read, "7d"), Some(1));
        let both = facts(
            &[
                ("us-east-1", one),
                (
                    "eu-west-1",
                    RootActivity::new(vec![], Some(coverage(90, 100)), None),
                ),
            ],
            HOUR,
        );
        let account = Account::at(&identity, &both, day(100));
        assert_eq!(count(&account, EventKind::Login, "7d"), Some(0));
        assert_eq!(
            count(&account, EventKind::Login, "30d"),
            None,
            "eu-west-1 is known for ten days only"
        );
        assert_eq!(
            count(&account, EventKind::Read, "1d"),
            Some(0),
            "a day ago is just outside"
        );
    }

    #[test]
    fn stale_knowledge_blocks_smaller_claims() {
        let identity = identity(&["us-east-1", "eu-west-1"]);
        let old = RootActivity::new(
            vec![event(1, day(99), EventKind::Login)],
            Some(coverage(10, 99)),
            None,
        );
        let new = RootActivity::new(
            vec![
                event(2, day(50), EventKind::Login),
                event(3, day(60), EventKind::Read),
            ],
            Some(coverage(10, 100)),
            None,
        );
        let known = facts(&[("us-east-1", old), ("eu-west-1", new)], HOUR);
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(
            count(&account, EventKind::Login, "90d"),
            None,
            "1 would be fewer than once known"
        );
        assert_eq!(
            account.last_login(),
            None,
            "day 50 would be earlier than once known"
        );
        assert_eq!(count(&account, EventKind::Read, "90d"), Some(1));
    }

    #[test]
    fn no_zero_while_an_event_is_unread_or_the_alias_was_not_looked_up() {
        let whole = Some(coverage(0, 100));
        let unread = RootEvent {
            id: 1,
            at: day(90),
            kind: None,
        };
        let with = |activity| facts(&[("us-east-1", activity)], HOUR);
        let mut identity = identity(&["us-east-1"]);
        let known = with(RootActivity::new(vec![unread], whole, None));
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(count(&account, EventKind::Login, "7d"), Some(0));
        assert_eq!(count(&account, EventKind::Login, "30d"), None);
        identity.alias = Some("acme".into());
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(count(&account, EventKind::Login, "7d"), None);
        let known = with(RootActivity::new(vec![], whole, Some("acme".into())));
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(count(&account, EventKind::Login, "30d"), Some(0));
    }

    #[test]
    fn no_zero_of_sign_ins_without_the_region_that_records_them() {
        let identity = identity(&["eu-west-1"]);
        let activity = RootActivity::new(vec![], Some(coverage(0, 100)), None);
        let known = facts(&[("eu-west-1", activity)], HOUR);
        let account = Account::at(&identity, &known, day(100));
        assert_eq!(count(&account, EventKind::Login, "30d"), None);
        assert_eq!(count(&account, EventKind::Write, "30d"), Some(0));
    }

    #[test]
    fn govcloud_has_no_console_and_china_no_root() {
        let mut identity = identity(&["us-gov-west-1"]);
        identity.partition = Partition::AwsUsGov;
        let known = facts(
            &[(
                "us-gov-west-1",
                RootActivity::new(vec![], Some(coverage(0, 100)), None),
            )],
            HOUR,
        );
        let kinds = |identity: &AccountIdentity| {
            Account::at(identity, &known, day(100))
                .root_events()
                .count()
                / WINDOWS.len()
        };
        assert_eq!(kinds(&identity), 5);
        identity.partition = Partition::AwsCn;
        assert_eq!(kinds(&identity), 0);
    }
}
