//! `GuardDuty`: one detector a region at most, and its findings.

use super::{Context, Operation, Service, criteria};
use crate::simulator::clock::Time;
use crate::simulator::failure::Failure;
use crate::simulator::ids;
use crate::simulator::parameters::{Kind, Parameter, TEXT, optional, required};
use crate::simulator::world::{Detector, Finding};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DETECTOR_ID: Parameter = required("DetectorId", Kind::Text(1, 300));
const CRITERIA: Parameter = optional("findingCriteria", Kind::Object);
const NEXT_TOKEN: Parameter = optional("nextToken", TEXT);
const MAX_RESULTS: Parameter = optional("maxResults", Kind::Integer(1, 50));
const ORDER: Kind = Kind::OneOf(&["ASC", "DESC"]);
const SORT: Parameter = optional(
    "sortCriteria",
    Kind::Structure(&[optional("attributeName", TEXT), optional("orderBy", ORDER)]),
);

pub(super) const OPERATIONS: &[Operation] = &[
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
        "ListFindings",
        &[DETECTOR_ID, CRITERIA, SORT, MAX_RESULTS, NEXT_TOKEN],
        list_findings,
    ),
    Operation::new(
        Service::GuardDuty,
        "GetFindings",
        &[DETECTOR_ID, required("findingIds", Kind::List(&TEXT)), SORT],
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
                Kind::List(&Kind::OneOf(&["COUNT_BY_SEVERITY"])),
            ),
            optional(
                "groupBy",
                Kind::OneOf(&["ACCOUNT", "FINDING_TYPE", "SEVERITY"]),
            ),
            optional("orderBy", ORDER),
            optional("maxResults", Kind::Integer(1, 100)),
        ],
        get_findings_statistics,
    ),
];

fn rejected(reason: &str) -> Failure {
    Failure::new(
        400,
        "BadRequestException",
        format!("The request is rejected because {reason}."),
    )
}

fn detector_id(context: &Context, detector: &Detector) -> String {
    let seed = || ids::hex32(&format!("{}/{}", context.caller.account, context.region));
    detector.id.clone().unwrap_or_else(seed)
}

/// The detector that the request names.
fn detector<'a>(context: &'a Context) -> Result<&'a Detector, Failure> {
    let asked = context.parameters.text("DetectorId").unwrap_or_default();
    let here = context.account()?.detectors.get(context.region);
    here.filter(|it| detector_id(context, it) == asked)
        .ok_or_else(|| rejected("the input detectorId is not owned by the current account"))
}

fn list_detectors(context: &mut Context) -> Result<Value, Failure> {
    let here = context.account()?.detectors.get(context.region);
    let ids = here
        .into_iter()
        .map(|it| detector_id(context, it))
        .collect();
    let size = context.parameters.size("maxResults", 50);
    let (ids, next) = paged(context, ids, size)?;
    Ok(json!({"detectorIds": ids, "nextToken": next}))
}

/// A page, whose last token is empty; so is a first request's.
fn paged(
    context: &Context,
    items: Vec<String>,
    size: usize,
) -> Result<(Vec<String>, String), Failure> {
    let first = context
        .parameters
        .text("nextToken")
        .is_none_or(str::is_empty);
    let token = if first { "no token" } else { "nextToken" };
    let request = context.parameters.without("nextToken");
    let request = format!("{}/{}/{request}", context.caller.account, context.region);
    let cut = crate::simulator::page::cut(items, context.parameters.text(token), size, &request);
    let (page, next) =
        cut.ok_or_else(|| rejected("the parameter nextToken has an invalid value"))?;
    Ok((page, next.unwrap_or_default()))
}

fn get_detector(context: &mut Context) -> Result<Value, Failure> {
    let detector = detector(context)?;
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
        "createdAt": created.iso_millis(),
        "updatedAt": created.iso_millis(),
        "findingPublishingFrequency": detector.publishing,
        "serviceRole": role,
        "status": detector.status,
        "features": features,
        "tags": {},
    }))
}

