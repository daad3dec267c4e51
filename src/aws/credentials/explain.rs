//! An error of an SDK's provider -> what happened, for people. Of an answer only its error code or status is kept.
use super::{
    super::{
        failure::{cause, is_code},
        network::NoAnswer,
    },
    LoadError,
};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::operation::{
    assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{error::Error, io};

/// What an attempt to load credentials came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// AWS answered with this error code.
    Refused(String),
    /// There was no answer, for a reason that the network has told.
    NoAnswer(NoAnswer),
    /// There was no answer.
    Unreachable,
    /// A file could not be read.
    File(io::ErrorKind),
    /// An answer had this HTTP status.
    Status(String),
    Invalid,
    Other,
}

impl Cause {
    pub(super) fn of(error: &CredentialsError) -> Self {
        if let Some(code) = code(error) {
            return Self::Refused(code);
        }
        if let Some(why) = cause::<NoAnswer>(error) {
            return Self::NoAnswer(why.clone());
        }
        if cause::<ConnectorError>(error).is_some() {
            return Self::Unreachable;
        }
        if let Some(error) = cause::<io::Error>(error) {
            return Self::File(error.kind());
        }
        if let Some(status) = status(error) {
            return Self::Status(status);
        }
        match error {
            CredentialsError::ProviderTimedOut(_) => Self::Unreachable,
            CredentialsError::InvalidConfiguration(_) => Self::Invalid,
            _ => Self::Other,
        }
    }

    /// What it means where a part of the host or of the container was asked: a proxy or a name server is not between.
    pub(super) fn by_local(&self, whom: &str) -> String {
        match self {
            Self::NoAnswer(_) | Self::Unreachable => format!("{whom} did not answer"),
            cause => cause.by(whom).message,
        }
    }

    /// What it means where `whom` was asked.
    pub(super) fn by(&self, whom: &str) -> LoadError {
        let message = match self {
            Self::NoAnswer(why) => {
                return LoadError {
                    reason: why.reason(),
                    message: format!("{whom}: {}", why.message("", "")),
                };
            }
            Self::Refused(code) => format!("{whom} refused ({code})"),
            Self::Unreachable => format!("{whom} did not answer: check the network, proxy and DNS"),
            Self::File(kind) => format!("its token file cannot be read: {kind}"),
            Self::Status(status) => format!("{whom} answered with HTTP status {status}"),
            Self::Invalid => "its configuration is not valid".to_owned(),
            Self::Other => format!("{whom} did not answer with credentials"),
        };
        message.into()
    }
}

fn code(error: &CredentialsError) -> Option<String> {
    let by_token = || cause::<AssumeRoleWithWebIdentityError>(error)?.code();
    let by_role = || cause::<AssumeRoleError>(error)?.code();
    let by_sso = || cause::<GetRoleCredentialsError>(error)?.code();
    let code = by_token().or_else(by_role).or_else(by_sso);
    code.filter(|code| is_code(code)).map(str::to_owned)
}

/// The status in the text of an error: the SDK keeps it nowhere else.
fn status(error: &CredentialsError) -> Option<String> {
    let mut error: Option<&dyn Error> = Some(error);
    while let Some(this) = error {
        let text = this.to_string();
        let digits = text
            .split("StatusCode(")
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        if let Some(digits) = digits.filter(|it| it.bytes().all(|b| b.is_ascii_digit())) {
            return Some(digits.to_owned());
        }
        error = this.source();
    }
    None
}
