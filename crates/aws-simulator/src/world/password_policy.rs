//! The account's password policy.

use serde::{Deserialize, Serialize};

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
