//! Errors about parameters, as each service words them.

use super::error::ServiceError;
use super::service::Service;

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
}
