//! The status and the event selectors of a trail.

use super::trails::{VisibleTrail, find};
use crate::api::ServiceError;
use crate::clock::Timestamp;
use crate::services::Context;
use serde_json::{Map, Value, json};

pub(crate) fn get_trail_status(context: &mut Context) -> Result<Value, ServiceError> {
    let started = context.account()?.created();
    let VisibleTrail { trail, .. } = find(context, "Name")?;
    let delivered = match trail.latest_delivery_age {
        Some(age) => Some(context.now - age.0),
        None => trail.latest_delivery,
    };
    let mut status = Map::new();
    let mut set = |key: &str, value: Value| status.insert(key.to_owned(), value);
    set("IsLogging", trail.logging.into());
    set("StartLoggingTime", started.epoch());
    set("TimeLoggingStarted", started.rfc3339().into());
    if !trail.logging {
        // A trail that was stopped has delivered nothing since.
        let stopped = delivered.unwrap_or(started);
        set("StopLoggingTime", stopped.epoch());
        set("TimeLoggingStopped", stopped.rfc3339().into());
    }
    if let Some(error) = &trail.latest_delivery_error {
        set("LatestDeliveryError", error.as_str().into());
    }
    if let Some(time) = delivered.map(Timestamp::epoch) {
        set("LatestDeliveryTime", time.clone());
        if trail.cloudwatch_logs_group_arn.is_some() {
            set("LatestCloudWatchLogsDeliveryTime", time.clone());
        }
        if trail.log_file_validation {
            set("LatestDigestDeliveryTime", time);
        }
    }
    Ok(Value::Object(status))
}

pub(crate) fn get_event_selectors(context: &mut Context) -> Result<Value, ServiceError> {
    let VisibleTrail { arn, trail, .. } = find(context, "TrailName")?;
    if let Some(advanced) = &trail.advanced_event_selectors {
        return Ok(json!({"TrailARN": arn, "AdvancedEventSelectors": advanced}));
    }
    let management = || {
        json!([{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": []}])
    };
    let selectors = trail.event_selectors.as_ref();
    let selectors = selectors.map_or_else(management, |selectors| json!(selectors));
    Ok(json!({"TrailARN": arn, "EventSelectors": selectors}))
}
