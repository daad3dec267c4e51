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
    sources,
    timestamped::{LatestByName, known},
    trails::{ManagementEvents, Trail, TrailStatus},
};
use crate::{
    compact_map::CompactMap,
    missing::{Cause, Known, Missing, Source},
    target::AccountIdentity,
};
use std::time::SystemTime;

type PerName<'a, T> = CompactMap<&'a str, &'a T>;

/// One account at one moment. What is not known, or stale, says why it is missing.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// The account as discovery knows it.
    pub identity: &'a AccountIdentity,
    pub now: SystemTime,
    /// Root's part of the account summary.
    pub summary: Known<&'a AccountSummary>,
    /// The credential report.
    pub report: Known<&'a CredentialReport>,
    /// Root's MFA devices.
    pub mfa_devices: Known<MfaDevices>,
    /// Root's credentials as an audit listed them.
    pub root_audit: Known<&'a RootAudit>,
    /// What root did, over all regions.
    pub activity: ActivitySummary,
    /// The trails that cover the account.
    pub trails: Vec<&'a Trail>,
    /// Whether all multi-region trails are known.
    pub trails_listed: Known<()>,
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
    pub security_contact: Known<bool>,
    /// The account's password policy.
    pub password_policy: Known<&'a PasswordPolicy>,
    /// Who has the `AdministratorAccess` policy.
    pub administrators: Known<&'a Administrators>,
    /// The organization; `None` is a standalone account.
    pub organization: Known<Option<&'a Organization>>,
    /// The organization's accounts.
    pub organization_accounts: Known<&'a [OrganizationAccount]>,
    /// Central root access.
    pub root_access_features: Known<RootAccessFeatures>,
    /// Whether a service control policy in force denies the member's root user everything.
    pub(super) scp_denies_member: Known<bool>,
}

impl<'a> Account<'a> {
    /// The account as known at `now`.
    #[must_use]
    pub fn at(identity: &'a AccountIdentity, facts: &'a Facts, now: SystemTime) -> Self {
        fn fresh<T>(map: &LatestByName<T>, now: SystemTime) -> PerName<'_, T> {
            map.iter()
                .filter_map(|(name, fact)| Some((name.as_ref(), fact.fresh(now)?)))
                .collect()
        }
        // What is said of another organization than the account's says nothing about the account's.
        fn of<'b, T>(
            organization: &Known<Option<&Organization>>,
            fact: Known<&'b (std::sync::Arc<str>, T)>,
            source: Source,
        ) -> Known<&'b T> {
            let (id, value) = fact?;
            match organization {
                Ok(Some(it)) if it.id == *id => Ok(value),
                Ok(_) => Err(Missing::new(source, Cause::NotCollected)),
                Err(missing) => Err(missing.clone()),
            }
        }
        let organization =
            known(facts.organization.as_ref(), sources::ORGANIZATION, now).map(Option::as_ref);
        let accounts = known(
            facts.organization_accounts.as_ref(),
            sources::ORGANIZATION_ACCOUNTS,
            now,
        );
        let features = known(
            facts.root_access_features.as_ref(),
            sources::ROOT_ACCESS_FEATURES,
            now,
        );
        let denied = known(
            facts.scp_denies_root.as_ref(),
            sources::SERVICE_CONTROL_POLICIES,
            now,
        );
        let listed = known(facts.trails_listed.as_ref(), sources::TRAILS, now);
        let mfa_devices = known(facts.mfa_devices.as_ref(), sources::MFA_DEVICES, now);
        let contact = known(
            facts.security_contact.as_ref(),
            sources::SECURITY_CONTACT,
            now,
        );
        Self {
            identity,
            now,
            summary: known(facts.summary.as_ref(), sources::ACCOUNT_SUMMARY, now),
            report: known(facts.report.as_ref(), sources::CREDENTIAL_REPORT, now),
            mfa_devices: mfa_devices.copied(),
            root_audit: known(facts.root_audit.as_ref(), sources::ROOT_AUDIT, now),
            activity: ActivitySummary::of(identity, &facts.activity, now),
            trails: fresh(&facts.trails, now).values().copied().collect(),
            trails_listed: listed.copied(),
            trail_status: fresh(&facts.trail_status, now),
            trail_selectors: fresh(&facts.trail_selectors, now),
            detectors: fresh(&facts.detectors, now),
            finding_counts: fresh(&facts.finding_counts, now),
            root_findings: fresh(&facts.root_findings, now),
            stale_root_findings: facts
                .root_findings
                .values()
                .filter(|f| f.fresh(now).is_none())
                .flat_map(|f| &f.value)
                .collect(),
            security_contact: contact.copied(),
            password_policy: known(
                facts.password_policy.as_ref(),
                sources::PASSWORD_POLICY,
                now,
            ),
            administrators: known(facts.administrators.as_ref(), sources::ADMINISTRATORS, now),
            organization_accounts: of(&organization, accounts, sources::ORGANIZATION_ACCOUNTS)
                .map(Vec::as_slice),
            root_access_features: of(&organization, features, sources::ROOT_ACCESS_FEATURES)
                .copied(),
            organization,
            scp_denies_member: denied.copied(),
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

    /// # Errors
    /// If there is no root user in the account's partition.
    pub(super) fn root(&self, source: Source) -> Known<()> {
        exists(self.has_root(), source)
    }

    /// # Errors
    /// If root has no console, and so neither password nor MFA, in the account's partition.
    pub(super) fn root_console(&self, source: Source) -> Known<()> {
        exists(self.has_root_console(), source)
    }

    /// # Errors
    /// If it is not known which regions the account has.
    pub(super) fn all_regions(&self) -> Known<()> {
        if self.identity.is_complete(self.now) {
            return Ok(());
        }
        Err(Missing::new(sources::REGIONS, Cause::NotCollected))
    }
}

fn exists(exists: bool, source: Source) -> Known<()> {
    if exists {
        return Ok(());
    }
    Err(Missing::new(source, Cause::NotInPartition))
}
