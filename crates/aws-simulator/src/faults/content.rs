//! Faults of content: responses that are encoded correctly and have wrong content.

use crate::services::Operation;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How the result of an operation is changed before it is encoded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ContentFault {
    EndlessPages,
    RepeatedToken,
    WrongTypes,
    Future,
    Empty,
    Null,
    Replace(Map<String, Value>),
}

/// The names of pagination tokens.
const TOKENS: [&str; 3] = ["NextToken", "nextToken", "Marker"];

impl ContentFault {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::EndlessPages => "endless_pages",
            Self::RepeatedToken => "repeated_token",
            Self::WrongTypes => "wrong_types",
            Self::Future => "future",
            Self::Empty => "empty",
            Self::Null => "null",
            Self::Replace(_) => "replace",
        }
    }

    /// Removes the pagination token: every page is the first one.
    pub(crate) fn change_request(&self, sent: &mut Map<String, Value>) {
        if matches!(self, Self::EndlessPages | Self::RepeatedToken) {
            sent.retain(|name, _| !TOKENS.contains(&name.as_str()));
        }
    }

    /// Changes the result. `number` is the number of the request.
    pub(crate) fn change_result(&self, result: &mut Value, operation: &Operation, number: u64) {
        let token = match self {
            Self::EndlessPages => number,
            Self::RepeatedToken => number % 2,
            Self::WrongTypes => return change_types(result),
            Self::Future => return move_times_ahead(result),
            Self::Empty => {
                *result = json!({});
                return;
            }
            Self::Null => {
                let members = result.as_object_mut().into_iter();
                members.for_each(|it| it.values_mut().for_each(|value| *value = Value::Null));
                return;
            }
            Self::Replace(members) => {
                for (name, value) in members {
                    result[name] = value.clone();
                }
                return;
            }
        };
        let parameters = operation.parameters.iter();
        for name in parameters
            .map(|it| it.name)
            .filter(|it| TOKENS.contains(it))
        {
            result[name] = format!("page-{token}").into();
            if name == "Marker" {
                result["IsTruncated"] = true.into();
            }
        }
    }
}

/// Replaces each text by a structure, and each number and boolean by a text.
fn change_types(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => *value = "neither".into(),
        Value::String(_) => *value = json!({ "Text": "neither" }),
        Value::Array(items) => items.iter_mut().for_each(change_types),
        Value::Object(members) => members.values_mut().for_each(change_types),
    }
}

/// Replaces each value that can be a time by one in the year 9998 or later.
fn move_times_ahead(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64() > Some(1e9) => *value = 253_370_764_800_u64.into(),
        Value::String(text) if OffsetDateTime::parse(text, &Rfc3339).is_ok() => {
            *value = "9998-12-31T00:00:00Z".into();
        }
        Value::Array(items) => items.iter_mut().for_each(move_times_ahead),
        Value::Object(members) => members.values_mut().for_each(move_times_ahead),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{change_types, move_times_ahead};
    use serde_json::json;

    #[test]
    fn no_value_keeps_its_type() {
        let mut value = json!({ "a": ["x", 1], "b": { "c": true, "d": null } });
        change_types(&mut value);
        let text = json!({ "Text": "neither" });
        let wrong = json!({ "a": [text, "neither"], "b": { "c": "neither", "d": null } });
        assert_eq!(value, wrong);
    }

    #[test]
    fn times_of_both_formats_are_moved() {
        let mut value =
            json!({ "a": [1_700_000_000.5, 7], "b": "2024-01-01T00:00:00.000Z", "c": "x" });
        move_times_ahead(&mut value);
        let later = json!({ "a": [253_370_764_800_u64, 7], "b": "9998-12-31T00:00:00Z", "c": "x" });
        assert_eq!(value, later);
    }
}
