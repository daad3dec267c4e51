//! All that is currently known about one account: what a metric or a check may look at.
use super::{
    Facts,
    account_summary::AccountSummary,
    activity_summary::ActivitySummary,
    credential_report::CredentialReport,
    guardduty::{Detector, FindingCounts, RootFinding},
    iam::{Administrators, PasswordPolicy},
    mfa_devices::MfaDevices,
    organization::{Organization, OrganizationAccount, RootAccessFeatures},
    root_audit::RootAudit,
    timestamped::{LatestByName, Timestamped},
    trails::{ManagementEvents, Trail, TrailStatus},
};
use crate::target::AccountIdentity;
use std::{collections::BTreeMap, time::SystemTime};

type PerName<'a, T> = BTreeMap<&'a str, &'a T>;

/// One account at one moment. Whatever is not known, or stale, is `None` or missing.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// The account as discovery knows it.
    pub identity: &'a AccountIdentity,
    /// The moment.
    pub now: SystemTime,
    /// Root's part of the account summary.
    pub summary: Option<&'a AccountSummary>,
    /// The credential report.
    pub report: Option<&'a CredentialReport>,
    /// Root's MFA devices.
    pub mfa_devices: Option<MfaDevices>,
    /// Root's credentials, if they have been audited.
    pub root_audit: Option<&'a RootAudit>,
    /// What root did, over all regions.
    pub activity: ActivitySummary,
    /// The trails that cover the account.
    pub trails: Vec<&'a Trail>,
    /// Whether all multi-region trails are known.
    pub trails_listed: bool,
    /// Trail status by ARN.
    pub trail_status: PerName<'a, TrailStatus>,
    /// What management events a trail records, by ARN.
    pub trail_selectors: PerName<'a, ManagementEvents>,
    /// GuardDuty's detector by region.
    pub detectors: PerName<'a, Detector>,
    /// GuardDuty's findings by region.
    pub finding_counts: PerName<'a, FindingCounts>,
    /// GuardDuty's findings about root by region.
    pub root_findings: PerName<'a, Vec<RootFinding>>,
    /// The stale ones: they block smaller claims.
    pub stale_root_findings: Vec<&'a RootFinding>,
    /// Whether there is a security contact.
    pub security_contact: Option<bool>,
    /// The account's password policy.
    pub password_policy: Option<&'a PasswordPolicy>,
    /// Who has the `AdministratorAccess` policy.
    pub administrators: Option<&'a Administrators>,
    /// The organization; the inner `None` is a standalone account.
    pub organization: Option<Option<&'a Organization>>,
    /// The organization's accounts.
    pub organization_accounts: Option<&'a [OrganizationAccount]>,
    /// Central root access.
    pub root_access_features: Option<RootAccessFeatures>,
    /// Whether a service control policy in force denies the member's root user everything.
    pub(super) scp_denies_member: Option<bool>,
}

impl<'a> Account<'a> {
    /// The account as known at `now`.
    #[must_use]
    pub fn at(identity: &'a AccountIdentity, facts: &'a Facts, now: SystemTime) -> Self {
        fn known<T>(fact: Option<&Timestamped<T>>, now: SystemTime) -> Option<&T> {
            fact.and_then(|fact| fact.fresh(now))
        }
        fn current<T>(map: &LatestByName<T>, now: SystemTime) -> PerName<'_, T> {
            map.iter()
                .filter_map(|(name, fact)| Some((name.as_ref(), fact.fresh(now)?)))
                .collect()
        }
        let organization = known(facts.organization.as_ref(), now).map(Option::as_ref);
        let is_of =
            |id: &str| matches!(organization, Some(Some(organization)) if *organization.id == *id);
        Self {
            identity,
            now,
            summary: known(facts.summary.as_ref(), now),
            report: known(facts.report.as_ref(), now),
            mfa_devices: known(facts.mfa_devices.as_ref(), now).copied(),
            root_audit: known(facts.root_audit.as_ref(), now),
            activity: ActivitySummary::of(identity, &facts.activity, now),
            trails: current(&facts.trails, now).into_values().collect(),
            trails_listed: known(facts.trails_listed.as_ref(), now).is_some(),
            trail_status: current(&facts.trail_status, now),
            trail_selectors: current(&facts.trail_selectors, now),
            detectors: current(&facts.detectors, now),
            finding_counts: current(&facts.finding_counts, now),
            root_findings: current(&facts.root_findings, now),
            stale_root_findings: facts
                .root_findings
                .values()
                .filter(|f| f.fresh(now).is_none())
                .flat_map(|f| &f.value)
                .collect(),
            security_contact: known(facts.security_contact.as_ref(), now).copied(),
            password_policy: known(facts.password_policy.as_ref(), now),
            administrators: known(facts.administrators.as_ref(), now),
            organization,
            organization_accounts: known(facts.organization_accounts.as_ref(), now)
                .filter(|(id, _)| is_of(id))
                .map(|(_, accounts)| accounts.as_slice()),
            root_access_features: known(facts.root_access_features.as_ref(), now)
                .filter(|(id, _)| is_of(id))
                .map(|(_, features)| *features),
            scp_denies_member: known(facts.scp_denies_root.as_ref(), now).copied(),
        }
    }

    /// The account for people: its name, or else its alias, and its id.
    #[must_use]
    pub fn label(&self) -> String {
        let id = &self.identity.id;
        match self.name().or(self.identity.alias.as_deref()) {
            Some(name) => format!("{name} ({id})"),
            None => id.to_string(),
        }
    }

    /// Whether the partition has a root user at all: China has none.
    #[must_use]
    pub fn has_root(&self) -> bool {
        self.identity.partition.has_root()
    }

    /// Whether root can sign in to the console, and so have a password and MFA: not in GovCloud.
    #[must_use]
    pub fn has_root_console(&self) -> bool {
        self.identity.partition.has_root_console()
    }
}
