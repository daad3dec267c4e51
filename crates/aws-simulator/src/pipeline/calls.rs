//! The record of calls, which tests read over the control API.

use super::signing_region;
use super::simulation::Simulation;
use crate::api::Service;
use crate::http::HttpRequest;

/// What calls are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallKey {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) result: String,
}

impl Simulation {
    pub(super) fn record(
        &mut self,
        account: &str,
        request: &HttpRequest,
        service: Service,
        operation: &'static str,
        result: &str,
    ) {
        let call = CallKey {
            account: account.to_owned(),
            region: signing_region(request),
            service: service.name(),
            operation,
            result: result.to_owned(),
        };
        *self.calls.entry(call).or_default() += 1;
    }
}
