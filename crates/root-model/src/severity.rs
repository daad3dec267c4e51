//! How bad something is: a failed check, or a GuardDuty finding.
use enum_map::Enum;
use serde::Serialize;
use strum::{Display, IntoStaticStr, VariantArray};

/// How bad it is: the `severity` label.
#[derive(
    Clone,
    Copy,
    Debug,
    Display,
    Enum,
    Eq,
    IntoStaticStr,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Good to have.
    Low,
    /// A recommendation is not followed.
    Medium,
    /// A safeguard is missing, or something happened that should not.
    High,
    /// Whoever gets in owns the account.
    Critical,
}

impl Severity {
    /// The value of the `severity` label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
