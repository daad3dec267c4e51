//! Adding events to the event history of an account.

use super::World;
use super::event::Event;
use crate::api::ServiceError;
use crate::clock::{Timestamp, offsets};
use crate::{ids, regions};
use serde_json::Value;

/// Gives events the time and the id that the scenario left out.
pub(crate) fn fill_defaults(account: &str, events: &mut [Event], now: Timestamp) {
    for (position, event) in events.iter_mut().enumerate() {
        let at = event.at.get_or_insert(now.truncate_to_second());
        let seed = || {
            ids::uuid(&format!(
                "{account}/{position}/{}/{}",
                at.rfc3339(),
                event.name
            ))
        };
        event.id.get_or_insert_with(seed);
    }
}

/// Adds events to an account's history; those without a time happen now.
pub(crate) fn append(
    world: &mut World,
    account: &str,
    events: Vec<Value>,
    now: Timestamp,
) -> Result<(), String> {
    let mut events = Value::Array(events);
    offsets::resolve(&mut events, now)?;
    let events: Vec<Event> = serde_json::from_value(events).map_err(|error| error.to_string())?;
    let found = world.accounts.get_mut(account);
    let found = found.ok_or_else(|| format!("account {account} is not simulated"))?;
    let wrong = |event: &&Event| {
        let region = event.region.as_deref();
        region.is_some_and(|it| regions::partition_of(it) != Some(&found.partition))
    };
    if let Some(event) = events.iter().find(wrong) {
        return Err(format!("event {}: no such region", event.name));
    }
    found.events.extend(events);
    fill_defaults(account, &mut found.events, now);
    Ok(())
}

/// Adds what root does in a session: a call of IAM, whether or not it failed.
pub(crate) fn append_root_call(
    world: &mut World,
    account: &str,
    operation: &str,
    key: String,
    failure: Option<&ServiceError>,
    now: Timestamp,
) {
    let Some(found) = world.accounts.get_mut(account) else {
        return;
    };
    found.events.push(Event {
        at: None,
        name: operation.to_owned(),
        region: None,
        source: Some("iam.amazonaws.com".to_owned()),
        identity: "Root".to_owned(),
        user_name: None,
        mfa: false,
        error: failure.map(|it| it.message.clone()),
        error_code: failure.map(|it| it.code.clone()),
        read_only: None,
        kind: None,
        access_key_id: Some(key),
        // AWS's own example of such an event does not have it.
        assumed_root: false,
        invoked_by: None,
        id: None,
        record: None,
    });
    fill_defaults(account, &mut found.events, now);
}
