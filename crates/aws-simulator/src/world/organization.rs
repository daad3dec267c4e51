//! The organization, its accounts, organizational units and service control policies.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The root of every organization's tree.
pub(crate) const ROOT: &str = "r-exam";

/// AWS's own policy, which allows everything and is attached everywhere.
pub(crate) const FULL_ACCESS_POLICY_ID: &str = "p-FullAWSAccess";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    #[serde(default = "example_organization")]
    pub(crate) id: String,
    pub(crate) management: String,
    #[serde(default)]
    pub(crate) feature_set: FeatureSet,
    #[serde(default)]
    pub(crate) features: Vec<RootFeature>,
    /// Of `iam.amazonaws.com`.
    #[serde(default)]
    pub(crate) trusted_access: bool,
    /// Account id to service principals.
    #[serde(default)]
    pub(crate) delegated_administrators: BTreeMap<String, Vec<String>>,
    /// Members that are not simulated themselves.
    #[serde(default)]
    pub(crate) accounts: BTreeMap<String, UnsimulatedAccount>,
    #[serde(default)]
    pub(crate) units: BTreeMap<String, OrganizationalUnit>,
    /// Service control policies, besides AWS's own.
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, ServiceControlPolicy>,
}

fn example_organization() -> String {
    "o-exampleorgid".to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FeatureSet {
    #[default]
    All,
    ConsolidatedBilling,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum RootFeature {
    RootCredentialsManagement,
    RootSessions,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UnsimulatedAccount {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) state: AccountState,
    /// Without one, the account is at the root, as are simulated ones.
    pub(crate) unit: Option<String>,
}

/// An organizational unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationalUnit {
    pub(crate) name: String,
    /// Without one, the root.
    #[serde(default)]
    pub(crate) parent: Option<String>,
}

/// A service control policy. It is told, not applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceControlPolicy {
    pub(crate) name: String,
    pub(crate) content: Map<String, Value>,
    /// The ids of the root, of units and of accounts.
    #[serde(default)]
    pub(crate) targets: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AccountState {
    PendingActivation,
    #[default]
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

/// Whether AWS takes it for the id of a policy.
pub(crate) fn is_policy_id(id: &str) -> bool {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    id.strip_prefix("p-")
        .is_some_and(|it| (8..=128).contains(&it.len()) && it.bytes().all(right))
}
