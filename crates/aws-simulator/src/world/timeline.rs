//! The timeline (`story` in a scenario): patches and events that change the world as simulated time passes.

use crate::clock::HumanDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Timeline {
    /// Starts again `every` after the last step.
    #[serde(rename = "loop")]
    pub(crate) repeats: bool,
    pub(crate) every: Option<HumanDuration>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// After the story's start.
    pub(crate) at: HumanDuration,
    #[serde(default)]
    pub(crate) patch: Option<Value>,
    /// Account id to events, which happen when the step does if they do not say when.
    #[serde(default)]
    pub(crate) events: BTreeMap<String, Vec<Value>>,
}