/// Everything that `GetFindings` answers about a finding.
fn described(context: &Context, detector: &Detector, id: &str, finding: &Finding) -> Value {
    let caller = context.caller;
    let account = finding.account.as_deref().unwrap_or(&caller.account);
    let region = finding.region.as_deref().unwrap_or(context.region);
    let detector_id = detector_id(context, detector);
    let updated = updated(finding);
    let kind = finding.resource_type.as_deref().unwrap_or("AccessKey");
    let mut resource = json!({"resourceType": kind});
    if kind == "AccessKey" {
        // Root goes by the account's alias, as in event records.
        let alias = context.state.world.accounts.get(account);
        let alias = alias.and_then(|it| it.alias.as_deref()).unwrap_or("Root");
        let user_type = finding.user_type.as_deref().unwrap_or("IAMUser");
        let root = user_type == "Root";
        let principal = if root {
            account.to_owned()
        } else {
            ids::unique("AIDA", id)
        };
        resource["accessKeyDetails"] = json!({
            "accessKeyId": finding.access_key_id.as_deref().unwrap_or("ASIAIOSFODNN7EXAMPLE"),
            "principalId": principal,
            "userName": if root { alias } else { "someone" },
            "userType": user_type,
        });
    }
    let mut activity = json!({
        "archived": finding.archived,
        "count": 1,
        "detectorId": detector_id,
        "eventFirstSeen": finding.created.iso_millis(),
        "eventLastSeen": updated.iso_millis(),
        "resourceRole": "TARGET",
        "serviceName": "guardduty",
    });
    if let Some(api) = &finding.api {
        let of = finding.service.as_deref().unwrap_or("iam.amazonaws.com");
        activity["action"] = json!({"actionType": "AWS_API_CALL",
            "awsApiCallAction": {"api": api, "serviceName": of, "callerType": "Remote IP",
                "remoteIpDetails": {"ipAddressV4": "192.0.2.10"}}});
    }
    let title = finding
        .title
        .clone()
        .unwrap_or_else(|| format!("{} in account {account}", finding.kind));
    json!({
        "accountId": account,
        "arn": format!("arn:{}:guardduty:{region}:{account}:detector/{detector_id}/finding/{id}", caller.partition),
        "createdAt": finding.created.iso_millis(),
        "updatedAt": updated.iso_millis(),
        "description": title,
        "id": id,
        "partition": caller.partition,
        "region": region,
        "resource": resource,
        "schemaVersion": "2.0",
        "service": activity,
        "severity": finding.severity,
        "title": title,
        "type": finding.kind,
    })
}

fn updated(finding: &Finding) -> Time {
    finding.updated.unwrap_or(finding.created)
}

fn object<'a>(context: &'a Context, name: &str) -> Option<&'a Map<String, Value>> {
    context.parameters.0.get(name)?.as_object()
}

/// The findings that meet the request's criteria.
fn selected<'a>(context: &'a Context) -> Result<Vec<(&'a Finding, Value)>, Failure> {
    let detector = detector(context)?;
    let wanted = object(context, "findingCriteria");
    criteria::check(wanted).map_err(|reason| rejected(&reason))?;
    let all = detector.findings.iter();
    let all = all.map(|(id, finding)| (finding, described(context, detector, id, finding)));
    let met =
        all.filter(|(finding, it)| criteria::meets(it, updated(finding).epoch_millis(), wanted));
    Ok(met.collect())
}

fn sort(context: &Context, findings: &mut [Value]) -> Result<(), Failure> {
    let sort = object(context, "sortCriteria");
    let text = |name: &str| sort.and_then(|sort| sort.get(name)?.as_str());
    let Some(field) = text("attributeName") else {
        return Ok(());
    };
    if criteria::is_number(field).is_none() {
        return Err(rejected("the parameter attributeName has an invalid value"));
    }
    findings.sort_by(|left, right| criteria::order(left, right, field));
    if text("orderBy") == Some("DESC") {
        findings.reverse();
    }
    Ok(())
}

fn list_findings(context: &mut Context) -> Result<Value, Failure> {
    let mut findings: Vec<Value> = selected(context)?.into_iter().map(|(_, it)| it).collect();
    sort(context, &mut findings)?;
    let ids = findings
        .iter()
        .filter_map(|it| it["id"].as_str().map(str::to_owned))
        .collect();
    let (ids, next) = paged(context, ids, context.parameters.size("maxResults", 50))?;
    Ok(json!({"findingIds": ids, "nextToken": next}))
}

fn get_findings(context: &mut Context) -> Result<Value, Failure> {
    let detector = detector(context)?;
    let ids = context.parameters.texts("findingIds").unwrap_or_default();
    if ids.len() > 50 {
        return Err(rejected("the parameter findingIds has more than 50 values"));
    }
    let known = ids
        .iter()
        .filter_map(|id| Some((*id, detector.findings.get(*id)?)));
    let mut findings: Vec<Value> = known
        .map(|(id, it)| described(context, detector, id, it))
        .collect();
    sort(context, &mut findings)?;
    Ok(json!({"findings": findings}))
}

fn get_findings_statistics(context: &mut Context) -> Result<Value, Failure> {
    let findings = selected(context)?;
    let group = context.parameters.text("groupBy");
    let legacy = context
        .parameters
        .list("findingStatisticTypes")
        .is_some_and(|types| !types.is_empty());
    let ordered = context.parameters.text("orderBy");
    let size = context.parameters.integer("maxResults");
    if group.is_some() == legacy || (legacy && (ordered.is_some() || size.is_some())) {
        return Err(rejected(
            "exactly one of findingStatisticTypes and groupBy must be given",
        ));
    }
    let path = match group {
        Some("ACCOUNT") => "accountId",
        Some("FINDING_TYPE") => "type",
        _ => "severity",
    };
    let mut groups: BTreeMap<String, (Value, u64, Time)> = BTreeMap::new();
    for (finding, described) in &findings {
        let key = criteria::at(described, path);
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
    let described = |(key, count, last): (Value, u64, Time)| json!({member: key, "totalFindings": count, "lastGeneratedAt": last.epoch()});
    let groups: Vec<Value> = groups.into_iter().map(described).collect();
    Ok(json!({"findingStatistics": {list: groups}}))
}
