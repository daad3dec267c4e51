//! The kinds of root events. Each event is of exactly one kind.
use enum_map::Enum;
use strum::{Display, IntoStaticStr, VariantArray};

/// What root did: the closed set of the `kind` label.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    Enum,
    Eq,
    Hash,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
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

impl EventKind {
    /// The value of the `kind` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
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
