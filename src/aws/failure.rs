//! A failed call -> why, in a word for machines and a sentence for people. Nothing of an answer but its error code is kept:
//! messages of AWS name principals.
use super::{bound::LARGEST, regions::is_default_region};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::{
    assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;
use root_model::failure::{Failure, Reason};
use std::error::Error;

/// A call that failed.
#[derive(Clone, Debug)]
pub struct CallError {
    /// AWS's error code, if AWS answered with one.
    pub code: Option<String>,
    /// The failure as it is reported.
    pub failure: Failure,
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        error.failure
    }
}

/// A failure before AWS could answer.
impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self {
            code: None,
            failure,
        }
    }
}

impl CallError {
    /// Whether AWS answered with one of these error codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    pub(super) fn new<E>(
        call: &'static str,
        region: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        // Credentials that could not be had tell themselves why.
        if let Some(failure) = cause::<Failure>(error) {
            return failure.clone().into();
        }
        let code = error.code().filter(|code| is_code(code)).map(str::to_owned);
        let reason = match error {
            SdkError::ServiceError(answer) => match reason_of(code.as_deref()) {
                // A region that is not enabled does not know the account's credentials.
                Some(Reason::Credentials)
                    if is_unknown_token(code.as_deref()) && !is_default_region(region) =>
                {
                    Reason::RegionDisabled
                }
                Some(reason) => reason,
                // AWS's own refusals have a code.
                None if code.is_none() && !answer.raw().status().is_server_error() => {
                    Reason::Malformed
                }
                None => Reason::Other,
            },
            SdkError::TimeoutError(_) => Reason::Timeout,
            SdkError::ResponseError(_) => Reason::Malformed,
            _ if cause::<CredentialsError>(error).is_some() => Reason::Credentials,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Reason::Timeout,
            SdkError::DispatchFailure(_) => Reason::Network,
            _ => Reason::Other,
        };
        let answer = match (code.as_deref(), cause::<CredentialsError>(error)) {
            (Some(code), _) => code,
            (None, Some(refused)) => sts_code(error).unwrap_or_else(|| why_no_credentials(refused)),
            (None, None) => "no error code",
        };
        let message = match reason {
            Reason::AccessDenied => format!(
                "not allowed in {region} ({answer}): add {call} to the exporter's policy (`docs iam-policy` prints it), or look for a service control policy or permissions boundary that denies it"
            ),
            Reason::Throttled => format!(
                "AWS asked to slow down in {region} ({answer}); it is tried again, and a longer interval for the collector helps"
            ),
            Reason::Timeout => format!("no answer in time from {region}; it is tried again"),
            Reason::Network => format!(
                "no connection to AWS in {region}, or it broke: check the network, proxy and DNS, and whether the service exists in that region"
            ),
            Reason::RegionDisabled => format!(
                "region {region} is not enabled for the account ({answer}): take it out of `regions`, or enable it"
            ),
            Reason::Credentials => format!(
                "no valid credentials ({answer}): check the role, profile or environment that the exporter runs with"
            ),
            Reason::Malformed if cause::<LengthLimitError>(error).is_some() => format!(
                "the answer from {region} is larger than {} MB: look for a proxy that changes answers",
                LARGEST >> 20
            ),
            Reason::Malformed => format!(
                "the answer from {region} is not as AWS documents it: look for a proxy that changes answers"
            ),
            Reason::Other => {
                format!("{region} answered with an error ({answer}); it is tried again")
            }
        };
        Self {
            code,
            failure: Failure {
                reason,
                call,
                message,
            },
        }
    }
}

/// What AWS's error code means; `None` if it is particular to the operation.
pub(super) fn reason_of(code: Option<&str>) -> Option<Reason> {
    Some(match code? {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "NotAuthorized"
        | "UnauthorizedAccess" => Reason::AccessDenied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "LimitExceeded" => Reason::Throttled,
        "OptInRequired" | "RegionDisabledException" => Reason::RegionDisabled,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "AuthFailure"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InvalidIdentityToken"
        | "InvalidIdentityTokenException" => Reason::Credentials,
        "RequestTimeout" | "RequestTimeoutException" => Reason::Timeout,
        _ => return None,
    })
}

fn is_unknown_token(code: Option<&str>) -> bool {
    matches!(
        code,
        Some("UnrecognizedClientException" | "InvalidClientTokenId" | "AuthFailure")
    )
}

/// An error code is a short word; anything else is not repeated to people.
pub(super) fn is_code(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// The code with which STS refused to issue credentials, if that is the cause.
fn sts_code<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
    let by_token = || cause::<AssumeRoleWithWebIdentityError>(error)?.code();
    let by_role = || cause::<AssumeRoleError>(error)?.code();
    by_token().or_else(by_role).filter(|code| is_code(code))
}

fn why_no_credentials(error: &CredentialsError) -> &'static str {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => "none were found",
        CredentialsError::ProviderTimedOut(_) => "their source did not answer in time",
        CredentialsError::InvalidConfiguration(_) => "their configuration is not valid",
        _ => "their source answered with an error",
    }
}

/// The first error of that type among the causes.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
