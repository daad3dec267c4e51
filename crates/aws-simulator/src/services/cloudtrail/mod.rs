//! CloudTrail: the event history and the trails.

mod describe;
mod event;
mod lookup;
mod record;
mod status;
mod trails;
mod user_identity;

use self::describe::{describe_trails, list_trails};
use self::lookup::lookup_events;
use self::status::{get_event_selectors, get_trail_status};
use crate::api::{ParameterType, Service, TEXT, optional, required};
use crate::limits::{EVENTS_PAGE, LOOKUP_EVENTS, TRAIL_LISTS};
use crate::services::Operation;

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
            optional("MaxResults", ParameterType::PageSize(EVENTS_PAGE)),
            optional("NextToken", TEXT),
        ],
        lookup_events,
    )
    .limited(LOOKUP_EVENTS),
    Operation::new(
        Service::CloudTrail,
        "DescribeTrails",
        &[
            optional("trailNameList", ParameterType::List(&TEXT)),
            optional("includeShadowTrails", ParameterType::Boolean),
        ],
        describe_trails,
    )
    .limited(TRAIL_LISTS),
    Operation::new(
        Service::CloudTrail,
        "ListTrails",
        &[optional("NextToken", TEXT)],
        list_trails,
    )
    .limited(TRAIL_LISTS),
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
