//! Selecting, sorting and listing findings.

use super::detectors::detectors;
use super::findings::{VisibleFinding, describe, updated};
use super::{bad_request, criteria, fields, object_parameter, page_by_token};
use crate::api::ServiceError;
use crate::limits::{GUARDDUTY_PAGE, GUARDDUTY_VALUES};
use crate::services::Context;
use crate::world::Finding;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The findings that match the criteria of the request.
pub(crate) fn select_findings<'a>(
    context: &'a Context,
) -> Result<Vec<(&'a Finding, Value)>, ServiceError> {
    let detectors = detectors(context)?;
    let wanted = object_parameter(context, "findingCriteria");
    criteria::check(wanted).map_err(|reason| bad_request(&reason))?;
    // Describing the findings of a thousand accounts is slow, so other accounts are filtered out first.
    let accounts = wanted.and_then(|it| {
        let criterion = it.get("criterion")?.get("accountId")?;
        criterion.get("equals")?.as_array()
    });
    let accounts: Option<HashSet<&str>> =
        accounts.map(|accounts| accounts.iter().filter_map(Value::as_str).collect());
    let asked = |visible: &VisibleFinding| {
        let accounts = accounts.as_ref();
        accounts.is_none_or(|accounts| accounts.contains(visible.account()))
    };
    let all = detectors.iter().flat_map(|it| it.findings());
    let all = all.filter(asked);
    let all = all.map(|visible| (visible.finding, describe(context, &visible)));
    let met =
        all.filter(|(finding, it)| criteria::matches(it, updated(finding).epoch_millis(), wanted));
    Ok(met.collect())
}

fn sort_findings(context: &Context, findings: &mut [Value]) -> Result<(), ServiceError> {
    let sort = object_parameter(context, "sortCriteria");
    let text = |name: &str| sort.and_then(|sort| sort.get(name)?.as_str());
    let Some(field) = text("attributeName") else {
        return Ok(());
    };
    if fields::is_number(field).is_none() {
        return Err(bad_request(
            "the parameter attributeName has an invalid value",
        ));
    }
    findings.sort_by(|left, right| fields::compare(left, right, field));
    if text("orderBy") == Some("DESC") {
        findings.reverse();
    }
    Ok(())
}

pub(crate) fn list_findings(context: &mut Context) -> Result<Value, ServiceError> {
    let mut findings: Vec<Value> = select_findings(context)?
        .into_iter()
        .map(|(_, it)| it)
        .collect();
    sort_findings(context, &mut findings)?;
    let ids = findings
        .iter()
        .filter_map(|it| it["id"].as_str().map(str::to_owned))
        .collect();
    let (ids, next) = page_by_token(
        context,
        ids,
        context.parameters.size("maxResults", GUARDDUTY_PAGE),
    )?;
    Ok(json!({"findingIds": ids, "nextToken": next}))
}

pub(crate) fn get_findings(context: &mut Context) -> Result<Value, ServiceError> {
    let detectors = detectors(context)?;
    let ids = context.parameters.texts("findingIds").unwrap_or_default();
    if ids.len() > GUARDDUTY_VALUES {
        return Err(bad_request(
            "the parameter findingIds has more than 50 values",
        ));
    }
    let of = |id: &&str| {
        let visible = detectors.iter().filter_map(|it| it.finding(id));
        visible.collect::<Vec<VisibleFinding>>()
    };
    let known = ids.iter().flat_map(of);
    let mut findings: Vec<Value> = known.map(|it| describe(context, &it)).collect();
    sort_findings(context, &mut findings)?;
    Ok(json!({"findings": findings}))
}
