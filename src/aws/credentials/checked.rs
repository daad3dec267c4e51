//! Credentials with a character that cannot be sent, such as the line end that many files and Secrets end with. They are
//! refused: the SDK panics when it signs with them, and a secret with a line end gives a wrong signature.
use crate::{aws::Call, environment::character_name};
use aws_credential_types::Credentials;
use root_model::failure::{Failure, Reason};

/// Which part has which character. It holds nothing of the credentials.
#[derive(Debug, thiserror::Error)]
#[error(
    "the {part} contains {character}: remove it from the variable, file or Secret that it comes from"
)]
pub(in crate::aws) struct UnusableCredentials {
    part: &'static str,
    character: String,
}

impl UnusableCredentials {
    pub(in crate::aws) fn into_failure(self, call: Call) -> Failure {
        Failure {
            reason: Reason::Credentials,
            call: call.action,
            message: self.to_string(),
        }
    }
}

/// # Errors
/// If a part of the credentials contains a character other than visible ASCII.
pub(in crate::aws) fn check(credentials: &Credentials) -> Result<(), UnusableCredentials> {
    let parts = [
        ("access key ID", Some(credentials.access_key_id())),
        ("secret access key", Some(credentials.secret_access_key())),
        ("session token", credentials.session_token()),
    ];
    for (part, text) in parts {
        let wrong = text.and_then(|text| text.chars().find(|c| !c.is_ascii_graphic()));
        if let Some(wrong) = wrong {
            let character = character_name(wrong);
            return Err(UnusableCredentials { part, character });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_ascii_can_be_sent() {
        let of = |id: &str, secret: &str, token: Option<&str>| {
            let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
            check(&credentials).map_err(|error| error.to_string())
        };
        assert_eq!(of("AKIA", "a/b+c=", None), Ok(()));
        assert_eq!(of("AKIA", "a/b+c=", Some("IQoJ//==")), Ok(()));
        for (id, secret, token, part, character) in [
            ("AKIA\n", "s", None, "access key ID", "a line feed"),
            (
                "AKIA",
                "s\r\n",
                None,
                "secret access key",
                "a carriage return",
            ),
            ("AKIA", "s", Some("t "), "session token", "a space"),
            ("AKIA", "\ts", None, "secret access key", "a tab"),
            (
                "AKIA\u{feff}",
                "s",
                None,
                "access key ID",
                "the character U+FEFF",
            ),
            (
                "AKIA",
                "s\0",
                None,
                "secret access key",
                "the character U+0000",
            ),
        ] {
            let error = of(id, secret, token).unwrap_err();
            assert!(
                error.starts_with(&format!("the {part} contains {character}:")),
                "{error}"
            );
        }
    }
}
