//! Which collector provides which fact, by which call.
use crate::{collector::Collector, missing::Source};

const fn source(collector: Collector, call: &'static str) -> Source {
    Source { collector, call }
}

pub const REGIONS: Source = source(Collector::Discovery, "account:ListRegions");
pub const ACCOUNT_SUMMARY: Source = source(Collector::AccountSummary, "iam:GetAccountSummary");
pub const CREDENTIAL_REPORT: Source =
    source(Collector::CredentialReport, "iam:GetCredentialReport");
pub const MFA_DEVICES: Source = source(Collector::MfaDevices, "iam:ListVirtualMFADevices");
pub const ROOT_AUDIT: Source = source(Collector::RootCredentials, "sts:AssumeRoot");
pub const ROOT_ACTIVITY: Source = source(Collector::RootActivity, "cloudtrail:LookupEvents");
pub const TRAILS: Source = source(Collector::CloudTrail, "cloudtrail:DescribeTrails");
pub const TRAIL_STATUS: Source = source(Collector::CloudTrail, "cloudtrail:GetTrailStatus");
pub const TRAIL_SELECTORS: Source = source(Collector::CloudTrail, "cloudtrail:GetEventSelectors");
pub const DETECTORS: Source = source(Collector::GuardDuty, "guardduty:ListDetectors");
pub const FINDING_COUNTS: Source = source(Collector::GuardDuty, "guardduty:GetFindingsStatistics");
pub const ROOT_FINDINGS: Source = source(Collector::GuardDuty, "guardduty:ListFindings");
pub const SECURITY_CONTACT: Source =
    source(Collector::SecurityContact, "account:GetAlternateContact");
pub const PASSWORD_POLICY: Source = source(Collector::Iam, "iam:GetAccountPasswordPolicy");
pub const ADMINISTRATORS: Source = source(Collector::Iam, "iam:ListEntitiesForPolicy");
pub const ORGANIZATION: Source = source(
    Collector::Organization,
    "organizations:DescribeOrganization",
);
pub const ORGANIZATION_ACCOUNTS: Source =
    source(Collector::Organization, "organizations:ListAccounts");
pub const ROOT_ACCESS_FEATURES: Source =
    source(Collector::Organization, "iam:ListOrganizationsFeatures");
pub const SERVICE_CONTROL_POLICIES: Source =
    source(Collector::Organization, "organizations:ListPolicies");

/// Every source.
pub const ALL: &[Source] = &[
    REGIONS,
    ACCOUNT_SUMMARY,
    CREDENTIAL_REPORT,
    MFA_DEVICES,
    ROOT_AUDIT,
    ROOT_ACTIVITY,
    TRAILS,
    TRAIL_STATUS,
    TRAIL_SELECTORS,
    DETECTORS,
    FINDING_COUNTS,
    ROOT_FINDINGS,
    SECURITY_CONTACT,
    PASSWORD_POLICY,
    ADMINISTRATORS,
    ORGANIZATION,
    ORGANIZATION_ACCOUNTS,
    ROOT_ACCESS_FEATURES,
    SERVICE_CONTROL_POLICIES,
];
