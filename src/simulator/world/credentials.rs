//! What the root user and the IAM users sign in with.

use crate::simulator::clock::Time;
use serde::{Deserialize, Serialize};

/// The root user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Root {
    pub(in crate::simulator) password: Option<Password>,
    pub(in crate::simulator) mfa: Vec<Mfa>,
    pub(in crate::simulator) keys: Vec<AccessKey>,
    pub(in crate::simulator) certificates: Vec<Certificate>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Password {
    pub(in crate::simulator) changed: Option<Time>,
    pub(in crate::simulator) last_used: Option<Time>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Mfa {
    pub(in crate::simulator) kind: MfaKind,
    #[serde(default)]
    pub(in crate::simulator) name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::simulator) enum MfaKind {
    Virtual,
    Hardware,
    Passkey,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct AccessKey {
    pub(in crate::simulator) id: String,
    #[serde(default)]
    pub(in crate::simulator) status: KeyStatus,
    pub(in crate::simulator) created: Time,
    #[serde(default)]
    pub(in crate::simulator) last_used: Option<Time>,
    #[serde(default)]
    pub(in crate::simulator) region: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) service: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::simulator) enum KeyStatus {
    #[default]
    Active,
    Inactive,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Certificate {
    pub(in crate::simulator) active: bool,
    pub(in crate::simulator) created: Time,
}

/// An IAM user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct User {
    pub(in crate::simulator) password: bool,
    pub(in crate::simulator) mfa: Option<MfaKind>,
    pub(in crate::simulator) created: Option<Time>,
    pub(in crate::simulator) last_used: Option<Time>,
    pub(in crate::simulator) keys: Vec<AccessKey>,
}

/// As `GetAccountPasswordPolicy` answers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(in crate::simulator) struct PasswordPolicy {
    pub(in crate::simulator) minimum_password_length: u32,
    pub(in crate::simulator) require_symbols: bool,
    pub(in crate::simulator) require_numbers: bool,
    pub(in crate::simulator) require_uppercase_characters: bool,
    pub(in crate::simulator) require_lowercase_characters: bool,
    pub(in crate::simulator) allow_users_to_change_password: bool,
    pub(in crate::simulator) expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::simulator) max_password_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::simulator) password_reuse_prevention: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::simulator) hard_expiry: Option<bool>,
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
