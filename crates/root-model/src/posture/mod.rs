//! The posture for people: what every check found in every account, why what is not known is not, and how the collectors
//! do. One model, from which the page and the JSON are made. Pure.
mod collectors;
mod root;
mod timestamp;
mod unknown_reason;

pub use collectors::{CollectorHealth, CollectorState, RunFailure};
pub use root::{RootKey, RootUser};
pub use timestamp::Timestamp;

use crate::{
    checks::{Assessment, Check, Verdict, runbook_url},
    facts::{account::Account, organization::Membership},
    missing::Known,
    partition::Partition,
    severity::Severity,
    view::View,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::sync::Arc;

/// The alert whose runbook helps where a check is unknown.
const UNKNOWN: &str = "AwsRootCheckUnknown";

/// What is known of all accounts at one moment.
#[derive(Debug, Serialize)]
pub struct Posture {
    pub generated: Timestamp,
    /// The exporter's version.
    pub version: &'static str,
    /// Its revision.
    pub revision: &'static str,
    /// What has not been tried yet, for people; empty once everything was.
    pub missing: Vec<String>,
    /// How far the first look-backs for root's events are, for people; `None` when they are done.
    pub look_backs: Option<String>,
    /// All accounts together.
    pub totals: Totals,
    /// Each account, by id.
    pub accounts: Vec<AccountPosture>,
}

/// All accounts together.
#[derive(Debug, Serialize)]
pub struct Totals {
    /// How many are monitored.
    pub accounts: usize,
    /// How many of them cannot be reached.
    pub unreachable: usize,
    /// Their checks.
    pub checks: Counts,
    /// The mean of the scores that are known.
    pub mean_score: Option<f64>,
    /// The lowest of them.
    pub lowest_score: Option<f64>,
}

/// One account.
#[derive(Debug, Serialize)]
pub struct AccountPosture {
    /// Twelve digits.
    pub id: Arc<str>,
    /// The name that the organization gave it.
    pub name: Option<Box<str>>,
    /// Its alias.
    pub alias: Option<Arc<str>>,
    /// `aws`, `aws-us-gov`, `aws-cn`, …
    pub partition: Partition,
    /// Its place in the organization.
    pub membership: Option<Membership>,
    /// Whether its role could be used at least once: if not, hardly anything is known.
    pub reachable: bool,
    /// Weight of the passed checks over that of the judged ones; `None` if none is judged.
    pub score: Option<f64>,
    /// Its checks, counted.
    pub counts: Counts,
    /// Its root user.
    pub root: RootUser,
    /// What each enabled check found.
    pub checks: Vec<Finding>,
    /// The health of each enabled collector.
    pub collectors: Vec<CollectorHealth>,
}

/// Checks by what they found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Those that fail.
    pub failing: BySeverity,
    /// Those of which it is not known.
    pub unknown: usize,
    /// Those that pass.
    pub passing: usize,
    /// Those that do not apply.
    pub not_applicable: usize,
}

/// Checks by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BySeverity {
    /// Critical ones.
    pub critical: usize,
    /// High ones.
    pub high: usize,
    /// Medium ones.
    pub medium: usize,
    /// Low ones.
    pub low: usize,
}

impl BySeverity {
    /// Each severity with its count, the worst first.
    #[must_use]
    pub fn each(self) -> [(Severity, usize); 4] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
        ]
    }

    /// How many there are.
    #[must_use]
    pub fn sum(self) -> usize {
        self.each().iter().map(|(_, count)| count).sum()
    }

    fn of(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        }
    }
}

impl Counts {
    fn add(&mut self, finding: &Finding) {
        match finding.status {
            Status::Fail(_) => *self.failing.of(finding.check.severity) += 1,
            Status::Unknown(_) => self.unknown += 1,
            Status::Pass => self.passing += 1,
            Status::NotApplicable => self.not_applicable += 1,
        }
    }
}

/// What one check found.
#[derive(Debug)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// What it found.
    pub status: Status,
}

