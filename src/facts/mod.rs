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

/// When something was seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The time it was true.
    pub as_of: SystemTime,
    /// When the run ended that saw it.
    pub ended: SystemTime,
    /// How long it may be believed.
    pub valid: Duration,
}

impl Seen {
    /// Whether something is known already that was true later. Two runs may overlap, and the one that began first end last.
    /// What is known from after the end of this run is no reason: the clock has been set back since.
    fn is_older_than<T>(&self, known: &Dated<T>) -> bool {
        self.as_of < known.as_of && known.as_of <= self.ended
    }
}

/// A value with the time it was true and how long it may be believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated<T> {
    value: T,
    as_of: SystemTime,
    valid: Duration,
}

impl<T> Dated<T> {
    fn new(value: T, seen: Seen) -> Self {
        Self {
            value,
            as_of: seen.as_of,
            valid: seen.valid,
        }
    }

    /// The value, unless it is too old to be believed.
    pub fn current(&self, now: SystemTime) -> Option<&T> {
        self.believed(self.as_of, now).then_some(&self.value)
    }

    /// Whether what was true then may be believed now. The one place that decides staleness. If the clock has been set back,
    /// what is from ahead of it may be as old as that.
    pub fn believed(&self, then: SystemTime, now: SystemTime) -> bool {
        let apart = now.duration_since(then);
        apart.unwrap_or_else(|ahead| ahead.duration()) <= self.valid
    }
}

type Known<T> = Option<Dated<T>>;
type ByName<T> = BTreeMap<Arc<str>, Dated<T>>;

/// Takes in a value, unless a later one is known.
fn renew<T>(known: &mut Known<T>, value: T, seen: Seen) {
    if !known.as_ref().is_some_and(|it| seen.is_older_than(it)) {
        *known = Some(Dated::new(value, seen));
    }
}

/// The same by name.
fn renew_in<T>(known: &mut ByName<T>, name: Arc<str>, value: T, seen: Seen) {
    if !known.get(&name).is_some_and(|it| seen.is_older_than(it)) {
        known.insert(name, Dated::new(value, seen));
    }
}

/// The last good facts about one account.
#[derive(Clone, Debug, Default, PartialEq)]
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
    pub fn learn(&mut self, region: Option<&Arc<str>>, fact: Fact, seen: Seen) {
        let region = region.cloned().unwrap_or_else(|| "".into());
        match fact {
            Fact::AccountSummary(f) => renew(&mut self.summary, f, seen),
            Fact::CredentialReport(f) => renew(&mut self.report, f, seen),
            Fact::MfaDevices(f) => renew(&mut self.mfa_devices, f, seen),
            Fact::RootAudit(f) => renew(&mut self.root_audit, f, seen),
            Fact::RootActivity(f) => {
                let activity = match self.activity.remove(&region) {
                    Some(known) if seen.is_older_than(&known) => Dated {
                        value: f.merge(known.value),
                        ..known
                    },
                    Some(known) => Dated::new(known.value.merge(f), seen),
                    None => Dated::new(f, seen),
                };
                self.activity.insert(region, activity);
            }
            Fact::Trails(f) => self.learn_trails(f, seen),
            Fact::TrailStatus(arn, f) => {
                if !self.is_gone(&arn, seen) {
                    renew_in(&mut self.trail_status, arn, f, seen);
                }
            }
            Fact::TrailSelectors(arn, f) => {
                if !self.is_gone(&arn, seen) {
                    renew_in(&mut self.trail_selectors, arn, f, seen);
                }
            }
            Fact::Detector(f) => {
                renew_in(&mut self.detectors, region.clone(), f, seen);
                // Its findings go with a detector.
                let detector = self.detectors.get(&region);
                if detector.is_some_and(|it| it.value == Detector::Absent) {
                    self.finding_counts.remove(&region);
                    self.root_findings.remove(&region);
                }
            }
            Fact::FindingCounts(f) => {
                if !self.lost_detector(&region, seen) {
                    renew_in(&mut self.finding_counts, region, f, seen);
                }
            }
            Fact::RootFindings(f) => {
                if !self.lost_detector(&region, seen) {
                    renew_in(&mut self.root_findings, region, f, seen);
                }
            }
            Fact::SecurityContact(f) => renew(&mut self.security_contact, f, seen),
            Fact::PasswordPolicy(f) => renew(&mut self.password_policy, f, seen),
            Fact::Administrators(f) => renew(&mut self.administrators, f, seen),
            Fact::Organization(f) => renew(&mut self.organization, f, seen),
            Fact::OrganizationAccounts(id, f) => {
                renew(&mut self.organization_accounts, (id, f), seen);
            }
            Fact::ScpDeniesRoot(f) => renew(&mut self.scp_denies_root, f, seen),
            Fact::RootAccessFeatures(id, f) => renew(&mut self.root_access_features, (id, f), seen),
        }
    }

    fn learn_trails(&mut self, listed: Trails, seen: Seen) {
        if self.listed_since(seen) {
            return;
        }
        // Every region shows all multi-region trails, so one that is not among them is gone in any case.
        let is_there = |arn: &Arc<str>| listed.trails.iter().any(|trail| trail.arn == *arn);
        self.trails.retain(|arn, trail| {
            is_there(arn) || !(listed.all_regions || trail.value.multi_region)
        });
        for trail in listed.trails {
            self.trails
                .insert(trail.arn.clone(), Dated::new(trail, seen));
        }
        self.trail_status
            .retain(|arn, _| self.trails.contains_key(arn));
        self.trail_selectors
            .retain(|arn, _| self.trails.contains_key(arn));
        self.trails_listed = Some(Dated::new((), seen));
    }

    /// Whether trails have been listed later.
    fn listed_since(&self, seen: Seen) -> bool {
        let listed = self.trails_listed.as_ref();
        listed.is_some_and(|listed| seen.is_older_than(listed))
    }

    /// Whether that trail is known not to be there any more.
    fn is_gone(&self, arn: &str, seen: Seen) -> bool {
        self.listed_since(seen) && !self.trails.contains_key(arn)
    }

    /// Whether GuardDuty is known to have no detector in that region any more.
    fn lost_detector(&self, region: &str, seen: Seen) -> bool {
        let detector = self.detectors.get(region);
        detector.is_some_and(|it| it.value == Detector::Absent && seen.is_older_than(it))
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
