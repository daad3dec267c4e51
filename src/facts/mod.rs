//! What AWS told us. Plain data: no I/O, no clock, no SDK types; a field that AWS did not send is `None`.
pub mod account;
pub mod account_summary;
pub mod credential_report;
pub mod guardduty;
pub mod iam;
pub mod mfa_devices;
pub mod organization;
pub mod root_activity;
pub mod root_event;
pub mod trails;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use account_summary::AccountSummary;
use credential_report::CredentialReport;
use guardduty::{Detector, FindingCounts, RootFinding};
use iam::{Administrators, PasswordPolicy};
use organization::{Organization, OrganizationAccount, RootAccessFeatures};
use root_activity::RootActivity;
use trails::{ManagementEvents, Trail, TrailStatus};

/// One thing a collector learned about its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// IAM `GetAccountSummary`.
    AccountSummary(AccountSummary),
    /// IAM `GetCredentialReport`.
    CredentialReport(CredentialReport),
    /// How many virtual MFA devices are the root user's (IAM `ListVirtualMFADevices`).
    RootVirtualMfaDevices(usize),
    /// CloudTrail `LookupEvents` in one region; adds to what is known.
    RootActivity(RootActivity),
    /// CloudTrail `DescribeTrails`.
    Trails(Vec<Trail>),
    /// CloudTrail `GetTrailStatus` of the trail with this ARN.
    TrailStatus(Arc<str>, TrailStatus),
    /// CloudTrail `GetEventSelectors` of the trail with this ARN.
    TrailSelectors(Arc<str>, ManagementEvents),
    /// GuardDuty `ListDetectors` and `GetDetector` in one region.
    Detector(Detector),
    /// GuardDuty `GetFindingsStatistics` in one region.
    FindingCounts(FindingCounts),
    /// GuardDuty `ListFindings` and `GetFindings` about root in one region.
    RootFindings(Vec<RootFinding>),
    /// Account `GetAlternateContact`: whether there is a security contact.
    SecurityContact(bool),
    /// IAM `GetAccountPasswordPolicy`.
    PasswordPolicy(PasswordPolicy),
    /// IAM `ListEntitiesForPolicy`.
    Administrators(Administrators),
    /// Organizations `DescribeOrganization`; `None` for a standalone account.
    Organization(Option<Organization>),
    /// Organizations `ListAccounts`.
    OrganizationAccounts(Vec<OrganizationAccount>),
    /// IAM `ListOrganizationsFeatures`.
    RootAccessFeatures(RootAccessFeatures),
}

/// A value with the time it was true and how long it may be believed.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    value: T,
    as_of: SystemTime,
    valid: Duration,
}

impl<T> Dated<T> {
    /// The value, unless it is too old to be believed. The one place that decides staleness.
    pub fn current(&self, now: SystemTime) -> Option<&T> {
        (now <= self.as_of + self.valid).then_some(&self.value)
    }
}

type Known<T> = Option<Dated<T>>;
type ByName<T> = BTreeMap<Arc<str>, Dated<T>>;

/// The last good facts about one account.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    summary: Known<AccountSummary>,
    report: Known<CredentialReport>,
    virtual_mfa: Known<usize>,
    activity: ByName<RootActivity>,
    trails: Known<Vec<Trail>>,
    trail_status: ByName<TrailStatus>,
    trail_selectors: ByName<ManagementEvents>,
    detectors: ByName<Detector>,
    finding_counts: ByName<FindingCounts>,
    root_findings: ByName<Vec<RootFinding>>,
    security_contact: Known<bool>,
    password_policy: Known<PasswordPolicy>,
    administrators: Known<Administrators>,
    organization: Known<Option<Organization>>,
    organization_accounts: Known<Vec<OrganizationAccount>>,
    root_access_features: Known<RootAccessFeatures>,
}

impl Facts {
    /// Takes in one fact. `region` is the target's; facts of a region without one are dropped.
    pub fn learn(
        &mut self,
        region: Option<&Arc<str>>,
        fact: Fact,
        as_of: SystemTime,
        valid: Duration,
    ) {
        let region = region.cloned().unwrap_or_else(|| "".into());
        macro_rules! dated {
            ($value:expr) => {
                Dated {
                    value: $value,
                    as_of,
                    valid,
                }
            };
        }
        match fact {
            Fact::AccountSummary(f) => self.summary = Some(dated!(f)),
            Fact::CredentialReport(f) => self.report = Some(dated!(f)),
            Fact::RootVirtualMfaDevices(f) => self.virtual_mfa = Some(dated!(f)),
            Fact::RootActivity(f) => {
                let f = match self.activity.remove(&region) {
                    Some(known) => known.value.merge(f),
                    None => f,
                };
                // Events stand as long as the look-up that covers them does, which may have ended before this run.
                let as_of = f.covered().map_or(as_of, |covered| covered.to.min(as_of));
                let known = Dated {
                    value: f,
                    as_of,
                    valid,
                };
                self.activity.insert(region, known);
            }
            Fact::Trails(f) => {
                let known = |arn: &Arc<str>| f.iter().any(|trail| trail.arn == *arn);
                self.trail_status.retain(|arn, _| known(arn));
                self.trail_selectors.retain(|arn, _| known(arn));
                self.trails = Some(dated!(f));
            }
            Fact::TrailStatus(arn, f) => drop(self.trail_status.insert(arn, dated!(f))),
            Fact::TrailSelectors(arn, f) => drop(self.trail_selectors.insert(arn, dated!(f))),
            Fact::Detector(f) => drop(self.detectors.insert(region, dated!(f))),
            Fact::FindingCounts(f) => drop(self.finding_counts.insert(region, dated!(f))),
            Fact::RootFindings(f) => drop(self.root_findings.insert(region, dated!(f))),
            Fact::SecurityContact(f) => self.security_contact = Some(dated!(f)),
            Fact::PasswordPolicy(f) => self.password_policy = Some(dated!(f)),
            Fact::Administrators(f) => self.administrators = Some(dated!(f)),
            Fact::Organization(f) => self.organization = Some(dated!(f)),
            Fact::OrganizationAccounts(f) => self.organization_accounts = Some(dated!(f)),
            Fact::RootAccessFeatures(f) => self.root_access_features = Some(dated!(f)),
        }
    }

    /// Forgets what was learned in regions that are no longer monitored.
    pub fn keep_regions(&mut self, regions: &[Arc<str>]) {
        self.activity.retain(|region, _| regions.contains(region));
        self.detectors.retain(|region, _| regions.contains(region));
        self.finding_counts
            .retain(|region, _| regions.contains(region));
        self.root_findings
            .retain(|region, _| regions.contains(region));
    }
}
