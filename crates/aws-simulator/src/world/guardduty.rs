//! GuardDuty detectors and findings.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A detector of `GuardDuty`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Detector {
    pub(crate) id: Option<String>,
    pub(crate) status: DetectorStatus,
    pub(crate) publishing: PublishingFrequency,
    /// Whether it is one of the delegated administrator's, if the organization has one.
    pub(crate) member: bool,
    pub(crate) findings: BTreeMap<String, Finding>,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            id: None,
            status: DetectorStatus::default(),
            publishing: PublishingFrequency::default(),
            member: true,
            findings: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DetectorStatus {
    #[default]
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PublishingFrequency {
    FifteenMinutes,
    OneHour,
    #[default]
    SixHours,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) severity: f64,
    #[serde(default)]
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) user_type: Option<String>,
    #[serde(default)]
    pub(crate) access_key_id: Option<String>,
    #[serde(default)]
    pub(crate) api: Option<String>,
    #[serde(default)]
    pub(crate) service: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) updated: Option<Timestamp>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) resource_type: Option<String>,
}
