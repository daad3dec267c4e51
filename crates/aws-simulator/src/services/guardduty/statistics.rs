//! Statistics of findings.

use super::findings::updated;
use super::query::select_findings;
use super::{bad_request, fields};
use crate::api::ServiceError;
use crate::clock::Timestamp;
use crate::limits::STATISTICS_DEFAULT_GROUPS;
use crate::services::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn get_findings_statistics(context: &mut Context) -> Result<Value, ServiceError> {
    let findings = select_findings(context)?;
    let group = context.parameters.text("groupBy");
    let legacy = context
        .parameters
        .list("findingStatisticTypes")
        .is_some_and(|types| !types.is_empty());
    let ordered = context.parameters.text("orderBy");
    let size = context.parameters.integer("maxResults");
    if group.is_some() == legacy || (legacy && (ordered.is_some() || size.is_some())) {
        return Err(bad_request(
            "exactly one of findingStatisticTypes and groupBy must be given",
        ));
    }
    let path = match group {
        Some("ACCOUNT") => "accountId",
        Some("FINDING_TYPE") => "type",
        _ => "severity",
    };
    let mut groups: BTreeMap<String, (Value, u64, Timestamp)> = BTreeMap::new();
    for (finding, described) in &findings {
        let key = fields::value_at(described, path);
        let fresh = || (key.clone(), 0, updated(finding));
        let entry = groups.entry(key.to_string()).or_insert_with(fresh);
        entry.1 += 1;
        entry.2 = entry.2.max(updated(finding));
    }
    if legacy {
        let counts: BTreeMap<_, _> = groups
            .iter()
            .map(|(key, (_, count, _))| (key, count))
            .collect();
        return Ok(json!({"findingStatistics": {"countBySeverity": counts}}));
    }
    let (list, member) = match group {
        Some("ACCOUNT") => ("groupedByAccount", "accountId"),
        Some("FINDING_TYPE") => ("groupedByFindingType", "findingType"),
        _ => ("groupedBySeverity", "severity"),
    };
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|(_, count, _)| *count);
    if ordered != Some("ASC") {
        groups.reverse();
    }
    groups.truncate(
        context
            .parameters
            .size("maxResults", STATISTICS_DEFAULT_GROUPS),
    );
    let group_value = |(key, count, last): (Value, u64, Timestamp)| json!({member: key, "totalFindings": count, "lastGeneratedAt": last.epoch()});
    let groups: Vec<Value> = groups.into_iter().map(group_value).collect();
    Ok(json!({"findingStatistics": {list: groups}}))
}
