//! What is watched: accounts, their regions, and the collectors that run there.
use crate::{collector::Collector, partition::Partition};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// One AWS account, as discovery knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountIdentity {
    /// Twelve digits.
    pub id: Arc<str>,
    pub partition: Partition,
    /// The account alias, if it is known that there is one.
    pub alias: Option<Arc<str>>,
    /// The name that the organization gave it, if it could be seen.
    pub name: Option<Arc<str>>,
    /// Whether it is a member of the organization, not its management account; `None` if that is not known.
    pub member: Option<bool>,
    /// Whether the exporter could use the account's role (or its own credentials) at least once. If not, nothing but that
    /// is known.
    pub reachable: bool,
    /// The monitored regions.
    pub regions: Vec<Arc<str>>,
    /// Until when `regions` and `alias` are known to be complete; `None` while they are not.
    pub complete_until: Option<SystemTime>,
}

impl AccountIdentity {
    /// Whether the account's regions and alias are known completely.
    #[must_use]
    pub fn is_complete(&self, now: SystemTime) -> bool {
        self.complete_until.is_some_and(|until| now <= until)
    }

    /// Whether that ARN is of the account, or of none in particular.
    #[must_use]
    pub fn owns(&self, arn: &str) -> bool {
        owner(arn).is_none_or(|owner| owner == &*self.id)
    }

    /// Whether that collector runs in the account, if it is enabled.
    #[must_use]
    pub fn runs(&self, collector: Collector) -> bool {
        // Without the role no collector runs but discovery, which reports that.
        (self.reachable || collector == Collector::Discovery)
            && (!collector.assumes_root() || self.has_root_to_assume())
    }

    /// Whether somebody can become its root user by `sts:AssumeRoot`: nobody can in the management account, or where there is
    /// no root user.
    fn has_root_to_assume(&self) -> bool {
        self.partition.has_root() && self.member == Some(true)
    }
}

/// The account in an ARN, if there is one.
#[must_use]
pub fn owner(arn: &str) -> Option<&str> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    let owner = parts.nth(3)?;
    // AWS's own policies have `aws` there.
    owner
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some(owner)
        .filter(|it| !it.is_empty())
}

/// What is watched now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Every monitored account.
    pub accounts: Vec<Arc<AccountIdentity>>,
    /// The enabled collectors, discovery among them, each with its interval; of several in force, the longest.
    pub collectors: BTreeMap<Collector, Duration>,
    /// Whether the accounts have been listed once.
    pub discovered: bool,
}

/// What one run of a collector looks at: an account, or one region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The account's id.
    pub account: Arc<str>,
    /// `None` for a collector without regions.
    pub region: Option<Arc<str>>,
}

/// A reachable account of which only its regions are known, for tests.
#[cfg(test)]
pub(crate) fn identity(regions: &[&str]) -> AccountIdentity {
    AccountIdentity {
        id: "111122223333".into(),
        partition: Partition::Aws,
        alias: None,
        name: None,
        member: None,
        reachable: true,
        regions: regions.iter().map(|region| Arc::from(*region)).collect(),
        complete_until: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_with_another_account_is_not_of_this_one() {
        let account = identity(&[]);
        for (arn, owned) in [
            ("arn:aws:iam::111122223333:root", true),
            (
                "arn:aws-us-gov:iam::111122223333:mfa/root-account-mfa-device",
                true,
            ),
            ("arn:aws:cloudtrail:us-east-1:111122223333:trail/a", true),
            ("arn:aws:iam::222233334444:root", false),
            ("arn:aws:cloudtrail:us-east-1:222233334444:trail/a", false),
            ("arn:aws:iam::aws:policy/AdministratorAccess", true),
            ("arn:aws:s3:::bucket", true),
            ("GAHT12345678", true),
            ("", true),
        ] {
            assert_eq!(account.owns(arn), owned, "{arn}");
        }
    }

    #[test]
    fn root_is_assumed_in_members_that_have_a_root_user() {
        let runs = |partition, member| {
            let account = AccountIdentity {
                partition,
                member,
                ..identity(&[])
            };
            assert!(account.runs(Collector::Iam));
            account.runs(Collector::RootCredentials)
        };
        assert!(runs(Partition::Aws, Some(true)) && runs(Partition::AwsUsGov, Some(true)));
        assert!(!runs(Partition::Aws, Some(false)) && !runs(Partition::Aws, None));
        assert!(!runs(Partition::AwsCn, Some(true)));
    }
}
