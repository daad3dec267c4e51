//! Facts: what AWS answered. Plain data: no I/O, no clock, no SDK types; a field that AWS did not send is `None`.
pub mod account;
pub mod account_summary;
mod activity;
pub mod activity_summary;
pub mod credential_report;
pub mod event_kind;
pub mod guardduty;
pub mod iam;
pub mod mfa_devices;
pub mod organization;
pub mod root_activity;
pub mod root_audit;
pub mod root_event;
pub mod service_control_policy;
pub mod sources;
mod timestamped;
pub mod trails;

pub use timestamped::Observed;

use crate::collector::Collector;
use std::sync::Arc;

use account_summary::AccountSummary;
use credential_report::CredentialReport;
use guardduty::{Detector, FindingCounts, RootFinding};
use iam::{Administrators, PasswordPolicy};
use mfa_devices::MfaDevices;
use organization::{Organization, OrganizationAccount, RootAccessFeatures};
use root_activity::RootActivity;
use root_audit::RootAudit;
use timestamped::{Latest, LatestByName, Timestamped, update_if_newer, update_named_if_newer};
use trails::{ManagementEvents, Trail, TrailStatus, Trails};

/// One fact that a collector collected about its target.
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

/// The last good facts about one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    summary: Latest<AccountSummary>,
    report: Latest<CredentialReport>,
    mfa_devices: Latest<MfaDevices>,
    activity: LatestByName<RootActivity>,
    trails: LatestByName<Trail>,
    trails_listed: Latest<()>,
    trail_status: LatestByName<TrailStatus>,
    trail_selectors: LatestByName<ManagementEvents>,
    detectors: LatestByName<Detector>,
    finding_counts: LatestByName<FindingCounts>,
    root_findings: LatestByName<Vec<RootFinding>>,
    security_contact: Latest<bool>,
    password_policy: Latest<PasswordPolicy>,
    administrators: Latest<Administrators>,
    organization: Latest<Option<Organization>>,
    organization_accounts: Latest<(Arc<str>, Vec<OrganizationAccount>)>,
    root_access_features: Latest<(Arc<str>, RootAccessFeatures)>,
    scp_denies_root: Latest<bool>,
    root_audit: Latest<RootAudit>,
}

impl Facts {
    /// Keeps one fact. `region` is the target's, if it has one.
    pub fn insert(&mut self, region: Option<&Arc<str>>, fact: Fact, observed: Observed) {
        let region = region.cloned().unwrap_or_else(|| "".into());
        match fact {
            Fact::AccountSummary(f) => update_if_newer(&mut self.summary, f, observed),
            Fact::CredentialReport(f) => update_if_newer(&mut self.report, f, observed),
            Fact::MfaDevices(f) => update_if_newer(&mut self.mfa_devices, f, observed),
            Fact::RootAudit(f) => update_if_newer(&mut self.root_audit, f, observed),
            Fact::RootActivity(f) => {
                let activity = match self.activity.remove(&region) {
                    Some(known) if observed.is_older_than(&known) => Timestamped {
                        value: f.merge(known.value),
                        ..known
                    },
                    Some(known) => Timestamped::new(known.value.merge(f), observed),
                    None => Timestamped::new(f, observed),
                };
                self.activity.insert(region, activity);
            }
            Fact::Trails(f) => self.insert_trails(f, observed),
            Fact::TrailStatus(arn, f) => {
                if !self.is_gone(&arn, observed) {
                    update_named_if_newer(&mut self.trail_status, arn, f, observed);
                }
            }
            Fact::TrailSelectors(arn, f) => {
                if !self.is_gone(&arn, observed) {
                    update_named_if_newer(&mut self.trail_selectors, arn, f, observed);
                }
            }
            Fact::Detector(f) => {
                update_named_if_newer(&mut self.detectors, region.clone(), f, observed);
                // Its findings go with a detector.
                let detector = self.detectors.get(&region);
                if detector.is_some_and(|it| it.value == Detector::Absent) {
                    self.finding_counts.remove(&region);
                    self.root_findings.remove(&region);
                }
            }
            Fact::FindingCounts(f) => {
                if !self.lost_detector(&region, observed) {
                    update_named_if_newer(&mut self.finding_counts, region, f, observed);
                }
            }
            Fact::RootFindings(mut f) => {
                f.shrink_to_fit();
                if !self.lost_detector(&region, observed) {
                    update_named_if_newer(&mut self.root_findings, region, f, observed);
                }
            }
            Fact::SecurityContact(f) => update_if_newer(&mut self.security_contact, f, observed),
            Fact::PasswordPolicy(f) => update_if_newer(&mut self.password_policy, f, observed),
            Fact::Administrators(f) => update_if_newer(&mut self.administrators, f, observed),
            Fact::Organization(f) => update_if_newer(&mut self.organization, f, observed),
            Fact::OrganizationAccounts(id, f) => {
                update_if_newer(&mut self.organization_accounts, (id, f), observed);
            }
            Fact::ScpDeniesRoot(f) => update_if_newer(&mut self.scp_denies_root, f, observed),
            Fact::RootAccessFeatures(id, f) => {
                update_if_newer(&mut self.root_access_features, (id, f), observed);
            }
        }
    }

