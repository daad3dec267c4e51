//! Which collector provides which fact, by which call.
use crate::{collector::Collector, missing::Source};

/// `NAME: Collector "action";`: a constant for each source, and the list of all.
macro_rules! sources {
    ($($name:ident: $collector:ident $call:literal;)+) => {
        $(pub const $name: Source = Source {
            collector: Collector::$collector,
            call: $call,
        };)+

        /// Every source.
        pub const ALL: &[Source] = &[$($name),+];
    };
}

sources! {
    REGIONS: Discovery "account:ListRegions";
    ACCOUNT_SUMMARY: AccountSummary "iam:GetAccountSummary";
    CREDENTIAL_REPORT: CredentialReport "iam:GetCredentialReport";
    MFA_DEVICES: MfaDevices "iam:ListVirtualMFADevices";
    ROOT_AUDIT: RootCredentials "sts:AssumeRoot";
    ROOT_ACTIVITY: RootActivity "cloudtrail:LookupEvents";
    TRAILS: CloudTrail "cloudtrail:DescribeTrails";
    TRAIL_STATUS: CloudTrail "cloudtrail:GetTrailStatus";
    TRAIL_SELECTORS: CloudTrail "cloudtrail:GetEventSelectors";
    DETECTORS: GuardDuty "guardduty:ListDetectors";
    FINDING_COUNTS: GuardDuty "guardduty:GetFindingsStatistics";
    ROOT_FINDINGS: GuardDuty "guardduty:ListFindings";
    SECURITY_CONTACT: SecurityContact "account:GetAlternateContact";
    PASSWORD_POLICY: Iam "iam:GetAccountPasswordPolicy";
    ADMINISTRATORS: Iam "iam:ListEntitiesForPolicy";
    ORGANIZATION: Organization "organizations:DescribeOrganization";
    ORGANIZATION_ACCOUNTS: Organization "organizations:ListAccounts";
    ROOT_ACCESS_FEATURES: Organization "iam:ListOrganizationsFeatures";
    SERVICE_CONTROL_POLICIES: Organization "organizations:ListPolicies";
}
