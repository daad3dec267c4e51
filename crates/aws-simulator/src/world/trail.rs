//! Trails of `CloudTrail`, as a scenario writes them.

use crate::clock::{HumanDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trail of `CloudTrail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(crate) struct Trail {
    pub(crate) arn: Option<String>,
    pub(crate) home_region: Option<String>,
    pub(crate) multi_region: bool,
    pub(crate) organization: bool,
    /// The account of an organization trail that is seen from a member.
    pub(crate) owner: Option<String>,
    pub(crate) include_global: bool,
    pub(crate) log_file_validation: bool,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) cloudwatch_logs_group_arn: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) logging: bool,
    pub(crate) latest_delivery: Option<Timestamp>,
    /// Keeps the latest delivery this long before world time.
    pub(crate) latest_delivery_age: Option<HumanDuration>,
    pub(crate) latest_delivery_error: Option<String>,
    /// In AWS's JSON form, as are the advanced ones.
    pub(crate) event_selectors: Option<Vec<EventSelector>>,
    pub(crate) advanced_event_selectors: Option<Vec<AdvancedEventSelector>>,
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
pub(crate) struct EventSelector {
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
pub(crate) struct AdvancedEventSelector {
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
