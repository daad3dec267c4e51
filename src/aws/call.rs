//! A call of one AWS action: what it is called, and which error codes are an answer to it.
use root_model::failure::Failure;
use std::fmt;

/// An AWS action, with the error codes that answer it by "not there".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The action, as IAM spells it (`iam:GetAccountSummary`).
    pub action: &'static str,
    /// Error codes which say that what was asked for is not there (yet), by meaning. The collector takes them for an
    /// answer, and they are counted with outcome `absent`.
    pub absent: &'static [&'static [&'static str]],
}

impl Call {
    /// A call that every error code fails.
    #[must_use]
    pub const fn new(action: &'static str) -> Self {
        Self {
            action,
            absent: &[],
        }
    }

    /// The same call, to which these error codes are an answer.
    #[must_use]
    pub const fn absent(self, codes: &'static [&'static [&'static str]]) -> Self {
        Self {
            absent: codes,
            ..self
        }
    }

    /// Whether that error code is an answer to this call.
    #[must_use]
    pub fn is_absent(&self, code: &str) -> bool {
        self.absent.iter().any(|codes| codes.contains(&code))
    }

    /// A response that lacks what AWS documents it to have.
    pub fn malformed(&self, what: impl fmt::Display) -> Failure {
        Failure::malformed(self.action, what)
    }

    /// A response about something in an account that was not asked.
    pub fn of_another_account(&self, what: impl fmt::Display) -> Failure {
        self.malformed(format_args!("{what} is of another account, so nothing of it is used; look for a proxy or an endpoint that mixes up accounts"))
    }

    /// The service, as in the `service` label.
    pub(super) fn service(&self) -> &'static str {
        self.action
            .split_once(':')
            .map_or("", |(service, _)| service)
    }

    /// The operation, as in the `operation` label.
    pub(super) fn operation(&self) -> &'static str {
        self.action
            .split_once(':')
            .map_or(self.action, |(_, operation)| operation)
    }
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn an_answer_to_one_call_is_none_to_another() {
        const PROFILE: Call = Call::new("iam:GetLoginProfile").absent(&[&["NoSuchEntity"]]);
        const KEYS: Call = Call::new("iam:ListAccessKeys");
        assert!(PROFILE.is_absent("NoSuchEntity") && !PROFILE.is_absent("AccessDenied"));
        assert!(!KEYS.is_absent("NoSuchEntity"));
        assert_eq!(
            (KEYS.service(), KEYS.operation()),
            ("iam", "ListAccessKeys")
        );
    }
}
