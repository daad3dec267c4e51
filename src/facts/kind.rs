//! The kinds of what root does. Each event is of exactly one.

/// What root did: the closed set of the `kind` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Console sign-in with MFA.
    Login,
    /// Console sign-in without MFA.
    LoginWithoutMfa,
    /// Console sign-in that failed.
    LoginFailed,
    /// A change of root's keys, MFA, password, certificates or e-mail.
    CredentialChange,
    /// Password recovery.
    AccountRecovery,
    /// A change of trails, detectors or event selectors.
    AuditTampering,
    /// Anything else that writes.
    Write,
    /// Anything else that reads.
    Read,
    /// An `AssumeRoot` session: never the true root user.
    PrivilegedSession,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Login,
        Self::LoginWithoutMfa,
        Self::LoginFailed,
        Self::CredentialChange,
        Self::AccountRecovery,
        Self::AuditTampering,
        Self::Write,
        Self::Read,
        Self::PrivilegedSession,
    ];

    /// The label value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginWithoutMfa => "login_without_mfa",
            Self::LoginFailed => "login_failed",
            Self::CredentialChange => "credential_change",
            Self::AccountRecovery => "account_recovery",
            Self::AuditTampering => "audit_tampering",
            Self::Write => "write",
            Self::Read => "read",
            Self::PrivilegedSession => "privileged_session",
        }
    }

    /// Whether such events are recorded in one region of the partition, wherever root was: the console's sign-in, and
    /// IAM.
    #[must_use]
    pub fn is_global(self) -> bool {
        self.needs_console() || self == Self::CredentialChange
    }

    /// Whether it can only happen where root has a console.
    #[must_use]
    pub fn needs_console(self) -> bool {
        matches!(
            self,
            Self::Login | Self::LoginWithoutMfa | Self::LoginFailed | Self::AccountRecovery
        )
    }
}
