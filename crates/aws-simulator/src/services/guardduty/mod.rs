//! GuardDuty: at most one detector in a region, its members and findings.

mod criteria;
mod detectors;
mod fields;
mod findings;
mod members;
mod query;
mod statistics;

use self::detectors::{get_detector, list_detectors};
use self::members::get_members;
use self::query::{get_findings, list_findings};
use self::statistics::get_findings_statistics;
use crate::api::{Parameter, ParameterType, Service, ServiceError, TEXT, optional, required};
use crate::limits::{GUARDDUTY_PAGE, STATISTICS_GROUPS};
use crate::services::{Context, Operation, paginate};
use serde_json::{Map, Value};

const DETECTOR_ID: Parameter = required("DetectorId", ParameterType::Text(1, 300));

const CRITERIA: Parameter = optional("findingCriteria", ParameterType::Object);

const NEXT_TOKEN: Parameter = optional("nextToken", TEXT);

const MAX_RESULTS: Parameter = optional("maxResults", ParameterType::PageSize(GUARDDUTY_PAGE));

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
            optional("maxResults", ParameterType::PageSize(STATISTICS_GROUPS)),
        ],
        get_findings_statistics,
    ),
];

pub(crate) fn bad_request(reason: &str) -> ServiceError {
    ServiceError::new(
        400,
        "BadRequestException",
        format!("The request is rejected because {reason}."),
    )
}

/// A page, whose last token is empty; so is a first request's.
pub(crate) fn page_by_token<T>(
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
    let page = paginate(items, context.parameters.text(token), size, &request);
    let (page, next) =
        page.ok_or_else(|| bad_request("the parameter nextToken has an invalid value"))?;
    Ok((page, next.unwrap_or_default()))
}

pub(crate) fn object_parameter<'a>(
    context: &'a Context,
    name: &str,
) -> Option<&'a Map<String, Value>> {
    context.parameters.0.get(name)?.as_object()
}
