//! A failed call -> its reason and a message with a remedy. Of AWS's error only the code is kept: its message names
//! principals.
use super::{
    Call, Session, attempt::AttemptTimeout, clock_skew, network::NoAnswer,
    regions::is_default_region,
};
use crate::limits::MAX_RESPONSE_BYTES;
use aws_credential_types::provider::error::CredentialsError;
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
    /// Whether the code is an answer to the call: what was asked for is not there (yet).
    pub absent: bool,
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
            absent: false,
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

    pub(super) fn new<E>(call: Call, session: &Session, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        // Missing credentials and skipped calls bring their own failure.
        if let Some(failure) = cause::<Failure>(error) {
            return failure.clone().into();
        }
        let code = error.code().filter(|code| is_code(code)).map(str::to_owned);
        let reason = reason(error, code.as_deref(), session.region());
        Self {
            absent: code.as_deref().is_some_and(|code| call.is_absent(code)),
            failure: Failure {
                reason,
                call: call.action,
                message: message(reason, call, session, error, code.as_deref()),
            },
            code,
        }
    }
}

fn reason<E>(error: &SdkError<E, HttpResponse>, code: Option<&str>, region: &str) -> Reason
where
    E: Error + 'static,
{
    if let Some(why) = cause::<NoAnswer>(error) {
        return why.reason();
    }
    match error {
        SdkError::ServiceError(answer) => match reason_of(code) {
            // A region that is not enabled does not know the account's credentials.
            Some(Reason::Credentials) if is_unknown_token(code) && !is_default_region(region) => {
                Reason::RegionDisabled
            }
            Some(reason) => reason,
            // Errors of AWS have a code.
            None if code.is_none() && !answer.raw().status().is_server_error() => Reason::Malformed,
            None => Reason::Other,
        },
        _ if cause::<AttemptTimeout>(error).is_some() => Reason::Timeout,
        SdkError::TimeoutError(_) => Reason::Timeout,
        SdkError::ResponseError(_) => Reason::Malformed,
        _ if cause::<CredentialsError>(error).is_some() => Reason::Credentials,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Reason::Timeout,
        // What the network did has been said above: what is left was never sent.
        _ => Reason::Other,
    }
}

/// What happened and what to do.
fn message<E>(
    reason: Reason,
    call: Call,
    session: &Session,
    error: &SdkError<E, HttpResponse>,
    code: Option<&str>,
) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (action, place) = (call.action, session.place());
    if let Some(why) = cause::<NoAnswer>(error) {
        return why.message(session.region(), &place);
    }
    let code = code.unwrap_or("no error code");
    match reason {
        Reason::AccessDenied => format!(
            "access denied{place} ({code}): add {action} to the exporter's policy (`aws-root-exporter docs iam-policy` prints it), or look for a service control policy or permissions boundary that denies it"
        ),
        Reason::Throttled => format!(
            "throttled by AWS{place} ({code}). The call is retried; if this lasts, set a longer interval for the collector"
        ),
        Reason::Timeout => format!(
            "no response in time{place}, although there was a connection. The call is retried; if this lasts, look for a proxy or firewall that holds answers back"
        ),
        Reason::Network | Reason::Dns | Reason::Tls | Reason::Proxy => {
            format!("no connection to AWS{place}. The call is retried")
        }
        Reason::RegionDisabled => format!(
            "the region is not enabled for the account{place} ({code}): remove it from `regions` or `AWS_REGION`, or enable it; if it is enabled, the access key is not valid"
        ),
        Reason::Credentials if clock_skew::is_clock_skew(Some(code), error.message()) => {
            clock_skew::message(session.account.shared.clock.host_ahead())
        }
        Reason::Credentials => format!(
            "no valid credentials ({code}): check the role, profile or environment of the exporter"
        ),
        Reason::Malformed if cause::<LengthLimitError>(error).is_some() => format!(
            "the response{place} is larger than {} MB: look for a proxy that changes responses",
            MAX_RESPONSE_BYTES >> 20
        ),
        Reason::Malformed => format!(
            "the response{place} is not as AWS documents it: look for a proxy that changes responses"
        ),
        Reason::Other if matches!(error, SdkError::DispatchFailure(_)) => format!(
            "the request{place} could not be made: check the endpoint URLs of environment and profile; they cannot be combined with AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT"
        ),
        Reason::Other => format!("AWS returned an error{place} ({code}). The call is retried"),
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

/// An error code is a short word; other text may name principals and is not repeated.
pub(super) fn is_code(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// The error code of a response, by its header, or else by its JSON or XML body.
pub(super) fn code_in(header: Option<&str>, body: &[u8]) -> Option<String> {
    let code = match header {
        Some(header) => header.split(':').next().map(str::to_owned),
        None => code_in_body(body),
    };
    code.filter(|code| is_code(code))
}

fn code_in_body(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some(xml) = text.split("<Code>").nth(1) {
        return xml.split('<').next().map(str::to_owned);
    }
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let code = json.get("__type").or_else(|| json.get("code"))?.as_str()?;
    code.rsplit('#').next().map(str::to_owned)
}

/// The first error of that type among the causes.
pub(super) fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::code_in;

    #[test]
    fn codes_in_headers_and_bodies() {
        let xml = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
        assert_eq!(code_in(None, xml).as_deref(), Some("Throttling"));
        let json = br#"{"__type":"com.amazonaws#TooManyRequestsException","message":"x"}"#;
        assert_eq!(
            code_in(None, json).as_deref(),
            Some("TooManyRequestsException")
        );
        let header = Some("AccessDeniedException:http://internal.amazon.com/");
        assert_eq!(
            code_in(header, xml).as_deref(),
            Some("AccessDeniedException")
        );
        assert_eq!(code_in(None, b"<html>"), None);
    }
}
