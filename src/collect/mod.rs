//! Collectors: what to ask AWS, how often, and with which permissions. Call, map, nothing else.
mod account_summary;
mod cloudtrail;
mod credential_report;
mod guardduty;
mod iam;
mod mfa_devices;
mod organization;
mod root_activity;
mod root_credentials;
mod security_contact;

pub(crate) use organization::{accounts as organization_accounts, describe as organization};
pub use root_activity::Progress;

use crate::{
    aws::{Session, global_region},
    facts::Fact,
    observation::{Account, Failure},
};
use aws_smithy_types::DateTime;
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of facts.
pub struct Collector {
    /// Its name in the configuration and in the `collector` label.
    pub name: &'static str,
    /// Whether it runs once per region.
    pub regional: bool,
    /// How often it runs, unless configured.
    pub interval: Duration,
    /// How long a run may take, unless configured.
    pub timeout: Duration,
    /// Whether its runs mostly wait for AWS's rate limit, so that many may be under way.
    pub paced: bool,
    /// How much older than its runs a fact may be, because AWS makes it so.
    pub grace: Duration,
    /// The IAM actions that a run needs; the policy is made from these.
    pub actions: &'static [&'static str],
    /// One run. What it has learned before an error or a timeout counts.
    pub collect: for<'a> fn(&'a Run, &'a mut Collected) -> BoxFuture<'a, Result<(), Failure>>,
    /// How it learns the same of many accounts at once, if it can.
    pub central: Option<Central>,
    /// Whether it is about members' root users as `sts:AssumeRoot` shows them, which has to be asked for.
    pub assume_root: bool,
}

/// How a collector learns about many accounts at once, from one that sees them all.
pub struct Central {
    /// The account that is asked.
    pub through: Through,
    /// About how many accounts, at most.
    pub size: usize,
    /// Whether only this account can tell about the organization's members: what they would say themselves, if it fails, is
    /// no substitute.
    pub alone: bool,
    /// The IAM actions that this needs in that account, besides those of the collector.
    pub actions: &'static [&'static str],
    /// One run. An account that gets no answer is left to its own runs. After an error that is every account or, if it is
    /// `alone`, every one but the members, for which what was learned before the error counts.
    pub collect: for<'a> fn(&'a CentralRun, &'a mut Answers) -> BoxFuture<'a, Result<(), Failure>>,
}

/// An account that sees others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Through {
    /// The exporter's own: the organization's management account, or a delegated administrator.
    Organization,
    /// GuardDuty's delegated administrator.
    GuardDutyAdministrator,
}

/// What a central run is given.
#[derive(Clone, Debug)]
pub struct CentralRun {
    /// A session in the account that is asked, at the region.
    pub session: Session,
    /// The accounts that it is asked about.
    pub accounts: Vec<Arc<Account>>,
    /// When the run began.
    pub now: SystemTime,
}

/// What a central run has come to, by account.
pub type Answers = BTreeMap<Arc<str>, Collected>;

/// Every collector, in the order of the documentation.
pub const COLLECTORS: &[Collector] = &[
    account_summary::COLLECTOR,
    credential_report::COLLECTOR,
    mfa_devices::COLLECTOR,
    root_activity::COLLECTOR,
    cloudtrail::COLLECTOR,
    guardduty::COLLECTOR,
    organization::COLLECTOR,
    security_contact::COLLECTOR,
    iam::COLLECTOR,
    root_credentials::COLLECTOR,
];

impl Collector {
    /// Whether it runs in that account.
    #[must_use]
    pub fn concerns(&self, account: &Account) -> bool {
        !self.assume_root || account.member == Some(true)
    }
}

/// What a run is given.
#[derive(Clone, Debug)]
pub struct Run {
    /// A session in the account, at the target's region.
    pub session: Session,
    /// The account.
    pub account: Arc<Account>,
    /// When the run began.
    pub now: SystemTime,
    /// The same on a clock that only goes forward.
    pub started: Instant,
    /// How long until the next.
    pub interval: Duration,
    /// How far back to look for events.
    pub lookback: Duration,
    /// How far earlier runs got.
    pub progress: Progress,
}

impl Run {
    /// The session at the one endpoint that a service without regions has.
    fn global(&self, service: &str) -> Session {
        let region = global_region(&self.account.partition, service);
        self.session.at(region.into())
    }

    /// The time now.
    fn moment(&self) -> SystemTime {
        self.now + self.started.elapsed()
    }

    /// The session where a service that has regions is asked about all of them: at home, if that region is monitored.
    fn anywhere(&self) -> Session {
        let home = self.session.region();
        let regions = &self.account.regions;
        match regions.first() {
            Some(first) if regions.iter().all(|region| **region != *home) => {
                self.session.at(first.clone())
            }
            _ => self.session.clone(),
        }
    }
}

/// What a run has come to so far.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// What was learned, each with the time it was true.
    pub facts: Vec<(SystemTime, Fact)>,
    /// What went wrong with parts of the run.
    pub failures: Vec<Failure>,
    /// How far it got, for the next run.
    pub progress: Option<Progress>,
}

impl Collected {
    /// A run that came to nothing.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self {
            failures: vec![failure],
            ..Self::default()
        }
    }

    fn learn(&mut self, as_of: SystemTime, fact: Fact) {
        self.facts.push((as_of, fact));
    }

    /// Takes one part's result; its failure leaves the other parts alone.
    fn part<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.failures.push(failure)).ok()
    }
}

/// How far the clocks of AWS and of this machine may differ. AWS takes no request that is signed more than five minutes off.
const SKEW: Duration = Duration::from_hours(1);

/// The SDK's time as the standard library's; `None` for one that nothing can have at `now`.
fn system_time(at: &DateTime, now: SystemTime) -> Option<SystemTime> {
    let seconds = u64::try_from(at.secs()).ok()?;
    let at = UNIX_EPOCH.checked_add(Duration::new(seconds, at.subsec_nanos()))?;
    is_past(at, now).then_some(at)
}

/// Whether that time is after 1970 and not later than the clocks may differ.
fn is_past(at: SystemTime, now: SystemTime) -> bool {
    UNIX_EPOCH <= at && at <= now + SKEW
}

const fn minutes(n: u64) -> Duration {
    Duration::from_mins(n)
}
