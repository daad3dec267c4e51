//! Listing and describing trails.

use super::trails::{VisibleTrail, check_name, trails, trails_here};
use crate::api::ServiceError;
use crate::limits::TRAILS_PAGE;
use crate::services::Context;
use serde_json::{Value, json};

pub(crate) fn describe_trails(context: &mut Context) -> Result<Value, ServiceError> {
    let shadows = context
        .parameters
        .boolean("includeShadowTrails")
        .unwrap_or(true);
    let names = context
        .parameters
        .texts("trailNameList")
        .unwrap_or_default();
    names.iter().try_for_each(|name| check_name(name))?;
    let mut trails = trails_here(context);
    trails.retain(|it| shadows || !it.is_shadow(context));
    if !names.is_empty() {
        trails.retain(|it| {
            names
                .iter()
                .any(|name| *name == it.arn || (*name == it.name && !it.is_shadow(context)))
        });
    }
    let trails: Vec<Value> = trails.iter().map(describe).collect();
    Ok(json!({"trailList": trails}))
}

fn describe(visible: &VisibleTrail) -> Value {
    let VisibleTrail {
        name,
        arn,
        owner,
        home,
        trail,
    } = visible;
    let custom = trail.event_selectors.is_some() || trail.advanced_event_selectors.is_some();
    let bucket = trail
        .bucket
        .clone()
        .unwrap_or_else(|| format!("cloudtrail-{owner}"));
    let mut description = json!({
        "Name": name,
        "S3BucketName": bucket,
        "IncludeGlobalServiceEvents": trail.include_global,
        "IsMultiRegionTrail": trail.multi_region,
        "HomeRegion": home,
        "TrailARN": arn,
        "LogFileValidationEnabled": trail.log_file_validation,
        "HasCustomEventSelectors": custom,
        "HasInsightSelectors": false,
        "IsOrganizationTrail": trail.organization,
    });
    if let Some(key) = &trail.kms_key_id {
        description["KmsKeyId"] = key.as_str().into();
    }
    if let Some(group) = &trail.cloudwatch_logs_group_arn {
        description["CloudWatchLogsLogGroupArn"] = group.as_str().into();
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let role = format!("arn:{partition}:iam::{owner}:role/CloudTrail_CloudWatchLogs_Role");
        description["CloudWatchLogsRoleArn"] = role.into();
    }
    description
}

pub(crate) fn list_trails(context: &mut Context) -> Result<Value, ServiceError> {
    let listed =
        |it: &VisibleTrail| json!({"TrailARN": it.arn, "Name": it.name, "HomeRegion": it.home});
    let trails: Vec<Value> = trails(context).iter().map(listed).collect();
    let Some((trails, next)) = context.page(trails, "NextToken", TRAILS_PAGE) else {
        return Err(ServiceError::new(
            400,
            "ValidationException",
            "The token is invalid",
        ));
    };
    let mut result = json!({"Trails": trails});
    if let Some(next) = next {
        result["NextToken"] = next.into();
    }
    Ok(result)
}
