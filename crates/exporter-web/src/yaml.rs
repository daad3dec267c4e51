//! Configuration files in YAML. An error names file, line, column, what is expected and, for words, the nearest known one.
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_saphyr::{Error, Location};

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

/// Reads a section without a key, such as one with all its keys commented out, as its defaults.
///
/// # Errors
/// If the section is not empty and not what `T` expects.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads the text of the file at `path`; `None` if it holds nothing but comments. Errors do not name the key of a value:
/// keys of the web configuration may be secrets.
///
/// # Errors
/// If it is not YAML, or not what `T` expects.
pub fn from_yaml<T: DeserializeOwned>(text: &str, path: &str) -> Result<Option<T>, ConfigError> {
    serde_saphyr::from_str(text).map_err(|error| ConfigError::Parse {
        path: path.to_owned(),
        message: explain(&error, ""),
    })
}

/// The parser's error in plain words: place, key (none if empty) and what is expected.
#[must_use]
pub fn explain(error: &Error, key: &str) -> String {
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
        Error::InvalidScalar { ty: "boolean", .. } | Error::InvalidBooleanStrict { .. } => {
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

/// `line 3, column 5: `, or nothing.
#[must_use]
pub fn place(location: Option<Location>) -> String {
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
