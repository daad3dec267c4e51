//! IAM beside root: who can administer, and the password policy.

/// The principals with the `AdministratorAccess` policy attached (IAM `ListEntitiesForPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Administrators {
    /// IAM users.
    pub users: usize,
    /// IAM groups.
    pub groups: usize,
    /// IAM roles.
    pub roles: usize,
}

impl Administrators {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        self.users + self.groups + self.roles
    }
}

/// The account's password policy (IAM `GetAccountPasswordPolicy`), as far as CIS judges it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// `MinimumPasswordLength`; 0 where the account has no policy.
    pub minimum_length: i32,
    /// `PasswordReusePrevention`: how many former passwords are refused; 0 if reuse is allowed.
    pub reuse_prevention: i32,
}

impl PasswordPolicy {
    /// CIS AWS Foundations 5.0, 1.7 and 1.8: 14 characters at least, and no reuse of the last 24.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self.minimum_length >= 14 && self.reuse_prevention >= 24
    }
}
