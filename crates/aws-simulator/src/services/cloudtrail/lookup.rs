//! The event history.

use super::event::AccountEvent;
use crate::api::ServiceError;
use crate::limits::{EVENT_HISTORY, EVENTS_PAGE, LOOKUP_ATTRIBUTES};
use crate::services::Context;
use serde_json::{Value, json};
use std::cmp::Reverse;

pub(crate) fn lookup_events(context: &mut Context) -> Result<Value, ServiceError> {
    let fail = |code, message| Err(ServiceError::new(400, code, message));
    let attributes = context
        .parameters
        .list("LookupAttributes")
        .unwrap_or_default();
    if attributes.len() > LOOKUP_ATTRIBUTES {
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
    let oldest = context.now - EVENT_HISTORY;
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
    let size = context.parameters.size("MaxResults", EVENTS_PAGE);
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
