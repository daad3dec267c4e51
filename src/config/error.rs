//! Why a configuration is refused, in words for people.

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

/// The parser's error for people: line and column, and the nearest known key for one that is not known.
pub(super) fn explain(error: &serde_saphyr::Error) -> String {
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
