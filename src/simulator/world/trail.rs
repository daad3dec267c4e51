//! Trails of `CloudTrail`, as a scenario writes them.

use crate::simulator::clock::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trail of `CloudTrail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(in crate::simulator) struct Trail {
    pub(in crate::simulator) arn: Option<String>,
    pub(in crate::simulator) home_region: Option<String>,
    pub(in crate::simulator) multi_region: bool,
    pub(in crate::simulator) organization: bool,
    /// The account of an organization trail that is seen from a member.
    pub(in crate::simulator) owner: Option<String>,
    pub(in crate::simulator) include_global: bool,
    pub(in crate::simulator) log_file_validation: bool,
    pub(in crate::simulator) kms_key_id: Option<String>,
    pub(in crate::simulator) cloudwatch_logs_group_arn: Option<String>,
    pub(in crate::simulator) bucket: Option<String>,
    pub(in crate::simulator) logging: bool,
    pub(in crate::simulator) latest_delivery: Option<Time>,
    /// Keeps the latest delivery this long before world time.
    pub(in crate::simulator) latest_delivery_age: Option<Span>,
    pub(in crate::simulator) latest_delivery_error: Option<String>,
    /// In AWS's JSON form, as are the advanced ones.
    pub(in crate::simulator) event_selectors: Option<Vec<EventSelector>>,
    pub(in crate::simulator) advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            arn: None,
            home_region: None,
            multi_region: false,
            organization: false,
            owner: None,
            include_global: true,
            log_file_validation: false,
            kms_key_id: None,
            cloudwatch_logs_group_arn: None,
            bucket: None,
            logging: true,
            latest_delivery: None,
            latest_delivery_age: None,
            latest_delivery_error: None,
            event_selectors: None,
            advanced_event_selectors: None,
        }
    }
}

/// As AWS takes it; what is left out stays out of the answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::simulator) struct EventSelector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_write_type: Option<ReadWriteType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    include_management_events: Option<bool>,
    #[serde(default)]
    data_resources: Vec<DataResource>,
    #[serde(default)]
    exclude_management_event_sources: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum ReadWriteType {
    All,
    ReadOnly,
    WriteOnly,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DataResource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    values: Vec<String>,
}

/// As AWS takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::simulator) struct AdvancedEventSelector {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    field_selectors: Vec<FieldSelector>,
}

/// A field and the conditions on it, of which there is at least one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FieldSelector {
    #[serde(rename = "Field")]
    field: String,
    #[serde(flatten)]
    conditions: BTreeMap<Condition, Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Condition {
    Equals,
    StartsWith,
    EndsWith,
    NotEquals,
    NotStartsWith,
    NotEndsWith,
}
