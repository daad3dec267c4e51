//! The declaration of an operation.

use super::context::Context;
use crate::api::{Parameter, Service, ServiceError};
use crate::limits::RateLimit;
use serde_json::Value;

/// An operation and what is declared of it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) limit: Option<RateLimit>,
    /// Whether it needs a signature, and the permission that bears its name.
    pub(crate) signed: bool,
    pub(crate) run: fn(&mut Context<'_>) -> Result<Value, ServiceError>,
}

impl Operation {
    pub(crate) const fn new(
        service: Service,
        name: &'static str,
        parameters: &'static [Parameter],
        run: fn(&mut Context<'_>) -> Result<Value, ServiceError>,
    ) -> Self {
        Self {
            service,
            name,
            parameters,
            limit: None,
            signed: true,
            run,
        }
    }

    pub(crate) const fn limited(mut self, limit: RateLimit) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) const fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }
}
