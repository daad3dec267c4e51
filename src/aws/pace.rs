//! How fast each call may be made: at the rate that AWS documents, and slower once AWS has asked to slow down, until it
//! answers again. By account, region and action, as AWS's limits are.
use root_model::failure::{Failure, Reason};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// Calls a second that AWS allows an account; for all other actions it documents no rate, or one that is out of reach.
/// CloudTrail: quotas of its user guide. Organizations: quotas for throttling in its user guide, of which `ListChildren`
/// is taken to be like its kin. STS: 600, shared by all of the account's principals, of which this is a part; `AssumeRoot`
/// is not documented.
const RATES: &[(&str, u32)] = &[
    ("cloudtrail:LookupEvents", 2),
    ("organizations:DescribeOrganization", 1),
    ("organizations:DescribePolicy", 2),
    ("organizations:ListAccounts", 8),
    ("organizations:ListChildren", 5),
    ("organizations:ListDelegatedAdministrators", 5),
    ("organizations:ListPolicies", 5),
    ("organizations:ListTargetsForPolicy", 5),
    ("sts:AssumeRole", 200),
    ("sts:AssumeRoot", 5),
];

/// The first gap between calls after AWS has asked to slow down, which doubles, and the longest.
const FIRST_GAP: Duration = Duration::from_millis(500);
const LONGEST_GAP: Duration = Duration::from_mins(1);
/// A call that would have to wait longer than this for the gap is given up: its run makes room for others.
const PATIENCE: Duration = Duration::from_secs(5);

/// The pace of an account's calls.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<Key, Pace>>);

type Key = (Arc<str>, &'static str);

#[derive(Debug)]
struct Pace {
    next: Instant,
    gap: Duration,
}

/// When a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    At(Instant),
    /// AWS has asked to slow down, and it would be too long.
    PutOff,
}

/// The time between two calls at the rate that AWS documents.
fn documented(action: &str) -> Duration {
    let known = RATES.iter().find(|(known, _)| *known == action);
    known.map_or(Duration::ZERO, |(_, rate)| Duration::from_secs(1) / *rate)
}

impl Paces {
    /// Waits until the call may be made.
    ///
    /// # Errors
    /// If AWS has asked to slow down not long ago.
    pub(super) async fn wait(
        &self,
        region: &Arc<str>,
        action: &'static str,
    ) -> Result<(), Failure> {
        match self.take_turn(region, action, Instant::now()) {
            Turn::Now => Ok(()),
            Turn::At(turn) => {
                sleep_until(turn).await;
                Ok(())
            }
            Turn::PutOff => Err(Failure {
                reason: Reason::Throttled,
                call: action,
                message: format!(
                    "AWS asked to slow down in {region} not long ago; the call is put off, and a longer interval for the collector helps"
                ),
            }),
        }
    }

    fn take_turn(&self, region: &Arc<str>, action: &'static str, now: Instant) -> Turn {
        let least = documented(action);
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paces.contains_key(&(region.clone(), action));
        if !known && least.is_zero() {
            return Turn::Now;
        }
        let pace = paces.entry((region.clone(), action)).or_insert(Pace {
            next: now,
            gap: least,
        });
        let turn = pace.next.max(now);
        if pace.gap > least && turn > now + PATIENCE {
            return Turn::PutOff;
        }
        pace.next = turn + pace.gap;
        Turn::At(turn)
    }

    /// Takes in whether AWS asked to slow down: then it goes slower, else by and by as fast as before.
    pub(super) fn note(
        &self,
        region: &Arc<str>,
        action: &'static str,
        throttled: bool,
        now: Instant,
    ) {
        let least = documented(action);
        let key = (region.clone(), action);
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if throttled {
            let pace = paces.entry(key).or_insert(Pace {
                next: now,
                gap: least,
            });
            pace.gap = (pace.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
            pace.next = pace.next.max(now + pace.gap);
            return;
        }
        let Some(pace) = paces.get_mut(&key) else {
            return;
        };
        pace.gap = (pace.gap / 2).max(least);
        if pace.gap < FIRST_GAP && least.is_zero() {
            paces.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK_UP: &str = "cloudtrail:LookupEvents";
    const SUMMARY: &str = "iam:GetAccountSummary";

    #[test]
    fn at_the_documented_rate() {
        let (paces, region) = (Paces::default(), Arc::from("us-east-1"));
        let now = Instant::now();
        for n in 0..20 {
            let turn = Turn::At(now + Duration::from_millis(500) * n);
            assert_eq!(paces.take_turn(&region, LOOK_UP, now), turn);
        }
        let elsewhere = paces.take_turn(&"eu-west-1".into(), LOOK_UP, now);
        assert_eq!(elsewhere, Turn::At(now));
        assert_eq!(paces.take_turn(&region, SUMMARY, now), Turn::Now);
    }

    #[test]
    fn slower_when_throttled_and_back_again() {
        let (paces, region) = (Paces::default(), Arc::from("us-east-1"));
        let now = Instant::now();
        let note = |throttled| paces.note(&region, SUMMARY, throttled, now);
        let turn = || paces.take_turn(&region, SUMMARY, now);
        note(true);
        assert_eq!(turn(), Turn::At(now + FIRST_GAP));
        for _ in 0..20 {
            note(true);
        }
        assert_eq!(turn(), Turn::PutOff);
        let later = now + LONGEST_GAP;
        assert_eq!(paces.take_turn(&region, SUMMARY, later), Turn::At(later));
        for _ in 0..20 {
            note(false);
        }
        assert_eq!(turn(), Turn::Now);
    }
}
