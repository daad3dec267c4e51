//! Time offsets such as `-30d` in scenarios and patches, replaced by the time that they mean.

use super::timestamp::Timestamp;
use serde_json::Value;

/// The keys of a scenario that hold a time.
const TIME_KEYS: [&str; 8] = [
    "at",
    "changed",
    "clock",
    "created",
    "last_used",
    "latest_delivery",
    "report_generated",
    "updated",
];

/// The keys whose contents are AWS's, or are resolved later.
const OPAQUE_KEYS: [&str; 7] = [
    "account_summary",
    "advanced_event_selectors",
    "content",
    "event_selectors",
    "policy",
    "record",
    "story",
];

/// Replaces every offset in a scenario or a patch by the time it means.
pub(crate) fn resolve(value: &mut Value, now: Timestamp) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve(item, now)),
        Value::Object(members) => members
            .iter_mut()
            .try_for_each(|(key, member)| match member {
                Value::String(text) if TIME_KEYS.contains(&key.as_str()) => {
                    let time =
                        Timestamp::parse(text, now).map_err(|reason| format!("{key}: {reason}"))?;
                    *member = serde_json::to_value(time).map_err(|error| error.to_string())?;
                    Ok(())
                }
                _ if OPAQUE_KEYS.contains(&key.as_str()) => Ok(()),
                _ => resolve(member, now),
            }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Timestamp::system_now()).unwrap()
    }

    #[test]
    fn only_keys_that_hold_times_are_resolved() {
        let mut value = json!({"name": "now", "keys": [{"created": "-1d", "last_used": null}],
            "record": {"at": "now"}, "story": {"steps": [{"at": "30s"}]}});
        resolve(&mut value, at("2026-11-22T10:00:00Z")).unwrap();
        assert_eq!(
            value,
            json!({"name": "now", "keys": [{"created": "2026-11-21T10:00:00Z", "last_used": null}],
            "record": {"at": "now"}, "story": {"steps": [{"at": "30s"}]}})
        );
    }
}
