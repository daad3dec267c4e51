//! IAM principals that call the simulator, and roles that they may assume.

use crate::policy::Policy;
use serde::{Deserialize, Serialize};

/// An IAM user with a long-term access key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    pub(crate) secret: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) policy: Policy,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Role {
    pub(crate) policy: Policy,
    pub(crate) external_id: Option<String>,
    pub(crate) web_identity: bool,
    /// The principals that may assume it, by ARN, and the accounts all of whose principals may.
    pub(crate) trusted: Vec<String>,
    /// The organization that they have to be of.
    pub(crate) organization: Option<String>,
}

/// Who has the managed policy `AdministratorAccess` attached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Administrators {
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
}
