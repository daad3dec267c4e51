//! The fields by which findings are filtered and sorted.

use serde_json::Value;
use std::cmp::Ordering;

/// The fields that findings can be filtered and sorted by, and whether they are numbers.
const FIELDS: [(&str, bool); 29] = [
    ("accountId", false),
    ("confidence", true),
    ("id", false),
    ("region", false),
    ("resource.accessKeyDetails.accessKeyId", false),
    ("resource.accessKeyDetails.principalId", false),
    ("resource.accessKeyDetails.userName", false),
    ("resource.accessKeyDetails.userType", false),
    ("resource.resourceType", false),
    ("resource.instanceDetails.iamInstanceProfile.id", false),
    ("resource.instanceDetails.imageId", false),
    ("resource.instanceDetails.instanceId", false),
    ("resource.instanceDetails.tags.key", false),
    ("resource.instanceDetails.tags.value", false),
    ("service.action.actionType", false),
    ("service.action.awsApiCallAction.callerType", false),
    (
        "service.action.awsApiCallAction.remoteIpDetails.city.cityName",
        false,
    ),
    (
        "service.action.awsApiCallAction.remoteIpDetails.country.countryName",
        false,
    ),
    (
        "service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
        false,
    ),
    (
        "service.action.awsApiCallAction.remoteIpDetails.organization.asn",
        false,
    ),
    (
        "service.action.awsApiCallAction.remoteIpDetails.organization.asnOrg",
        false,
    ),
    ("service.action.dnsRequestAction.domain", false),
    ("service.additionalInfo.threatListName", false),
    ("service.resourceRole", false),
    ("service.action.awsApiCallAction.api", false),
    ("service.action.awsApiCallAction.serviceName", false),
    ("service.archived", false),
    ("severity", true),
    ("type", false),
];

/// The one field that is written as a time and compared in milliseconds since 1970.
pub(crate) const UPDATED: &str = "updatedAt";

/// Whether a field compares as a number; `None` when there is no such field.
pub(crate) fn is_number(field: &str) -> Option<bool> {
    if field == UPDATED {
        return Some(true);
    }
    FIELDS
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, number)| *number)
}

/// A finding's value at a path such as `service.archived`.
pub(crate) fn value_at(finding: &Value, path: &str) -> Value {
    finding
        .pointer(&format!("/{}", path.replace('.', "/")))
        .cloned()
        .unwrap_or(Value::Null)
}

/// The order of two findings by a field.
pub(crate) fn compare(left: &Value, right: &Value, field: &str) -> Ordering {
    let (left, right) = (value_at(left, field), value_at(right, field));
    match left.as_f64().zip(right.as_f64()) {
        Some((left, right)) => left.total_cmp(&right),
        None => left.as_str().cmp(&right.as_str()),
    }
}
