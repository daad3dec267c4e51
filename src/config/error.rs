//! Errors in a configuration file: file, line, column, key, what is expected and, for words, the nearest known one.
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_saphyr::{Error, Location, Spanned};
use std::{fmt, path::Path};

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Read {
        /// The path of the file.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The file is not YAML, or holds an unknown key or a value that is not allowed.
    #[error("{path}: {message}")]
    Parse {
        /// The path of the file.
        path: String,
        /// Line, column, key and what is expected.
        message: String,
    },
    /// A value is not allowed.
    #[error("{path}: {key}: {message}")]
    Value {
        /// The path of the file.
        path: String,
        /// The key.
        key: String,
        /// What is expected.
        message: String,
    },
}

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

/// Reads a whole file as text.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.display().to_string(),
        source,
    })
}

/// Reads the text of the file at `path`; `None` if it holds nothing but comments. Errors do not name the key, which may
/// be a secret in the web configuration.
///
/// # Errors
/// If it is not YAML, or not what `T` expects.
pub fn from_yaml<T: DeserializeOwned>(text: &str, path: &str) -> Result<Option<T>, ConfigError> {
    serde_saphyr::from_str(text).map_err(|error| ConfigError::Parse {
        path: path.to_owned(),
        message: explain(&error, ""),
    })
}

/// As [`from_yaml`], and then validates. Errors name the key.
pub(super) fn from_yaml_valid<T: DeserializeOwned + Default>(
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

/// The parser's error in plain words.
fn explain(error: &Error, key: &str) -> String {
    let place = place(error.location());
    let key = match key {
        "" | "." => String::new(),
        key => format!("{key}: "),
    };
    match error.without_snippet() {
        Error::SerdeUnknownField {
            field, expected, ..
        } => format!("{place}unknown key '{field}'{}", nearest(field, expected)),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            let nearest = nearest(variant, expected);
            format!("{place}{key}unknown value '{variant}'{nearest}")
        }
        Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => format!("{place}duplicate key '{key}'"),
            None => format!("{place}duplicate key"),
        },
        Error::InvalidScalar { ty, .. } if ty.starts_with(['u', 'i']) => {
            format!("{place}{key}expected a whole number")
        }
        Error::InvalidScalar { ty: "bool", .. } | Error::InvalidBooleanStrict { .. } => {
            format!("{place}{key}expected true or false")
        }
        other => {
            let text = other.to_string();
            // The library puts its own place before or after the message's first line.
            let line = text.lines().next().unwrap_or_default();
            let line = line.rsplit_once(" at line ").map_or(line, |split| split.0);
            format!("{place}{key}{line}")
        }
    }
}

fn place(location: Option<Location>) -> String {
    location.map_or_else(String::new, |at| {
        format!("line {}, column {}: ", at.line(), at.column())
    })
}

fn nearest(word: &str, known: &[&'static str]) -> String {
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min();
    match best {
        Some((distance, candidate)) if distance <= 3.max(word.len() / 3) => {
            format!("; did you mean '{candidate}'?")
        }
        _ => format!("; expected one of: {}", known.join(", ")),
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
