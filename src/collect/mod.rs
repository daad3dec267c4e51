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
    aws::{Call, Session, global_region},
    limits::MAX_FUTURE,
};
use aws_smithy_types::DateTime;
use root_model::{collector::Collector, facts::Fact, failure::Failure, target::AccountIdentity};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How a collector works.
pub struct CollectorSpec {
    pub collector: Collector,
    /// Whether its runs mostly wait for AWS's rate limit, so that many may be under way.
    pub rate_limited: bool,
    /// The calls that a run makes. The IAM policies are generated from these.
    pub calls: &'static [Call],
    /// One run. Facts collected before an error or a timeout are kept.
    pub collect:
        for<'a> fn(&'a RunContext, &'a mut Collected) -> BoxFuture<'a, Result<(), Failure>>,
    /// How it collects the same facts of many accounts at once, if it can.
    pub batched: Option<Batched>,
}

/// How a collector asks one account about many.
pub struct Batched {
    /// The account that is asked.
    pub delegate: Delegate,
    /// About how many accounts one run asks at most.
    pub batch_size: usize,
    /// Whether only the delegate knows the answer for the organization's members. If so, a failure of the delegate is theirs,
    /// and they are not asked themselves.
    pub only_source: bool,
    /// The calls that this makes in the delegate, besides those of the collector.
    pub calls: &'static [Call],
    /// One run. An account without an answer is asked itself. After an error that holds for every account or, with
    /// `only_source`, for every account but the members; members keep the facts collected before the error.
    pub collect: for<'a> fn(&'a BatchRun, &'a mut Answers) -> BoxFuture<'a, Result<(), Failure>>,
}

impl CollectorSpec {
    /// The IAM actions that a run needs.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.calls.iter().map(|call| call.action)
    }
}

impl Batched {
    /// The IAM actions that a run needs in the delegate, besides those of the collector.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.calls.iter().map(|call| call.action)
    }
}

/// An account that knows facts about others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delegate {
    /// The exporter's own: the organization's management account, or a delegated administrator.
    Organization,
    /// GuardDuty's delegated administrator.
    GuardDutyAdministrator,
}

/// The input of a batched run.
#[derive(Clone, Debug)]
pub struct BatchRun {
    /// A session in the account that is asked, at the region.
    pub session: Session,
    /// The accounts that it is asked about.
    pub accounts: Vec<Arc<AccountIdentity>>,
    /// When the run began.
    pub now: SystemTime,
}

/// What a batched run collected, by account.
pub type Answers = BTreeMap<Arc<str>, Collected>;

/// How that collector works; `None` for discovery, which is no collector of facts.
#[must_use]
pub fn spec(collector: Collector) -> Option<&'static CollectorSpec> {
    Some(match collector {
        Collector::Discovery => return None,
        Collector::AccountSummary => &account_summary::SPEC,
        Collector::CredentialReport => &credential_report::SPEC,
        Collector::MfaDevices => &mfa_devices::SPEC,
        Collector::RootActivity => &root_activity::SPEC,
        Collector::CloudTrail => &cloudtrail::SPEC,
        Collector::GuardDuty => &guardduty::SPEC,
        Collector::Organization => &organization::SPEC,
        Collector::SecurityContact => &security_contact::SPEC,
        Collector::Iam => &iam::SPEC,
        Collector::RootCredentials => &root_credentials::SPEC,
    })
}

/// Every collector of facts, in the order of the documentation.
pub fn specs() -> impl Iterator<Item = &'static CollectorSpec> + Clone {
    Collector::configurable().filter_map(spec)
}

/// The input of a run.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// A session in the account, at the target's region.
    pub session: Session,
    /// The account.
    pub account: Arc<AccountIdentity>,
    /// When the run began.
    pub now: SystemTime,
    /// The same on a clock that only goes forward.
    pub started: Instant,
    /// How long until the next.
    pub interval: Duration,
    /// A run that the next one can continue ends after this, so that its facts are published.
    pub budget: Duration,
    /// How far back root's events are collected.
    pub lookback: Duration,
    /// How far earlier runs have come.
    pub progress: Progress,
}

impl RunContext {
    /// The session at the one endpoint that a service without regions has.
    fn global(&self, service: &str) -> Session {
        let region = global_region(self.account.partition, service);
        self.session.at(region.into())
    }

    /// The time now.
    fn now(&self) -> SystemTime {
        self.now + self.started.elapsed()
    }

    /// The session for a question about all regions that any region answers: the exporter's own region, if it is monitored.
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

/// What a run has collected so far.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Facts, each with the time it was true.
    pub facts: Vec<(SystemTime, Fact)>,
    /// Failures of parts of the run.
    pub failures: Vec<Failure>,
    /// How far it has come, for the next run.
    pub progress: Option<Progress>,
    /// Whether there is more to be collected, by a run that follows at once.
    pub unfinished: bool,
    /// Whether little is to be expected in the place, so that the next run may wait for the quiet interval.
    pub quiet: bool,
    /// What the run is waiting for: its failure if it times out.
    pub waiting_for: Option<Failure>,
}

impl Collected {
    /// A run that failed as a whole.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self {
            failures: vec![failure],
            ..Self::default()
        }
    }

    fn insert(&mut self, as_of: SystemTime, fact: Fact) {
        self.facts.push((as_of, fact));
    }

    /// The result of one part of the run. A failure is recorded, and the run goes on.
    fn ok_or_record<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.failures.push(failure)).ok()
    }
}

/// The SDK's time as the standard library's; `None` for one that is not valid at `now`.
fn system_time(at: &DateTime, now: SystemTime) -> Option<SystemTime> {
    let seconds = u64::try_from(at.secs()).ok()?;
    let at = UNIX_EPOCH.checked_add(Duration::new(seconds, at.subsec_nanos()))?;
    is_past(at, now).then_some(at)
}

/// Whether that time is after 1970 and not in the future, as far as clocks may differ.
fn is_past(at: SystemTime, now: SystemTime) -> bool {
    UNIX_EPOCH <= at && at <= now + MAX_FUTURE
}
