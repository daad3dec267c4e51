//! The organization, as far as the account can see it.
use super::account::Account;
use std::sync::Arc;

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
    pub state: State,
}

/// An account's state in its organization: the closed set of the `state` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
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

impl State {
    /// Every state with its label value.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::PendingActivation, "pending_activation"),
        (Self::Active, "active"),
        (Self::Suspended, "suspended"),
        (Self::PendingClosure, "pending_closure"),
        (Self::Closed, "closed"),
    ];

    /// Reads AWS's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, label)| label.eq_ignore_ascii_case(text))
            .map(|(state, _)| *state)
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
    /// `management`, `member` or `standalone`; `None` while it is not known.
    #[must_use]
    pub fn membership(&self) -> Option<&'static str> {
        Some(match self.organization? {
            None => "standalone",
            Some(org) if org.management_account == self.identity.id => "management",
            Some(_) => "member",
        })
    }

    /// Whether a service control policy in force denies the root user everything. None is ever in force for the management
    /// account or a standalone one.
    #[must_use]
    pub fn scp_denies_root(&self) -> Option<bool> {
        let denied = match self.membership()? {
            "member" => self.scp_denies_member,
            _ => Some(false),
        };
        denied.filter(|_| self.has_root())
    }

    /// The name that the organization gave the account, where it can be seen.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let listed = self.identity.name.as_deref();
        listed.or_else(|| {
            let mut accounts = self.organization_accounts?.iter();
            let account = accounts.find(|account| account.id == self.identity.id)?;
            account.name.as_deref()
        })
    }

    /// How many accounts of the organization are in each state.
    #[must_use]
    pub fn accounts_in(&self, state: State) -> Option<usize> {
        let accounts = self.organization_accounts?;
        Some(accounts.iter().filter(|a| a.state == state).count())
    }
}
