//! Events of `CloudTrail`'s event history, as a scenario writes them.

use crate::simulator::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event of `CloudTrail`'s event history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Event {
    #[serde(default)]
    pub(in crate::simulator) at: Option<Time>,
    pub(in crate::simulator) name: String,
    #[serde(default)]
    pub(in crate::simulator) region: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) source: Option<String>,
    #[serde(default = "root_identity")]
    pub(in crate::simulator) identity: String,
    #[serde(default)]
    pub(in crate::simulator) user_name: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) mfa: bool,
    #[serde(default)]
    pub(in crate::simulator) error: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) error_code: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) read_only: Option<bool>,
    #[serde(default, rename = "event_type")]
    pub(in crate::simulator) kind: Option<EventType>,
    #[serde(default)]
    pub(in crate::simulator) access_key_id: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) assumed_root: bool,
    #[serde(default)]
    pub(in crate::simulator) invoked_by: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) id: Option<String>,
    /// Merged over the record that the other keys make.
    #[serde(default)]
    pub(in crate::simulator) record: Option<Value>,
}

fn root_identity() -> String {
    "Root".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::simulator) enum EventType {
    #[serde(rename = "AwsApiCall")]
    ApiCall,
    #[serde(rename = "AwsConsoleSignIn")]
    ConsoleSignIn,
    #[serde(rename = "AwsConsoleAction")]
    ConsoleAction,
    #[serde(rename = "AwsServiceEvent")]
    ServiceEvent,
}
