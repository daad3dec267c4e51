//! How each AWS service says no: code, HTTP status and message.

use super::policy::Decision;
use super::services::{Protocol, Service};

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// What is wrong with a request's parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ParameterError {
    Unknown(String),
    Missing(String),
    WrongType(String),
    OutOfRange(String),
    NotAllowed(String),
}

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

    pub(crate) fn throttled(self) -> ServiceError {
        match self {
            Self::Iam | Self::Sts => ServiceError::new(400, "Throttling", "Rate exceeded"),
            Self::CloudTrail => ServiceError::new(400, "ThrottlingException", "Rate exceeded"),
            Self::GuardDuty => ServiceError::new(429, "ThrottlingException", "Rate exceeded"),
            Self::Organizations => ServiceError::new(
                400,
                "TooManyRequestsException",
                "AWS Organizations can't complete your request because another request is in progress",
            ),
            Self::Account => ServiceError::new(429, "TooManyRequestsException", "Rate exceeded"),
        }
    }

    /// The service's validation error.
    pub(crate) fn invalid(self, error: &ParameterError) -> ServiceError {
        let message = match error {
            ParameterError::Unknown(name) => format!("The parameter '{name}' is not known"),
            ParameterError::Missing(name) => format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ),
            ParameterError::WrongType(name) => format!("The value of '{name}' has the wrong type"),
            ParameterError::OutOfRange(name) => format!(
                "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must be in the permitted range"
            ),
            ParameterError::NotAllowed(name) => format!(
                "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must satisfy enum value set"
            ),
        };
        let code = match (self, error) {
            (Self::Iam | Self::Sts, _) => "ValidationError",
            (Self::GuardDuty, _) => "BadRequestException",
            (Self::CloudTrail | Self::Organizations, ParameterError::WrongType(_)) => {
                "SerializationException"
            }
            (Self::CloudTrail, ParameterError::OutOfRange(name)) if name == "MaxResults" => {
                "InvalidMaxResultsException"
            }
            (Self::CloudTrail, ParameterError::NotAllowed(name)) if name == "EventCategory" => {
                "InvalidEventCategoryException"
            }
            (Self::CloudTrail, ParameterError::NotAllowed(_)) => "InvalidLookupAttributesException",
            (Self::Organizations, _) => "InvalidInputException",
            (Self::CloudTrail | Self::Account, _) => "ValidationException",
        };
        ServiceError::new(400, code, message)
    }
}
