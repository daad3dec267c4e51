//! Detectors of `GuardDuty` and their findings, as a scenario writes them.

use crate::simulator::clock::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A detector of `GuardDuty`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Detector {
    pub(in crate::simulator) id: Option<String>,
    pub(in crate::simulator) status: DetectorStatus,
    pub(in crate::simulator) publishing: PublishingFrequency,
    /// Whether it is one of the delegated administrator's, if the organization has one.
    pub(in crate::simulator) member: bool,
    pub(in crate::simulator) findings: BTreeMap<String, Finding>,
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
pub(in crate::simulator) enum DetectorStatus {
    #[default]
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::simulator) enum PublishingFrequency {
    FifteenMinutes,
    OneHour,
    #[default]
    SixHours,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Finding {
    #[serde(rename = "type")]
    pub(in crate::simulator) kind: String,
    pub(in crate::simulator) severity: f64,
    #[serde(default)]
    pub(in crate::simulator) archived: bool,
    #[serde(default)]
    pub(in crate::simulator) account: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) user_type: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) access_key_id: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) api: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) service: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) region: Option<String>,
    pub(in crate::simulator) created: Time,
    #[serde(default)]
    pub(in crate::simulator) updated: Option<Time>,
    #[serde(default)]
    pub(in crate::simulator) title: Option<String>,
    #[serde(default)]
    pub(in crate::simulator) resource_type: Option<String>,
}
