//! Events of the CloudTrail event history, as a scenario describes them.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event of `CloudTrail`'s event history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    #[serde(default)]
    pub(crate) at: Option<Timestamp>,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) source: Option<String>,
    #[serde(default = "root_identity")]
    pub(crate) identity: String,
    #[serde(default)]
    pub(crate) user_name: Option<String>,
    #[serde(default)]
    pub(crate) mfa: bool,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) error_code: Option<String>,
    #[serde(default)]
    pub(crate) read_only: Option<bool>,
    #[serde(default, rename = "event_type")]
    pub(crate) kind: Option<EventType>,
    #[serde(default)]
    pub(crate) access_key_id: Option<String>,
    #[serde(default)]
    pub(crate) assumed_root: bool,
    #[serde(default)]
    pub(crate) invoked_by: Option<String>,
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Merged over the record that the other keys make.
    #[serde(default)]
    pub(crate) record: Option<Value>,
}

fn root_identity() -> String {
    "Root".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum EventType {
    #[serde(rename = "AwsApiCall")]
    ApiCall,
    #[serde(rename = "AwsConsoleSignIn")]
    ConsoleSignIn,
    #[serde(rename = "AwsConsoleAction")]
    ConsoleAction,
    #[serde(rename = "AwsServiceEvent")]
    ServiceEvent,
}
