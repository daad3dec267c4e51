//! `GuardDuty`: one detector a region at most, and its findings.

use super::findings::{OwnedDetector, VisibleFinding, describe, members, updated};
use super::{Context, Operation, Service, criteria, organizations};
use crate::clock::Timestamp;
use crate::failure::ServiceError;
use crate::parameters::{Parameter, ParameterType, TEXT, optional, required};
use crate::world::{DetectorStatus, Finding};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

const DETECTOR_ID: Parameter = required("DetectorId", ParameterType::Text(1, 300));
const CRITERIA: Parameter = optional("findingCriteria", ParameterType::Object);
const NEXT_TOKEN: Parameter = optional("nextToken", TEXT);
const MAX_RESULTS: Parameter = optional("maxResults", ParameterType::Integer(1, 50));
const ACCOUNT_ID: ParameterType = ParameterType::Text(12, 12);
const ORDER: ParameterType = ParameterType::OneOf(&["ASC", "DESC"]);
const SORT: Parameter = optional(
    "sortCriteria",
    ParameterType::Structure(&[optional("attributeName", TEXT), optional("orderBy", ORDER)]),
);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::GuardDuty,
        "ListDetectors",
        &[MAX_RESULTS, NEXT_TOKEN],
        list_detectors,
    ),
    Operation::new(
        Service::GuardDuty,
        "GetDetector",
        &[DETECTOR_ID],
        get_detector,
    ),
    Operation::new(
        Service::GuardDuty,
        "GetMembers",
        &[
            DETECTOR_ID,
            required("accountIds", ParameterType::List(&ACCOUNT_ID)),
        ],
        get_members,
    ),
    Operation::new(
        Service::GuardDuty,
        "ListFindings",
        &[DETECTOR_ID, CRITERIA, SORT, MAX_RESULTS, NEXT_TOKEN],
        list_findings,
    ),
    Operation::new(
        Service::GuardDuty,
        "GetFindings",
        &[
            DETECTOR_ID,
            required("findingIds", ParameterType::List(&TEXT)),
            SORT,
        ],
        get_findings,
    ),
    Operation::new(
        Service::GuardDuty,
        "GetFindingsStatistics",
        &[
            DETECTOR_ID,
            CRITERIA,
            optional(
                "findingStatisticTypes",
                ParameterType::List(&ParameterType::OneOf(&["COUNT_BY_SEVERITY"])),
            ),
            optional(
                "groupBy",
                ParameterType::OneOf(&["ACCOUNT", "FINDING_TYPE", "SEVERITY"]),
            ),
            optional("orderBy", ORDER),
            optional("maxResults", ParameterType::Integer(1, 100)),
        ],
        get_findings_statistics,
    ),
];

fn bad_request(reason: &str) -> ServiceError {
    ServiceError::new(
        400,
        "BadRequestException",
        format!("The request is rejected because {reason}."),
    )
}

/// The caller's detector here.
fn own_detector<'a>(context: &'a Context) -> Result<Option<OwnedDetector<'a>>, ServiceError> {
    let detector = context.account()?.detectors.get(context.region);
    let account = &context.caller.account;
    Ok(detector.map(|detector| OwnedDetector { account, detector }))
}

/// The detector that the request names.
fn detector<'a>(context: &'a Context) -> Result<OwnedDetector<'a>, ServiceError> {
    let asked = context.parameters.text("DetectorId").unwrap_or_default();
    own_detector(context)?
        .filter(|it| it.id(context.region) == asked)
        .ok_or_else(|| bad_request("the input detectorId is not owned by the current account"))
}

/// The detector that the request names, and those of its members.
fn detectors<'a>(context: &'a Context) -> Result<Vec<OwnedDetector<'a>>, ServiceError> {
    let mut all = vec![detector(context)?];
    all.extend(members(context));
    Ok(all)
}

fn list_detectors(context: &mut Context) -> Result<Value, ServiceError> {
    let ids = own_detector(context)?
        .iter()
        .map(|it| it.id(context.region))
        .collect();
    let size = context.parameters.size("maxResults", 50);
    let (ids, next) = page_by_token(context, ids, size)?;
    Ok(json!({"detectorIds": ids, "nextToken": next}))
}

/// A page, whose last token is empty; so is a first request's.
fn page_by_token<T>(
    context: &Context,
    items: Vec<T>,
    size: usize,
) -> Result<(Vec<T>, String), ServiceError> {
    let first = context
        .parameters
        .text("nextToken")
        .is_none_or(str::is_empty);
    let token = if first { "no token" } else { "nextToken" };
    let request = context.parameters.without_token("nextToken");
    let request = format!("{}/{}/{request}", context.caller.account, context.region);
    let paginate = crate::page::paginate(items, context.parameters.text(token), size, &request);
    let (page, next) =
        paginate.ok_or_else(|| bad_request("the parameter nextToken has an invalid value"))?;
    Ok((page, next.unwrap_or_default()))
}

