//! A failed call -> why, in a word for machines and a sentence for people. Nothing of an answer but its error code is kept:
//! messages of AWS name principals.
use crate::observation::{Failure, Reason};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{error::Error, fmt};

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

impl CallError {
    /// Whether AWS answered with one of these error codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    pub(super) fn new<E, R>(
        call: &'static str,
        region: &str,
        home: bool,
        error: &SdkError<E, R>,
    ) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        let code = error.code().filter(|code| is_code(code)).map(str::to_owned);
        let reason = match error {
            SdkError::ServiceError(_) => match (reason_of(code.as_deref()), home) {
                // A region that is not enabled does not know the account's credentials.
                (Some(Reason::Credentials), false) if is_unknown_token(code.as_deref()) => {
                    Reason::RegionDisabled
                }
                (Some(reason), _) => reason,
                (None, _) => Reason::Other,
            },
            SdkError::TimeoutError(_) => Reason::Timeout,
            SdkError::ResponseError(_) => Reason::Malformed,
            _ if caused_by::<CredentialsError>(error) => Reason::Credentials,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Reason::Timeout,
            SdkError::DispatchFailure(_) => Reason::Network,
            _ => Reason::Other,
        };
        let answer = code.as_deref().unwrap_or("no error code");
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

/// Whether an error of that type is among the causes.
fn caused_by<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<T>() {
            return true;
        }
        cause = error.source();
    }
    false
}
