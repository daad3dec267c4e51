//! How a request passes: route, authenticate, inject faults, limit the rate, authorize, check parameters, run, record.

mod calls;
mod rate_limiter;
mod simulation;
pub(crate) use self::simulation::Simulation;

use crate::api::{Parameters, Service, ServiceError};
use crate::clock::Timestamp;
use crate::faults::{self, CallTarget, ContentFault, Effect, TransportFault};
use crate::http::{HttpRequest, HttpResponse};
use crate::identity::{self, Authorization, Caller, CallerKind};
use crate::services::{Context, sts};
use crate::wire::{self, RoutedRequest};
use crate::world::history;
use crate::{ids, regions};
use serde_json::Value;
use std::time::Instant;
use time::Duration;

/// A response and how the server sends it.
#[derive(Debug)]
pub(crate) struct PreparedResponse {
    pub(crate) response: HttpResponse,
    pub(crate) delay: Duration,
    pub(crate) transport_fault: Option<TransportFault>,
}

impl Simulation {
    /// Handles an AWS request.
    pub(crate) fn handle(&mut self, request: &HttpRequest) -> PreparedResponse {
        let now = self.advance();
        self.requests += 1;
        let request_id = ids::uuid(&format!("{}/{}", self.requests, now.rfc3339_millis()));
        let latency = self.world.latency.0;
        let routed = match wire::route(request) {
            Ok(routed) => routed,
            Err((service, error)) => {
                self.record("", request, service, "unknown", &error.code);
                return PreparedResponse {
                    response: wire::error(service, &error, &request_id),
                    delay: latency,
                    transport_fault: None,
                };
            }
        };
        let operation = routed.operation;
        let caller = self.authenticate(request, &routed);
        let account = caller
            .as_ref()
            .map_or(String::new(), |caller| caller.account.clone());
        let root_key = match &caller {
            Ok(Caller {
                kind: CallerKind::Root(key),
                ..
            }) => Some(key.clone()),
            _ => None,
        };
        let mut effect = Effect::default();
        let result = caller.and_then(|caller| {
            let region = signing_region(request);
            effect = faults::inject(
                &mut self.world,
                &CallTarget {
                    account: &caller.account,
                    arn: &caller.arn,
                    region: &region,
                    service: operation.service,
                    operation: operation.name,
                    reuses_connection: request.reuses_connection,
                },
            );
            match effect.error.take() {
                Some(error) => Err(error),
                None => self.execute(routed, &caller, &region, now, effect.content_fault.as_ref()),
            }
        });
        if let Some(key) = root_key.filter(|_| operation.service == Service::Iam) {
            let error = result.as_ref().err();
            history::append_root_call(&mut self.world, &account, operation.name, key, error, now);
        }
        let outcome = match (&result, effect.transport_fault) {
            (Err(error), _) => error.code.as_str(),
            (Ok(_), Some(fault)) => fault.name(),
            (Ok(_), None) => effect
                .content_fault
                .as_ref()
                .map_or("ok", ContentFault::name),
        };
        let (service, name) = (operation.service, operation.name);
        self.record(&account, request, service, name, outcome);
        let mut response = match result {
            Ok(value) => wire::success(operation, &value, &request_id),
            Err(error) => wire::error(service, &error, &request_id),
        };
        let date = self.world.server_time().http_date();
        response.headers.push(("date", date));
        PreparedResponse {
            response,
            delay: latency + effect.delay,
            transport_fault: effect.transport_fault,
        }
    }

    fn authenticate(
        &self,
        request: &HttpRequest,
        routed: &RoutedRequest,
    ) -> Result<Caller, ServiceError> {
        if routed.operation.signed {
            let service = routed.operation.service;
            return identity::authenticate(&self.world, &self.sessions, request, service);
        }
        // Calls without a signature are recorded for the account of the role.
        let role = routed.sent.get("RoleArn").and_then(Value::as_str);
        let account = role.and_then(|arn| arn.split(':').nth(4));
        Ok(identity::anonymous(account.unwrap_or_default()))
    }

    /// Runs the operation; a content fault changes the request before and the result after.
    fn execute(
        &mut self,
        mut routed: RoutedRequest,
        caller: &Caller,
        region: &str,
        now: Timestamp,
        fault: Option<&ContentFault>,
    ) -> Result<Value, ServiceError> {
        if let Some(fault) = fault {
            fault.change_request(&mut routed.sent);
        }
        let mut result = self.run(&routed, caller, region, now)?;
        if let Some(fault) = fault {
            fault.change_result(&mut result, routed.operation, self.requests);
        }
        Ok(result)
    }

    fn run(
        &mut self,
        routed: &RoutedRequest,
        caller: &Caller,
        region: &str,
        now: Timestamp,
    ) -> Result<Value, ServiceError> {
        let operation = routed.operation;
        let service = operation.service;
        if let Some(limit) = operation.limit.filter(|_| self.world.rate_limits) {
            let region = regions::global_region(service, &caller.partition).unwrap_or(region);
            let account = &caller.account;
            let (limiter, instant) = (&mut self.rate_limiter, Instant::now());
            if !limiter.take(account, region, operation.name, limit, instant) {
                return Err(service.throttled());
            }
        }
        if operation.signed {
            let resource = sts::resource(&routed.sent, &caller.partition);
            let task_policy = sts::task_policy(&routed.sent);
            caller.authorize(service, operation.name, &resource, task_policy, &self.world)?;
        }
        let parameters = Parameters::check(&routed.sent, operation.parameters, routed.text_encoded)
            .map_err(|error| service.invalid(&error))?;
        (operation.run)(&mut Context {
            world: &mut self.world,
            sessions: &mut self.sessions,
            reports: &mut self.reports,
            caller,
            region,
            service,
            parameters,
            now,
        })
    }
}

/// The region that a request is signed for.
pub(crate) fn signing_region(request: &HttpRequest) -> String {
    let authorization = request.authorization().and_then(Authorization::parse);
    authorization.map_or_else(String::new, |it| it.region)
}
