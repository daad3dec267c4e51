//! Configuration files in YAML. An error names the file, the line, the key, and the nearest key that is known.
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not understood.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: String,
        /// What and where.
        message: String,
    },
    /// It is understood but makes no sense.
    #[error("{path}: {key}: {message}")]
    Value {
        /// The file.
        path: String,
        /// Which key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
}

/// A section without a key, such as one with all its keys commented out, is a section of defaults.
///
/// # Errors
/// If it is there and not understood.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads the text of a file called `path`; `None` if it holds nothing but comments.
///
/// # Errors
/// If it is not understood.
pub fn from_yaml<T: DeserializeOwned>(text: &str, path: &str) -> Result<Option<T>, ConfigError> {
    serde_saphyr::from_str(text).map_err(|error| ConfigError::Parse {
        path: path.to_owned(),
        message: explain(&error),
    })
}

/// The parser's error for people: line and column, and the nearest known key for one that is not known.
fn explain(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    let place = error
        .location()
        .map(|at| format!("line {}, column {}: ", at.line(), at.column()))
        .unwrap_or_default();
    match error.without_snippet() {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            format!("{place}unknown key '{field}'{}", nearest(field, expected))
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            format!(
                "{place}unknown value '{variant}'{}",
                nearest(variant, expected)
            )
        }
        Error::DuplicateMappingKey { key, .. } => {
            format!(
                "{place}'{}' stands here twice",
                key.as_deref().unwrap_or("a key")
            )
        }
        other => {
            let text = other.to_string();
            // The library puts its own place before or after the message's first line.
            let line = text.lines().next().unwrap_or_default();
            let line = line.rsplit_once(" at line ").map_or(line, |split| split.0);
            format!("{place}{line}")
        }
    }
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
        _ => format!("; known are: {}", known.join(", ")),
    }
}
