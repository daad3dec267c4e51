//! Errors of authentication and authorization.

use super::error::ServiceError;
use super::service::{Protocol, Service};
use crate::policy::Decision;

impl Service {
    /// The status of authentication errors: JSON 1.1 answers 400, all others 403.
    fn auth_error_status(self) -> u16 {
        if self.protocol() == Protocol::Json {
            400
        } else {
            403
        }
    }

    /// Picks the code of the query protocol or that of the JSON protocols.
    fn auth_error(self, query: &str, json: &str, message: impl Into<String>) -> ServiceError {
        let code = if self.protocol() == Protocol::Query {
            query
        } else {
            json
        };
        ServiceError::new(self.auth_error_status(), code, message)
    }

    pub(crate) fn unsigned(self) -> ServiceError {
        let message = "Missing Authentication Token";
        self.auth_error(
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            message,
        )
    }

    pub(crate) fn incomplete_signature(self, message: &str) -> ServiceError {
        self.auth_error(
            "IncompleteSignature",
            "IncompleteSignatureException",
            message,
        )
    }

    /// An unknown access key, a wrong token, or a region that the account has not enabled.
    pub(crate) fn unknown_client(self) -> ServiceError {
        let message = "The security token included in the request is invalid.";
        self.auth_error(
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            message,
        )
    }

    pub(crate) fn bad_signature(self, message: impl Into<String>) -> ServiceError {
        self.auth_error(
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            message,
        )
    }

    pub(crate) fn expired(self) -> ServiceError {
        let message = "The security token included in the request is expired";
        self.auth_error("ExpiredToken", "ExpiredTokenException", message)
    }

    /// The denial of an action by a principal's policy.
    pub(crate) fn denied(
        self,
        arn: &str,
        action: &str,
        resource: &str,
        decision: Decision,
    ) -> ServiceError {
        let because = match decision {
            Decision::ExplicitlyDenied => {
                "with an explicit deny in an identity-based policy".to_owned()
            }
            _ => format!("because no identity-based policy allows the {action} action"),
        };
        self.access_denied(format!(
            "User: {arn} is not authorized to perform: {action} on resource: {resource} {because}"
        ))
    }

    pub(crate) fn access_denied(self, message: impl Into<String>) -> ServiceError {
        self.auth_error("AccessDenied", "AccessDeniedException", message)
    }
}
