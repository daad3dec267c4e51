//! The API of a service as far as it is the same for all operations: services, parameters and errors.

mod auth_error;
mod error;
mod parameter_error;
mod parameter_type;
mod parameters;
mod service;
pub(crate) use self::error::ServiceError;
pub(crate) use self::parameter_error::ParameterError;
pub(crate) use self::parameter_type::{Parameter, ParameterType, TEXT, optional, required};
pub(crate) use self::parameters::Parameters;
pub(crate) use self::service::{Protocol, Service};
