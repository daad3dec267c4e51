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
    /// The ARNs of principals that can assume the role, and the IDs of accounts whose principals all can.
    pub(crate) trusted: Vec<String>,
    /// The ID of the organization to which the caller must belong.
    pub(crate) organization: Option<String>,
}

/// The entities to which the managed policy `AdministratorAccess` is attached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Administrators {
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
}
