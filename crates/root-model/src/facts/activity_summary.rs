//! What root did in the account, summed up over all monitored regions.
//!
//! What is known but stale blocks any smaller claim: a count or a 'latest' is withheld when a region
//! that has gone stale knew of more.
use super::{
    account::Account,
    event_kind::EventKind,
    root_activity::{HISTORY, RootActivity},
    timestamped::LatestByName,
};
use crate::{partition::Partition, target::AccountIdentity, time::before};
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
#[derive(Clone, Debug, Default)]
pub struct ActivitySummary {
    counts: EnumMap<EventKind, [Option<usize>; WINDOWS.len()]>,
    last: EnumMap<EventKind, LatestEvent>,
    backfilled: usize,
    /// Since when all that root did in the monitored regions is known.
    whole_since: Option<SystemTime>,
    /// Whether the region that records sign-ins and IAM is one of them.
    has_home: bool,
}

/// The latest time known, and whether it is fresh.
#[derive(Clone, Copy, Debug, Default)]
struct LatestEvent {
    fresh: Option<SystemTime>,
    stale: Option<SystemTime>,
}

impl LatestEvent {
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
        let mut summary = Self::default();
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
                let latest = &mut summary.last[kind];
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
        summary.backfilled = account.regions.iter().filter(backfilled).count();
        let whole_since = |region: &Arc<str>| {
            let activity = regions.get(region)?;
            let coverage = activity.value.coverage?;
            let names = activity.value.alias == account.alias;
            (names && activity.is_fresh(coverage.to, now)).then_some(coverage.from)
        };
        let regions: Option<Vec<SystemTime>> = account.regions.iter().map(whole_since).collect();
        let regions = regions.filter(|_| account.is_complete(now));
        // What an unread event was is not known, nor so what happened until then.
        summary.whole_since = regions.and_then(|all| all.into_iter().chain(unread).max());
        summary.has_home = account.regions.iter().any(|region| **region == *home);
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
    fn knows_all(&self, kind: EventKind, since: SystemTime) -> bool {
        let recorded = self.has_home || !kind.is_global();
        recorded && self.whole_since.is_some_and(|from| from <= since)
    }
}

impl Account<'_> {
    /// In how many of its regions events have been looked up as far back as they shall be.
    #[must_use]
    pub fn backfilled(&self) -> usize {
        self.activity.backfilled
    }

    /// Whether the region that records root's sign-ins and IAM calls is monitored.
    #[must_use]
    pub fn watches_home(&self) -> bool {
        self.activity.has_home
    }

    /// Whether root did nothing of these kinds since then. `Some(true)` only where every monitored region has been looked up
    /// whole.
    #[must_use]
    pub fn is_quiet(&self, kinds: &[EventKind], since: SystemTime) -> Option<bool> {
        let activity = &self.activity;
        let latest = kinds.iter().map(|kind| activity.last[*kind]);
        let latest = latest.reduce(LatestEvent::or).unwrap_or_default();
        if latest.fresh > Some(since) {
            return Some(false);
        }
        (self.is_known_since(kinds, since) && latest.stale <= Some(since)).then_some(true)
    }

    /// Whether all that root did of these kinds since then is known.
    #[must_use]
    pub fn is_known_since(&self, kinds: &[EventKind], since: SystemTime) -> bool {
        let mut kinds = kinds.iter();
        kinds.all(|kind| self.activity.knows_all(*kind, since))
    }

    /// Events by kind and window. 0 only where every monitored region has been looked up whole; a positive count as
    /// soon as it is known.
    pub fn root_events(&self) -> impl Iterator<Item = (EventKind, &'static str, usize)> {
        self.kinds().flat_map(|kind| {
            WINDOWS
                .iter()
                .zip(self.activity.counts[kind])
                .filter_map(move |((window, _), count)| Some((kind, *window, count?)))
        })
    }

    /// The time of the latest event of each kind.
    pub fn root_event_last(&self) -> impl Iterator<Item = (EventKind, SystemTime)> {
        self.kinds()
            .filter_map(|kind| Some((kind, self.activity.last[kind].get()?)))
    }

    /// The latest event by the true root user.
    #[must_use]
    pub fn last_activity(&self) -> Option<SystemTime> {
        self.kinds()
            .filter(|kind| *kind != EventKind::PrivilegedSession)
            .map(|kind| self.activity.last[kind])
            .reduce(LatestEvent::or)?
            .get()
    }

    /// The latest successful console sign-in, by CloudTrail or by the credential report, whichever is later.
    #[must_use]
    pub fn last_login(&self) -> Option<SystemTime> {
        if !self.has_root_console() {
            return None;
        }
        let reported = LatestEvent {
            fresh: self.password_last_used(),
            stale: None,
        };
        [EventKind::Login, EventKind::LoginWithoutMfa]
            .into_iter()
            .map(|kind| self.activity.last[kind])
            .fold(reported, LatestEvent::or)
            .get()
    }

    /// The kinds that exist in the account's partition.
    fn kinds(&self) -> impl Iterator<Item = EventKind> + use<> {
        let (root, console) = (self.has_root(), self.has_root_console());
        EventKind::VARIANTS
            .iter()
            .copied()
            .filter(move |kind| root && (console || !kind.needs_console()))
    }
}

#[cfg(test)]
mod tests {
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
            id: "111122223333".into(),
            partition: Partition::Aws,
            alias: None,
            name: None,
            member: None,
            reachable: true,
            regions: regions.iter().map(|r| Arc::from(*r)).collect(),
            complete_until: Some(day(1000)),
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
