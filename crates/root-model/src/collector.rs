//! The collectors: what asks AWS for facts. Their names are the `collector` label and the keys under `collectors:` in the
//! configuration file.
use enum_map::Enum;
use serde::Serialize;
use std::time::Duration;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A collector. The order is that of the documentation.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    Enum,
    EnumString,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantArray,
)]
#[serde(into = "&'static str")]
#[strum(serialize_all = "snake_case")]
pub enum Collector {
    /// Finds the accounts, assumes the role in each and lists its regions. It always runs and has no configuration of its
    /// own.
    Discovery,
    /// IAM `GetAccountSummary`: root's MFA, password, access keys and certificates as they are now.
    AccountSummary,
    /// IAM `GetCredentialReport`: ages of root's keys, times of its password, console users.
    CredentialReport,
    /// IAM `ListVirtualMFADevices`: kinds of root's MFA devices.
    MfaDevices,
    /// CloudTrail `LookupEvents`: what root did.
    RootActivity,
    /// CloudTrail's trails: whether they log, deliver and record management events.
    #[strum(serialize = "cloudtrail")]
    CloudTrail,
    /// GuardDuty's detectors and findings.
    #[strum(serialize = "guardduty")]
    GuardDuty,
    /// Organizations: the organization, its accounts, service control policies, central root access.
    Organization,
    /// Account Management `GetAlternateContact`: the security contact.
    SecurityContact,
    /// IAM beside root: the password policy and the administrators.
    Iam,
    /// A member's root credentials, listed in an `sts:AssumeRoot` session. Runs only with `accounts.assume_root`.
    RootCredentials,
}

impl Collector {
    /// The value of the `collector` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Those that the configuration file can set: all but discovery.
    pub fn configurable() -> impl Iterator<Item = Self> + Clone {
        let all = Self::VARIANTS.iter().copied();
        all.filter(|collector| *collector != Self::Discovery)
    }

    /// Whether it runs once in each region of an account.
    #[must_use]
    pub fn is_regional(self) -> bool {
        match self {
            Self::RootActivity | Self::GuardDuty => true,
            Self::Discovery
            | Self::AccountSummary
            | Self::CredentialReport
            | Self::MfaDevices
            | Self::CloudTrail
            | Self::Organization
            | Self::SecurityContact
            | Self::Iam
            | Self::RootCredentials => false,
        }
    }

    /// Whether it runs only in members of the organization, and only with `accounts.assume_root`.
    #[must_use]
    pub fn assumes_root(self) -> bool {
        self == Self::RootCredentials
    }

    /// How much older than its run a fact may be when it is collected, because AWS does not renew it sooner.
    #[must_use]
    pub fn grace(self) -> Duration {
        match self {
            // AWS makes a credential report at most every four hours.
            Self::CredentialReport => Duration::from_hours(4),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_label_values_and_read_back() {
        for collector in Collector::VARIANTS {
            let name = collector.as_str();
            assert_eq!(name.parse(), Ok(*collector));
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{name}"
            );
        }
        assert_eq!(Collector::CloudTrail.as_str(), "cloudtrail");
        assert_eq!(Collector::MfaDevices.as_str(), "mfa_devices");
        assert_eq!(
            Collector::configurable().count(),
            Collector::VARIANTS.len() - 1
        );
    }
}
