//! Errors in the configuration file name the key, of values that cannot be read and of values that are not allowed.
use exporter_web::yaml::{ConfigError, explain, place};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_saphyr::{Error, Location, Spanned};
use std::fmt;

/// A value that is well-formed but not allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidValue {
    /// The key with its sections, such as `accounts.ids`.
    pub(super) key: String,
    /// What is expected, and why.
    pub(super) message: String,
}

/// Fails with an [`InvalidValue`] unless `valid`.
pub(super) fn ensure(valid: bool, key: &str, message: &str) -> Result<(), InvalidValue> {
    if valid {
        return Ok(());
    }
    Err(InvalidValue {
        key: key.to_owned(),
        message: message.to_owned(),
    })
}

/// Reads and validates the text of the file at `path`.
pub(super) fn parse<T: DeserializeOwned + Default>(
    text: &str,
    path: &str,
    validate: impl FnOnce(&T) -> Result<(), InvalidValue>,
) -> Result<T, ConfigError> {
    let refuse = |message| ConfigError::Parse {
        path: path.to_owned(),
        message,
    };
    let mut key = String::new();
    let value: Result<Option<T>, Error> = serde_saphyr::with_deserializer_from_str(text, |yaml| {
        serde_path_to_error::deserialize(yaml).map_err(|error| {
            key = error.path().to_string();
            error.into_inner()
        })
    });
    let value = value
        .map_err(|error| refuse(explain(&error, &key)))?
        .unwrap_or_default();
    match validate(&value) {
        Ok(()) => Ok(value),
        Err(InvalidValue { key, message }) => {
            let place = place(locate(text, &key));
            Err(refuse(format!("{place}{key}: {message}")))
        }
    }
}

/// Where a key such as `accounts.ids` is written or, if it is not, the innermost of its sections that is.
fn locate(text: &str, key: &str) -> Option<Location> {
    let path: Vec<&str> = key.split('.').collect();
    serde_saphyr::with_deserializer_from_str(text, |yaml| KeyPath(&path).deserialize(yaml))
        .ok()
        .flatten()
}

/// Finds the key at this path in a mapping.
struct KeyPath<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for KeyPath<'_> {
    type Value = Option<Location>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0.is_empty() {
            return IgnoredAny::deserialize(deserializer).map(|_| None);
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for KeyPath<'_> {
    type Value = Option<Location>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            match self.0 {
                [first, rest @ ..] if *first == key.value => {
                    let inner = map.next_value_seed(KeyPath(rest))?;
                    found = Some(inner.unwrap_or(key.referenced));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}
