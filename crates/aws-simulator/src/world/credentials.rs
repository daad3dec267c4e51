//! What the root user and the IAM users sign in with.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// The root user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Root {
    pub(crate) password: Option<Password>,
    pub(crate) mfa: Vec<Mfa>,
    pub(crate) keys: Vec<AccessKey>,
    pub(crate) certificates: Vec<Certificate>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Password {
    pub(crate) changed: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mfa {
    pub(crate) kind: MfaKind,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MfaKind {
    Virtual,
    Hardware,
    Passkey,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) last_used: Option<Timestamp>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum KeyStatus {
    #[default]
    Active,
    Inactive,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) active: bool,
    pub(crate) created: Timestamp,
}

/// An IAM user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct User {
    pub(crate) password: bool,
    pub(crate) mfa: Option<MfaKind>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) keys: Vec<AccessKey>,
}

/// As `GetAccountPasswordPolicy` answers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(crate) struct PasswordPolicy {
    pub(crate) minimum_password_length: u32,
    pub(crate) require_symbols: bool,
    pub(crate) require_numbers: bool,
    pub(crate) require_uppercase_characters: bool,
    pub(crate) require_lowercase_characters: bool,
    pub(crate) allow_users_to_change_password: bool,
    pub(crate) expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_password_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_reuse_prevention: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hard_expiry: Option<bool>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_password_length: 6,
            require_symbols: false,
            require_numbers: false,
            require_uppercase_characters: false,
            require_lowercase_characters: false,
            allow_users_to_change_password: false,
            expire_passwords: false,
            max_password_age: None,
            password_reuse_prevention: None,
            hard_expiry: None,
        }
    }
}