/// Those of the accounts that a detector has as members, and why the others are none.
fn get_members(context: &mut Context) -> Result<Value, ServiceError> {
    detector(context)?;
    let ids = context.parameters.texts("accountIds").unwrap_or_default();
    if ids.is_empty() || ids.len() > 50 {
        return Err(bad_request(
            "the parameter accountIds has not between 1 and 50 values",
        ));
    }
    let partition = &context.caller.partition;
    let accounts = context.simulation.world.organization_in(partition);
    let accounts = accounts.map(|it| organizations::members(context, it));
    let administrator = &context.caller.account;
    let member = |it: OwnedDetector| {
        let listed = accounts.as_ref().and_then(|all| all.get(it.account));
        let account = context.simulation.world.accounts.get(it.account);
        let status = match it.detector.status {
            DetectorStatus::Enabled => "Enabled",
            DetectorStatus::Disabled => "Disabled",
        };
        json!({
            "accountId": it.account,
            "detectorId": it.id(context.region),
            "administratorId": administrator,
            "masterId": administrator,
            "email": listed.map(|listed| &listed.email),
            "relationshipStatus": status,
            "updatedAt": account.map(|account| account.created().rfc3339_millis()),
        })
    };
    let all = members(context);
    let mut found: Vec<Value> = Vec::new();
    let mut unprocessed = Vec::new();
    for id in ids {
        match all.iter().find(|it| it.account == id) {
            Some(it) => found.push(member(*it)),
            None => unprocessed.push(json!({"accountId": id,
                "result": "The account is not an associated member of the current account."})),
        }
    }
    Ok(json!({"members": found, "unprocessedAccounts": unprocessed}))
}

fn get_detector(context: &mut Context) -> Result<Value, ServiceError> {
    let detector = detector(context)?.detector;
    let caller = context.caller;
    let created = context.account()?.created();
    let role = format!(
        "arn:{}:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
        caller.partition, caller.account
    );
    let feature =
        |name| json!({"name": name, "status": detector.status, "updatedAt": created.epoch()});
    let features = ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"].map(feature);
    Ok(json!({
        "createdAt": created.rfc3339_millis(),
        "updatedAt": created.rfc3339_millis(),
        "findingPublishingFrequency": detector.publishing,
        "serviceRole": role,
        "status": detector.status,
        "features": features,
        "tags": {},
    }))
}

fn object_parameter<'a>(context: &'a Context, name: &str) -> Option<&'a Map<String, Value>> {
    context.parameters.0.get(name)?.as_object()
}

/// The findings that meet the request's criteria.
fn select_findings<'a>(context: &'a Context) -> Result<Vec<(&'a Finding, Value)>, ServiceError> {
    let detectors = detectors(context)?;
    let wanted = object_parameter(context, "findingCriteria");
    criteria::check(wanted).map_err(|reason| bad_request(&reason))?;
    // Describing a thousand accounts' findings takes its time: those of accounts that are not asked for are left out first.
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
    let sort_findings = object_parameter(context, "sortCriteria");
    let text =
        |name: &str| sort_findings.and_then(|sort_findings| sort_findings.get(name)?.as_str());
    let Some(field) = text("attributeName") else {
        return Ok(());
    };
    if criteria::is_number(field).is_none() {
        return Err(bad_request(
            "the parameter attributeName has an invalid value",
        ));
    }
    findings.sort_by(|left, right| criteria::compare(left, right, field));
    if text("orderBy") == Some("DESC") {
        findings.reverse();
    }
    Ok(())
}

fn list_findings(context: &mut Context) -> Result<Value, ServiceError> {
    let mut findings: Vec<Value> = select_findings(context)?
        .into_iter()
        .map(|(_, it)| it)
        .collect();
    sort_findings(context, &mut findings)?;
    let ids = findings
        .iter()
        .filter_map(|it| it["id"].as_str().map(str::to_owned))
        .collect();
    let (ids, next) = page_by_token(context, ids, context.parameters.size("maxResults", 50))?;
    Ok(json!({"findingIds": ids, "nextToken": next}))
}

fn get_findings(context: &mut Context) -> Result<Value, ServiceError> {
    let detectors = detectors(context)?;
    let ids = context.parameters.texts("findingIds").unwrap_or_default();
    if ids.len() > 50 {
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

fn get_findings_statistics(context: &mut Context) -> Result<Value, ServiceError> {
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
    for (finding, describe) in &findings {
        let key = criteria::value_at(describe, path);
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
    groups.truncate(context.parameters.size("maxResults", 25));
    let describe = |(key, count, last): (Value, u64, Timestamp)| json!({member: key, "totalFindings": count, "lastGeneratedAt": last.epoch()});
    let groups: Vec<Value> = groups.into_iter().map(describe).collect();
    Ok(json!({"findingStatistics": {list: groups}}))
}
