//! `CloudTrail`: the event history, and the trails with their shadows in other regions and accounts.

use super::{Context, Operation, Service};
use crate::clock::Timestamp;
use crate::events::AccountEvent;
use crate::failure::ServiceError;
use crate::parameters::{ParameterType, TEXT, optional, required};
use crate::regions;
use crate::world::Trail;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use time::Duration;

const ATTRIBUTE_KEY: ParameterType = ParameterType::OneOf(&[
    "AccessKeyId",
    "EventId",
    "EventName",
    "EventSource",
    "ReadOnly",
    "ResourceName",
    "ResourceType",
    "Username",
]);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::CloudTrail,
        "LookupEvents",
        &[
            optional(
                "LookupAttributes",
                ParameterType::List(&ParameterType::Structure(&[
                    required("AttributeKey", ATTRIBUTE_KEY),
                    required("AttributeValue", ParameterType::Text(1, 2000)),
                ])),
            ),
            optional("StartTime", ParameterType::Epoch),
            optional("EndTime", ParameterType::Epoch),
            optional("EventCategory", ParameterType::OneOf(&["insight"])),
            optional("MaxResults", ParameterType::Integer(1, 50)),
            optional("NextToken", TEXT),
        ],
        lookup_events,
    )
    .limited(2.0, 2.0),
    Operation::new(
        Service::CloudTrail,
        "DescribeTrails",
        &[
            optional("trailNameList", ParameterType::List(&TEXT)),
            optional("includeShadowTrails", ParameterType::Boolean),
        ],
        describe_trails,
    )
    .limited(10.0, 10.0),
    Operation::new(
        Service::CloudTrail,
        "ListTrails",
        &[optional("NextToken", TEXT)],
        list_trails,
    )
    .limited(10.0, 10.0),
    Operation::new(
        Service::CloudTrail,
        "GetTrailStatus",
        &[required("Name", TEXT)],
        get_trail_status,
    ),
    Operation::new(
        Service::CloudTrail,
        "GetEventSelectors",
        &[required("TrailName", TEXT)],
        get_event_selectors,
    ),
];

fn lookup_events(context: &mut Context) -> Result<Value, ServiceError> {
    let fail = |code, message| Err(ServiceError::new(400, code, message));
    let attributes = context
        .parameters
        .list("LookupAttributes")
        .unwrap_or_default();
    if attributes.len() > 1 {
        return fail(
            "InvalidLookupAttributesException",
            "You can specify only one lookup attribute",
        );
    }
    let from = context.parameters.time("StartTime");
    let to = context.parameters.time("EndTime").unwrap_or(context.now);
    if from.is_some_and(|from| from > to) {
        return fail(
            "InvalidTimeRangeException",
            "The start time is after the end time",
        );
    }
    let oldest = context.now - Duration::days(90);
    let from = from.map_or(oldest, |from| from.max(oldest));
    let to = to.min(context.now);
    let account = context.account()?;
    let insight = context.parameters.text("EventCategory").is_some();
    let entries = account.events.iter();
    let entries = entries.map(|event| AccountEvent {
        event,
        account_id: &context.caller.account,
        account,
    });
    let mut entries: Vec<_> = entries
        .filter(|it| !insight && it.region() == context.region && it.at() >= from && it.at() <= to)
        .filter(|it| {
            attributes
                .iter()
                .all(|attribute| has_attribute(it, attribute))
        })
        .collect();
    entries.reverse();
    entries.sort_by_key(|it| Reverse(it.at()));
    let size = context.parameters.size("MaxResults", 50);
    let Some((page, next)) = context.page(entries, "NextToken", size) else {
        return fail(
            "InvalidNextTokenException",
            "The token is invalid, or belongs to another request",
        );
    };
    let mut answer =
        json!({"Events": page.iter().map(AccountEvent::lookup_event).collect::<Vec<_>>()});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn has_attribute(entry: &AccountEvent, attribute: &Value) -> bool {
    let value = attribute["AttributeValue"].as_str();
    match attribute["AttributeKey"].as_str().unwrap_or_default() {
        "AccessKeyId" => entry.access_key().as_deref() == value,
        "EventId" => Some(entry.id()) == value,
        "EventName" => Some(entry.event.name.as_str()) == value,
        "EventSource" => Some(entry.source()) == value,
        "ReadOnly" => value == Some(if entry.read_only() { "true" } else { "false" }),
        "Username" => entry.username() == value,
        _ => false,
    }
}

/// A trail as an account sees it.
struct VisibleTrail<'a> {
    name: &'a str,
    arn: String,
    owner: &'a str,
    home: &'a str,
    trail: &'a Trail,
}