    fn insert_trails(&mut self, listed: Trails, observed: Observed) {
        if self.listed_since(observed) {
            return;
        }
        // Every region shows all multi-region trails, so one that is not among them is gone in any case.
        let is_there = |arn: &Arc<str>| listed.trails.iter().any(|trail| trail.arn == *arn);
        self.trails.retain(|arn, trail| {
            is_there(arn) || !(listed.all_regions || trail.value.multi_region)
        });
        for trail in listed.trails {
            self.trails
                .insert(trail.arn.clone(), Timestamped::new(trail, observed));
        }
        self.trail_status
            .retain(|arn, _| self.trails.contains_key(arn));
        self.trail_selectors
            .retain(|arn, _| self.trails.contains_key(arn));
        self.trails_listed = Some(Timestamped::new((), observed));
    }

    /// Whether trails have been listed later.
    fn listed_since(&self, observed: Observed) -> bool {
        let listed = self.trails_listed.as_ref();
        listed.is_some_and(|listed| observed.is_older_than(listed))
    }

    /// Whether that trail is known not to be there any more.
    fn is_gone(&self, arn: &str, observed: Observed) -> bool {
        self.listed_since(observed) && !self.trails.contains_key(arn)
    }

    /// Whether GuardDuty is known to have no detector in that region any more.
    fn lost_detector(&self, region: &str, observed: Observed) -> bool {
        let detector = self.detectors.get(region);
        detector.is_some_and(|it| it.value == Detector::Absent && observed.is_older_than(it))
    }

    /// Forgets the facts of a collector that no longer runs.
    pub fn forget(&mut self, collector: Collector) {
        // Each field by name: one that no arm uses is a warning.
        let Self {
            summary,
            report,
            mfa_devices,
            activity,
            trails,
            trails_listed,
            trail_status,
            trail_selectors,
            detectors,
            finding_counts,
            root_findings,
            security_contact,
            password_policy,
            administrators,
            organization,
            organization_accounts,
            root_access_features,
            scp_denies_root,
            root_audit,
        } = self;
        match collector {
            // It reports itself; it collects no facts.
            Collector::Discovery => {}
            Collector::AccountSummary => *summary = None,
            Collector::CredentialReport => *report = None,
            Collector::MfaDevices => *mfa_devices = None,
            Collector::RootCredentials => *root_audit = None,
            Collector::RootActivity => activity.clear(),
            Collector::CloudTrail => {
                trails.clear();
                *trails_listed = None;
                trail_status.clear();
                trail_selectors.clear();
            }
            Collector::GuardDuty => {
                detectors.clear();
                finding_counts.clear();
                root_findings.clear();
            }
            Collector::Organization => {
                *organization = None;
                *organization_accounts = None;
                *root_access_features = None;
                *scp_denies_root = None;
            }
            Collector::SecurityContact => *security_contact = None,
            Collector::Iam => {
                *password_policy = None;
                *administrators = None;
            }
        }
    }

    /// Forgets the facts of regions that are no longer monitored.
    pub fn keep_regions(&mut self, regions: &[Arc<str>]) {
        self.activity.retain(|region, _| regions.contains(region));
        self.detectors.retain(|region, _| regions.contains(region));
        self.finding_counts
            .retain(|region, _| regions.contains(region));
        self.root_findings
            .retain(|region, _| regions.contains(region));
    }
}
