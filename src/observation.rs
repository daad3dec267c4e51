//! What crosses from the half that talks to AWS to the half that does not.
use crate::{checks, facts::Fact};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// One AWS account, as discovery knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: Arc<str>,
    /// `aws`, `aws-us-gov`, `aws-cn`, …
    pub partition: Arc<str>,
    /// The account alias, if it is known that there is one.
    pub alias: Option<Arc<str>>,
    /// The name that the organization gave it, if it could be seen.
    pub name: Option<Arc<str>>,
    /// Whether it is a member of the organization, not its management account; `None` if that is not known.
    pub member: Option<bool>,
    /// Whether it could be entered: if not, nothing but that is known.
    pub entered: bool,
    /// The monitored regions.
    pub regions: Vec<Arc<str>>,
    /// Until when `regions` and `alias` are known to be all there is to look for; `None` while they are not.
    pub complete_until: Option<SystemTime>,
}

impl Account {
    /// Whether what is known of the account's regions and alias is all there is.
    #[must_use]
    pub fn is_complete(&self, now: SystemTime) -> bool {
        self.complete_until.is_some_and(|until| now <= until)
    }
}

/// The `collector` label of discovery, which finds the accounts, enters them and lists their regions.
pub const DISCOVERY: &str = "discovery";

/// What is watched now: the accounts, which collectors are enabled, and how the accounts are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Every monitored account.
    pub accounts: Vec<Arc<Account>>,
    /// The enabled collectors.
    pub collectors: Vec<Watched>,
    /// Settings of the checks.
    pub checks: checks::Settings,
    /// Whether discovery has come to a result yet.
    pub discovered: bool,
}

/// An enabled collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its name.
    pub name: &'static str,
    /// Whether it runs once per region.
    pub regional: bool,
    /// Whether it runs in members of the organization only.
    pub members: bool,
}

/// What one run looks at: an account, or one region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The account's id.
    pub account: Arc<str>,
    /// `None` for a collector without regions.
    pub region: Option<Arc<str>>,
}

/// What one run of one collector came to. It may both have learned something and have failed.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Where it looked; `None` if not even the account is known.
    pub target: Option<Target>,
    /// The collector's name.
    pub collector: &'static str,
    /// When the run ended.
    pub ended: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// How long after the time it was true a fact may be believed.
    pub valid: Duration,
    /// What was learned, each with the time it was true.
    pub facts: Vec<(SystemTime, Fact)>,
    /// What went wrong; empty for a run that succeeded.
    pub failures: Vec<Failure>,
}

/// Why a call, and so a run, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message}")]
pub struct Failure {
    /// The kind of failure, as a label.
    pub reason: Reason,
    /// The AWS action, as IAM spells it (`iam:GetAccountSummary`).
    pub call: &'static str,
    /// For people: what happened and what to do. Holds nothing that AWS answered but its error code.
    pub message: String,
}

impl Failure {
    /// An answer that lacks what AWS documents it to have.
    pub fn malformed(call: &'static str, what: impl fmt::Display) -> Self {
        Self {
            reason: Reason::Malformed,
            call,
            message: format!("the answer is not as AWS documents it: {what}"),
        }
    }

    /// Something that took longer than it may.
    #[must_use]
    pub fn late(call: &'static str, limit: Duration) -> Self {
        Self {
            reason: Reason::Timeout,
            call,
            message: format!(
                "not finished within {limit:?}; what was learned until then counts, and it is tried again"
            ),
        }
    }
}

/// Why something failed: the closed set of the `reason` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A policy does not allow the action.
    AccessDenied,
    /// AWS asked to slow down.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Network,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// There are no credentials, or they are expired or invalid.
    Credentials,
    /// The answer is not as AWS documents it.
    Malformed,
    /// Anything else, such as an internal error of AWS.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::AccessDenied,
        Self::Throttled,
        Self::Timeout,
        Self::Network,
        Self::RegionDisabled,
        Self::Credentials,
        Self::Malformed,
        Self::Other,
    ];

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::RegionDisabled => "region_disabled",
            Self::Credentials => "credentials",
            Self::Malformed => "malformed",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
