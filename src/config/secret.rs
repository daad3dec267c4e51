//! A string that is never printed: neither by `Debug` nor when the configuration is printed.
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// What is printed in place of a secret.
const PLACEHOLDER: &str = "(set)";

/// A secret from the configuration file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be sent to AWS.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLACEHOLDER)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(PLACEHOLDER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_and_never_printed() {
        let secret: Secret = serde_saphyr::from_str("hunter2").unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(format!("{secret:?}"), "(set)");
        assert_eq!(serde_saphyr::to_string(&secret).unwrap().trim(), "(set)");
    }
}
