//! Event selectors of a trail, in the JSON form of AWS.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
