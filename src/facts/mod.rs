//! What AWS told us. Plain data: no I/O, no clock, no SDK types; a field that AWS did not send is `None`.
pub mod account;
pub mod account_summary;
pub mod activity_summary;
pub mod credential_report;
pub mod guardduty;
pub mod iam;
pub mod kind;
pub mod mfa_devices;
pub mod organization;
pub mod root_activity;
pub mod root_audit;
pub mod root_event;
pub mod service_control_policy;
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
use mfa_devices::MfaDevices;
use organization::{Organization, OrganizationAccount, RootAccessFeatures};
use root_activity::RootActivity;
use root_audit::RootAudit;
use trails::{ManagementEvents, Trail, TrailStatus, Trails};

/// One thing a collector learned about its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// IAM `GetAccountSummary`.
    AccountSummary(AccountSummary),
    /// IAM `GetCredentialReport`.
    CredentialReport(CredentialReport),
    /// IAM `ListVirtualMFADevices`, with `GetAccountSummary` just before.
    MfaDevices(MfaDevices),
    /// IAM `ListAccessKeys`, `ListMFADevices`, `GetLoginProfile` and `ListSigningCertificates` in an `AssumeRoot` session.
    RootAudit(RootAudit),
    /// CloudTrail `LookupEvents` in one region; adds to what is known.
    RootActivity(RootActivity),
    /// CloudTrail `DescribeTrails`.
    Trails(Trails),
    /// CloudTrail `GetTrailStatus` of the trail with this ARN.
    TrailStatus(Arc<str>, TrailStatus),
    /// CloudTrail `GetEventSelectors` of the trail with this ARN.
    TrailSelectors(Arc<str>, ManagementEvents),
    /// GuardDuty `ListDetectors` and `GetDetector` in one region, or the delegated administrator's `GetMembers`.
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
    /// Organizations `ListAccounts`, of the organization with this id.
    OrganizationAccounts(Arc<str>, Vec<OrganizationAccount>),
    /// Organizations `ListPolicies`, `DescribePolicy`, `ListTargetsForPolicy` and `ListChildren`: whether a service control
    /// policy in force denies root everything.
    ScpDeniesRoot(bool),
    /// IAM `ListOrganizationsFeatures`, of the organization with this id.
    RootAccessFeatures(Arc<str>, RootAccessFeatures),
}

/// A value with the time it was true and how long it may be believed.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    value: T,
    as_of: SystemTime,
    valid: Duration,
}

impl<T> Dated<T> {
    /// The value, unless it is too old to be believed.
    pub fn current(&self, now: SystemTime) -> Option<&T> {
        self.believed(self.as_of, now).then_some(&self.value)
    }

    /// Whether what was true then may be believed now. The one place that decides staleness.
    pub fn believed(&self, then: SystemTime, now: SystemTime) -> bool {
        now.duration_since(then)
            .map_or(true, |age| age <= self.valid)
    }
}

type Known<T> = Option<Dated<T>>;
type ByName<T> = BTreeMap<Arc<str>, Dated<T>>;

/// The last good facts about one account.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    summary: Known<AccountSummary>,
    report: Known<CredentialReport>,
    mfa_devices: Known<MfaDevices>,
    activity: ByName<RootActivity>,
    trails: ByName<Trail>,
    trails_listed: Known<()>,
    trail_status: ByName<TrailStatus>,
    trail_selectors: ByName<ManagementEvents>,
    detectors: ByName<Detector>,
    finding_counts: ByName<FindingCounts>,
    root_findings: ByName<Vec<RootFinding>>,
    security_contact: Known<bool>,
    password_policy: Known<PasswordPolicy>,
    administrators: Known<Administrators>,
    organization: Known<Option<Organization>>,
    organization_accounts: Known<(Arc<str>, Vec<OrganizationAccount>)>,
    root_access_features: Known<(Arc<str>, RootAccessFeatures)>,
    scp_denies_root: Known<bool>,
    root_audit: Known<RootAudit>,
}

impl Facts {
    /// Takes in one fact. `region` is the target's, if it has one.
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
            Fact::MfaDevices(f) => self.mfa_devices = Some(dated!(f)),
            Fact::RootAudit(f) => self.root_audit = Some(dated!(f)),
            Fact::RootActivity(f) => {
                let f = match self.activity.remove(&region) {
                    Some(known) => known.value.merge(f),
                    None => f,
                };
                self.activity.insert(region, dated!(f));
            }
            Fact::Trails(f) => {
                // Every region shows all multi-region trails, so one that is not among them is gone in any case.
                let seen = |arn: &Arc<str>| f.trails.iter().any(|trail| trail.arn == *arn);
                self.trails
                    .retain(|arn, trail| seen(arn) || !(f.all_regions || trail.value.multi_region));
                for trail in f.trails {
                    self.trails.insert(trail.arn.clone(), dated!(trail));
                }
                self.trail_status
                    .retain(|arn, _| self.trails.contains_key(arn));
                self.trail_selectors
                    .retain(|arn, _| self.trails.contains_key(arn));
                self.trails_listed = Some(dated!(()));
            }
            Fact::TrailStatus(arn, f) => drop(self.trail_status.insert(arn, dated!(f))),
            Fact::TrailSelectors(arn, f) => drop(self.trail_selectors.insert(arn, dated!(f))),
            Fact::Detector(f) => {
                // Its findings go with a detector.
                if f == Detector::Absent {
                    self.finding_counts.remove(&region);
                    self.root_findings.remove(&region);
                }
                self.detectors.insert(region, dated!(f));
            }
            Fact::FindingCounts(f) => drop(self.finding_counts.insert(region, dated!(f))),
            Fact::RootFindings(f) => drop(self.root_findings.insert(region, dated!(f))),
            Fact::SecurityContact(f) => self.security_contact = Some(dated!(f)),
            Fact::PasswordPolicy(f) => self.password_policy = Some(dated!(f)),
            Fact::Administrators(f) => self.administrators = Some(dated!(f)),
            Fact::Organization(f) => self.organization = Some(dated!(f)),
            Fact::OrganizationAccounts(id, f) => {
                self.organization_accounts = Some(dated!((id, f)));
            }
            Fact::ScpDeniesRoot(f) => self.scp_denies_root = Some(dated!(f)),
            Fact::RootAccessFeatures(id, f) => self.root_access_features = Some(dated!((id, f))),
        }
    }

    /// Forgets what a collector learned that no longer runs, by its name.
    pub fn forget(&mut self, collector: &str) {
        match collector {
            "account_summary" => self.summary = None,
            "credential_report" => self.report = None,
            "mfa_devices" => self.mfa_devices = None,
            "root_credentials" => self.root_audit = None,
            "root_activity" => self.activity.clear(),
            "cloudtrail" => {
                self.trails.clear();
                self.trails_listed = None;
                self.trail_status.clear();
                self.trail_selectors.clear();
            }
            "guardduty" => {
                self.detectors.clear();
                self.finding_counts.clear();
                self.root_findings.clear();
            }
            "organization" => {
                self.organization = None;
                self.organization_accounts = None;
                self.root_access_features = None;
                self.scp_denies_root = None;
            }
            "security_contact" => self.security_contact = None,
            "iam" => {
                self.password_policy = None;
                self.administrators = None;
            }
            _ => {}
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
