//! The organization and its members, as a scenario writes them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Organization {
    #[serde(default = "example_organization")]
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) management: String,
    #[serde(default)]
    pub(in crate::simulator) feature_set: FeatureSet,
    #[serde(default)]
    pub(in crate::simulator) features: Vec<RootFeature>,
    /// Of `iam.amazonaws.com`.
    #[serde(default)]
    pub(in crate::simulator) trusted_access: bool,
    /// Account id to service principals.
    #[serde(default)]
    pub(in crate::simulator) delegated_administrators: BTreeMap<String, Vec<String>>,
    /// Members that are not simulated themselves.
    #[serde(default)]
    pub(in crate::simulator) accounts: BTreeMap<String, Member>,
}

fn example_organization() -> String {
    "o-exampleorgid".to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::simulator) enum FeatureSet {
    #[default]
    All,
    ConsolidatedBilling,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::simulator) enum RootFeature {
    RootCredentialsManagement,
    RootSessions,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Member {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) email: Option<String>,
    pub(in crate::simulator) state: AccountState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::simulator) enum AccountState {
    PendingActivation,
    #[default]
    Active,
    Suspended,
    PendingClosure,
    Closed,
}