impl VisibleTrail<'_> {
    /// Whether it is seen in a region that it was not made in, or in an account that it is not of.
    fn is_shadow(&self, context: &Context) -> bool {
        self.home != context.region || self.owner != context.caller.account
    }
}

/// The account's own trails, and the organization's if it is a member.
fn trails<'a>(context: &'a Context) -> Vec<VisibleTrail<'a>> {
    let world = &context.simulation.world;
    let caller = context.caller.account.as_str();
    let partition = &context.caller.partition;
    let global = regions::global_region(Service::Iam, partition).unwrap_or_default();
    let mut visible: Vec<VisibleTrail> = Vec::new();
    let own = world.accounts.get_key_value(caller);
    let others = world
        .accounts
        .iter()
        .filter(|(id, it)| *id != caller && it.partition == *partition);
    for (id, account) in own.into_iter().chain(others) {
        for (name, trail) in &account.trails {
            let owner = trail.owner.as_deref().unwrap_or(id);
            let home = trail.home_region.as_deref().unwrap_or(global);
            let usual = || format!("arn:{partition}:cloudtrail:{home}:{owner}:trail/{name}");
            let arn = trail.arn.clone().unwrap_or_else(usual);
            let shared = world.organization_in(partition).is_some()
                && trail.organization
                && trail.owner.is_none();
            if (id == caller || shared) && visible.iter().all(|other| other.arn != arn) {
                visible.push(VisibleTrail {
                    name,
                    arn,
                    owner,
                    home,
                    trail,
                });
            }
        }
    }
    visible
}

/// Those that exist in the region of the request.
fn trails_here<'a>(context: &'a Context) -> Vec<VisibleTrail<'a>> {
    let mut here = trails(context);
    here.retain(|it| it.home == context.region || it.trail.multi_region);
    here
}

fn describe_trails(context: &mut Context) -> Result<Value, ServiceError> {
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
    let mut describe = json!({
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
        describe["KmsKeyId"] = key.as_str().into();
    }
    if let Some(group) = &trail.cloudwatch_logs_group_arn {
        describe["CloudWatchLogsLogGroupArn"] = group.as_str().into();
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        let role = format!("arn:{partition}:iam::{owner}:role/CloudTrail_CloudWatchLogs_Role");
        describe["CloudWatchLogsRoleArn"] = role.into();
    }
    describe
}

fn list_trails(context: &mut Context) -> Result<Value, ServiceError> {
    let listed =
        |it: &VisibleTrail| json!({"TrailARN": it.arn, "Name": it.name, "HomeRegion": it.home});
    let trails: Vec<Value> = trails(context).iter().map(listed).collect();
    let Some((trails, next)) = context.page(trails, "NextToken", 5) else {
        return Err(ServiceError::new(
            400,
            "ValidationException",
            "The token is invalid",
        ));
    };
    let mut answer = json!({"Trails": trails});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// Names have 3 to 128 letters, digits, dots, underscores and dashes.
pub(crate) fn is_trail_name(name: &str) -> bool {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (3..=128).contains(&name.len())
        && name.bytes().all(right)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    if let Some(rest) = name.strip_prefix("arn:") {
        let parts: Vec<_> = rest.split(':').collect();
        let right = matches!(parts.as_slice(), [_, "cloudtrail", _, _, trail] if trail.starts_with("trail/"));
        let message = format!("The ARN {name} is not the ARN of a trail");
        return if right {
            Ok(())
        } else {
            Err(ServiceError::new(
                400,
                "CloudTrailARNInvalidException",
                message,
            ))
        };
    }
    let message = "Trail name or ARN can only contain letters, numbers, periods, underscores and dashes, 3 to 128 of them";
    if is_trail_name(name) {
        Ok(())
    } else {
        Err(ServiceError::new(400, "InvalidTrailNameException", message))
    }
}

/// The trail of that name or ARN; a shadow is known by its ARN only.
fn find<'a>(context: &'a Context, parameter: &str) -> Result<VisibleTrail<'a>, ServiceError> {
    let name = context.parameters.text(parameter).unwrap_or_default();
    check_name(name)?;
    let found = trails_here(context)
        .into_iter()
        .find(|it| it.arn == name || (it.name == name && !it.is_shadow(context)));
    found.ok_or_else(|| {
        let message = format!(
            "Unknown trail: {name} for the user: {}",
            context.caller.account
        );
        ServiceError::new(400, "TrailNotFoundException", message)
    })
}

fn get_trail_status(context: &mut Context) -> Result<Value, ServiceError> {
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

fn get_event_selectors(context: &mut Context) -> Result<Value, ServiceError> {
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
