//! The parameters of a request, checked against what its operation declares.

use super::parameter_error::ParameterError;
use super::parameter_type::{Parameter, ParameterType};
use crate::clock::Timestamp;
use serde_json::{Map, Value};

/// Parameters that passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(pub(crate) Map<String, Value>);

impl Parameters {
    /// Checks what was sent; where everything is sent as text, numbers are read from it.
    pub(crate) fn check(
        sent: &Map<String, Value>,
        declared: &[Parameter],
        text_encoded: bool,
    ) -> Result<Self, ParameterError> {
        structure(sent, declared, text_encoded).map(Self)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// A page's size, or AWS's own where none was asked for.
    pub(crate) fn size(&self, name: &str, default: usize) -> usize {
        self.integer(name)
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(default)
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        Timestamp::from_epoch(self.0.get(name)?.as_f64()?)
    }

    pub(crate) fn list(&self, name: &str) -> Option<&[Value]> {
        self.0.get(name)?.as_array().map(Vec::as_slice)
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.list(name)?.iter().filter_map(Value::as_str).collect())
    }

    /// Everything but a token, to bind the token to.
    pub(crate) fn without_token(&self, token: &str) -> String {
        let mut rest = self.0.clone();
        rest.remove(token);
        Value::Object(rest).to_string()
    }
}

fn structure(
    sent: &Map<String, Value>,
    declared: &[Parameter],
    text_encoded: bool,
) -> Result<Map<String, Value>, ParameterError> {
    if let Some(unknown) = sent
        .keys()
        .find(|key| declared.iter().all(|known| known.name != *key))
    {
        return Err(ParameterError::Unknown(unknown.clone()));
    }
    let mut checked = Map::new();
    for parameter in declared {
        match sent.get(parameter.name) {
            None | Some(Value::Null) if parameter.required => {
                return Err(ParameterError::Missing(parameter.name.to_owned()));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                let value = convert(parameter.name, value, &parameter.value_type, text_encoded)?;
                checked.insert(parameter.name.to_owned(), value);
            }
        }
    }
    Ok(checked)
}

fn convert(
    name: &str,
    value: &Value,
    value_type: &ParameterType,
    text_encoded: bool,
) -> Result<Value, ParameterError> {
    let wrong = || ParameterError::WrongType(name.to_owned());
    match value_type {
        ParameterType::Text(min, max) => {
            let length = value.as_str().ok_or_else(wrong)?.chars().count();
            if length < *min || length > *max {
                return Err(ParameterError::OutOfRange(name.to_owned()));
            }
        }
        ParameterType::OneOf(allowed) => {
            if !allowed.contains(&value.as_str().ok_or_else(wrong)?) {
                return Err(ParameterError::NotAllowed(name.to_owned()));
            }
        }
        ParameterType::Integer(min, max) => return integer(name, value, *min, *max, text_encoded),
        ParameterType::PageSize(max) => {
            let max = i64::try_from(*max).unwrap_or(i64::MAX);
            return integer(name, value, 1, max, text_encoded);
        }
        ParameterType::Boolean => {
            value.as_bool().ok_or_else(wrong)?;
        }
        ParameterType::Epoch => {
            value
                .as_f64()
                .and_then(Timestamp::from_epoch)
                .ok_or_else(wrong)?;
        }
        ParameterType::Object => {
            value.as_object().ok_or_else(wrong)?;
        }
        ParameterType::List(value_type) => {
            let items = value.as_array().ok_or_else(wrong)?.iter();
            return items
                .map(|item| convert(name, item, value_type, text_encoded))
                .collect();
        }
        ParameterType::Structure(declared) => {
            let members = value.as_object().ok_or_else(wrong)?;
            return structure(members, declared, text_encoded).map(Value::Object);
        }
    }
    Ok(value.clone())
}

/// A whole number in a range.
fn integer(
    name: &str,
    value: &Value,
    min: i64,
    max: i64,
    text_encoded: bool,
) -> Result<Value, ParameterError> {
    let number = match value {
        Value::String(text) if text_encoded => text.parse().ok(),
        other => other.as_i64(),
    };
    let number = number.ok_or_else(|| ParameterError::WrongType(name.to_owned()))?;
    if number < min || number > max {
        return Err(ParameterError::OutOfRange(name.to_owned()));
    }
    Ok(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{optional, required};
    use serde_json::json;

    const DECLARED: &[Parameter] = &[
        required("Name", ParameterType::Text(3, 8)),
        optional("MaxResults", ParameterType::Integer(1, 50)),
        optional(
            "Keys",
            ParameterType::List(&ParameterType::OneOf(&["a", "b"])),
        ),
    ];

    fn check(sent: &Value, text_encoded: bool) -> Result<Parameters, ParameterError> {
        Parameters::check(sent.as_object().unwrap(), DECLARED, text_encoded)
    }

    #[test]
    fn every_kind_of_mistake_is_told_apart() {
        assert!(
            check(
                &json!({"Name": "abc", "MaxResults": 50, "Keys": ["a"]}),
                false
            )
            .is_ok()
        );
        for (sent, error) in [
            (json!({}), ParameterError::Missing("Name".into())),
            (
                json!({"Name": "abc", "X": 1}),
                ParameterError::Unknown("X".into()),
            ),
            (json!({"Name": 5}), ParameterError::WrongType("Name".into())),
            (
                json!({"Name": "ab"}),
                ParameterError::OutOfRange("Name".into()),
            ),
            (
                json!({"Name": "abc", "MaxResults": 51}),
                ParameterError::OutOfRange("MaxResults".into()),
            ),
            (
                json!({"Name": "abc", "MaxResults": "5"}),
                ParameterError::WrongType("MaxResults".into()),
            ),
            (
                json!({"Name": "abc", "Keys": ["c"]}),
                ParameterError::NotAllowed("Keys".into()),
            ),
        ] {
            assert_eq!(check(&sent, false).unwrap_err(), error, "{sent}");
        }
        let text_encoded = check(&json!({"Name": "abc", "MaxResults": "5"}), true).unwrap();
        assert_eq!(text_encoded.integer("MaxResults"), Some(5));
    }
}