/// What a check found, each with its reason for people.
#[derive(Debug, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Pass,
    /// It is not.
    Fail(Box<str>),
    /// It is not known.
    Unknown(Box<str>),
    /// There is nothing to judge.
    NotApplicable,
}

impl Status {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Unknown(_) => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

impl Finding {
    /// Why it fails, or is not known.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.status {
            Status::Fail(reason) | Status::Unknown(reason) => Some(reason),
            Status::Pass | Status::NotApplicable => None,
        }
    }

    /// The page that helps, where there is something to do.
    #[must_use]
    pub fn runbook(&self) -> Option<String> {
        match self.status {
            Status::Fail(_) => Some(runbook_url(self.check.runbook)),
            Status::Unknown(_) => Some(runbook_url(UNKNOWN)),
            Status::Pass | Status::NotApplicable => None,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fails = matches!(self.status, Status::Fail(_));
        let mut out = serializer.serialize_struct("Finding", 7)?;
        out.serialize_field("id", self.check.id)?;
        out.serialize_field("severity", self.check.severity.as_str())?;
        out.serialize_field("title", self.check.title)?;
        out.serialize_field("status", self.status.as_str())?;
        out.serialize_field("reason", &self.reason())?;
        out.serialize_field("remedy", &fails.then_some(self.check.remedy))?;
        out.serialize_field("runbook", &self.runbook())?;
        out.end()
    }
}

impl Posture {
    /// The posture of all accounts.
    #[must_use]
    pub fn of(view: &View, missing: Vec<String>, look_backs: Option<String>) -> Self {
        let accounts = view.accounts.iter().zip(&view.assessments);
        let mut accounts: Vec<AccountPosture> = accounts
            .map(|(account, assessment)| AccountPosture::of(view, account, assessment))
            .collect();
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            generated: Timestamp(view.now),
            version: view.build.version,
            revision: view.build.revision,
            missing,
            look_backs,
            totals: Totals::of(&accounts),
            accounts,
        }
    }
}

impl Totals {
    fn of(accounts: &[AccountPosture]) -> Self {
        let mut checks = Counts::default();
        let findings = accounts.iter().flat_map(|account| &account.checks);
        for finding in findings {
            checks.add(finding);
        }
        let scores = || accounts.iter().filter_map(|account| account.score);
        let count = u32::try_from(scores().count()).unwrap_or(u32::MAX);
        Self {
            accounts: accounts.len(),
            unreachable: accounts.iter().filter(|account| !account.reachable).count(),
            checks,
            mean_score: (count > 0).then(|| scores().sum::<f64>() / f64::from(count)),
            lowest_score: scores().reduce(f64::min),
        }
    }
}

impl AccountPosture {
    fn of(view: &View, account: &Account, assessment: &Assessment) -> Self {
        let identity = account.identity;
        let mut collectors: Vec<CollectorHealth> = view
            .runs(identity)
            .map(|(collector, runs)| CollectorHealth::of(collector, &runs, account.now))
            .collect();
        collectors.shrink_to_fit();
        let find = |(check, verdict): (&'static Check, &Known<Verdict>)| Finding {
            check,
            status: match verdict {
                Ok(Verdict::Pass) => Status::Pass,
                Ok(Verdict::Fail(reason)) => Status::Fail(reason.as_str().into()),
                Ok(Verdict::NotApplicable) => Status::NotApplicable,
                Err(missing) => {
                    Status::Unknown(unknown_reason::of(missing, account, &collectors).into())
                }
            },
        };
        let checks: Vec<Finding> = assessment.verdicts().map(find).collect();
        let mut counts = Counts::default();
        for finding in &checks {
            counts.add(finding);
        }
        Self {
            id: identity.id.clone(),
            name: account.name().map(Into::into),
            alias: identity.alias.clone(),
            partition: identity.partition,
            membership: account.membership().ok(),
            reachable: identity.reachable,
            score: assessment.score(),
            counts,
            root: RootUser::of(account),
            checks,
            collectors,
        }
    }
}
