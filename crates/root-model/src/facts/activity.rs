//! What may be said about root's activity: counts, times and quiet periods of one account.
use super::{
    account::Account,
    activity_summary::{LatestEvent, WINDOWS},
    event_kind::EventKind,
    sources::ROOT_ACTIVITY,
};
use crate::missing::{Cause, Known, Missing};
use std::time::SystemTime;
use strum::VariantArray as _;

impl Account<'_> {
    /// In how many of its regions events have been looked up as far back as they shall be.
    #[must_use]
    pub fn backfilled(&self) -> usize {
        self.activity.backfilled
    }

    /// Whether root did nothing of these kinds since then. `true` only where every monitored region has been looked up
    /// whole.
    ///
    /// # Errors
    /// What is missing.
    pub fn is_quiet(&self, kinds: &[EventKind], since: SystemTime) -> Known<bool> {
        let activity = &self.activity;
        let latest = kinds.iter().map(|kind| activity.last[*kind]);
        let latest = latest.reduce(LatestEvent::or).unwrap_or_default();
        if latest.fresh > Some(since) {
            return Ok(false);
        }
        self.known_since(kinds, since)?;
        match latest.stale {
            Some(as_of) if as_of > since => {
                Err(Missing::new(ROOT_ACTIVITY, Cause::Stale { as_of }))
            }
            _ => Ok(true),
        }
    }

    /// # Errors
    /// What is missing, if not all that root did of these kinds since then is known.
    pub fn known_since(&self, kinds: &[EventKind], since: SystemTime) -> Known<()> {
        let activity = &self.activity;
        if kinds.iter().all(|kind| activity.knows_all(*kind, since)) {
            return Ok(());
        }
        let (done, all) = (activity.backfilled, self.identity.regions.len());
        let from = activity.whole_since.clone()?;
        let cause = if from > since && done < all {
            Cause::Backfill { done, all }
        } else if from > since {
            Cause::Inconclusive(
                "Events are not looked up as far back as the check asks: `collectors.root_activity.lookback` is too short.",
            )
        } else if activity.unread.is_some_and(|at| at > since) {
            Cause::Inconclusive(
                "A CloudTrail event by root could not be read, so it may be anything.",
            )
        } else {
            Cause::Inconclusive(
                "`regions` leaves out the region where root's sign-ins and IAM calls are recorded (us-east-1, in GovCloud us-gov-west-1).",
            )
        };
        Err(Missing::new(ROOT_ACTIVITY, cause))
    }

    /// Events by kind and window. 0 only where the look-ups of every monitored region are complete; a positive count as
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
