//! Credentials of the root user and of IAM users.

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
