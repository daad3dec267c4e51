//! The organization, as far as the account can see it.
use super::{account::Account, sources::SERVICE_CONTROL_POLICIES};
use crate::missing::Known;
use serde::Serialize;
use std::sync::Arc;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Organizations `DescribeOrganization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-` and ten or more characters.
    pub id: Arc<str>,
    /// The management account's id.
    pub management_account: Arc<str>,
}

/// One account of Organizations `ListAccounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationAccount {
    /// Twelve digits.
    pub id: Arc<str>,
    /// The name it was given.
    pub name: Option<Arc<str>>,
    /// `State`, or `Status` where AWS does not send `State`.
    pub state: AccountState,
}

/// An account's state in its organization: the closed set of the `state` label.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    EnumString,
    Eq,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
    VariantArray,
)]
#[strum(ascii_case_insensitive, serialize_all = "snake_case")]
pub enum AccountState {
    /// `PENDING_ACTIVATION`
    PendingActivation,
    /// `ACTIVE`
    Active,
    /// `SUSPENDED`
    Suspended,
    /// `PENDING_CLOSURE`
    PendingClosure,
    /// `CLOSED`
    Closed,
}

impl AccountState {
    /// The value of the `state` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads AWS's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// An account's place in its organization: the closed set of the `membership` label.
#[derive(Clone, Copy, Debug, Display, Eq, IntoStaticStr, PartialEq, Serialize, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Membership {
    /// It manages the organization.
    Management,
    /// It belongs to an organization that another account manages.
    Member,
    /// It belongs to none.
    Standalone,
}

impl Membership {
    /// The value of the `membership` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// IAM `ListOrganizationsFeatures`: central root access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootAccessFeatures {
    /// `RootCredentialsManagement`
    pub credentials_management: bool,
    /// `RootSessions`
    pub sessions: bool,
}

impl Account<'_> {
    /// The account's place in its organization.
    ///
    /// # Errors
    /// What is missing.
    pub fn membership(&self) -> Known<Membership> {
        Ok(match self.organization.clone()? {
            None => Membership::Standalone,
            Some(org) if org.management_account == self.identity.id => Membership::Management,
            Some(_) => Membership::Member,
        })
    }

    /// Whether a service control policy in force denies the root user everything. None is ever in force for the management
    /// account or a standalone one.
    ///
    /// # Errors
    /// What is missing.
    pub fn scp_denies_root(&self) -> Known<bool> {
        self.root(SERVICE_CONTROL_POLICIES)?;
        match self.membership()? {
            Membership::Member => self.scp_denies_member.clone(),
            Membership::Management | Membership::Standalone => Ok(false),
        }
    }

    /// The name that the organization gave the account, where it can be seen.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let listed = self.identity.name.as_deref();
        listed.or_else(|| {
            let mut accounts = self.organization_accounts.as_ref().ok()?.iter();
            let account = accounts.find(|account| account.id == self.identity.id)?;
            account.name.as_deref()
        })
    }

    /// How many accounts of the organization are in that state.
    ///
    /// # Errors
    /// What is missing.
    pub fn accounts_in(&self, state: AccountState) -> Known<usize> {
        let accounts = self.organization_accounts.clone()?;
        Ok(accounts.iter().filter(|a| a.state == state).count())
    }
}
