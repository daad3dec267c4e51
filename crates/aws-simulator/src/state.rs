//! The running simulation: every request passes here, from signature to answer, one at a time.

use super::bend::ContentFault;
use super::clock::{Clock, Timestamp};
use super::failure::ServiceError;
use super::faults::{self, CallTarget};
use super::identity::{self, Caller, CallerKind, Session};
use super::limits::RateLimiter;
use super::parameters::Parameters;
use super::services::{Context, Service, sts};
use super::signature::{Authorization, HttpRequest};
use super::spoil::TransportFault;
use super::story::Progress;
use super::wire::{self, HttpResponse, RoutedRequest};
use super::world::World;
use super::{Scenario, events, ids, regions, report, scenario};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;
use time::Duration;

/// The world and all that is not written in it.
#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) calls: BTreeMap<CallKey, u64>,
    reports: HashMap<String, CredentialReport>,
    buckets: RateLimiter,
    progress: Progress,
    requests: u64,
}

/// A kind of call, for tests to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CallKey {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) result: String,
}

/// A credential report.
#[derive(Clone, Debug)]
pub(crate) struct CredentialReport {
    pub(crate) generated: Timestamp,
    pub(crate) ready: Timestamp,
    pub(crate) content: String,
}

/// What goes out, and how.
#[derive(Debug)]
pub(crate) struct PreparedResponse {
    pub(crate) answer: HttpResponse,
    pub(crate) delay: Duration,
    pub(crate) transport_fault: Option<TransportFault>,
}

impl Simulation {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let Scenario { world, start } = scenario;
        Self {
            clock: Clock::new(start, world.speed),
            progress: Progress::new(start),
            world,
            sessions: HashMap::new(),
            calls: BTreeMap::new(),
            reports: HashMap::new(),
            buckets: RateLimiter::default(),
            requests: 0,
        }
    }

    /// World time, after all that has happened until then.
    pub(crate) fn advance(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.progress.advance(&mut self.world, now);
        self.world.clock = Some(now);
        now
    }

    /// Changes the world by a merge patch, or says why not.
    pub(crate) fn patch(&mut self, patch: &Value) -> Result<(), String> {
        let now = self.advance();
        let world = scenario::patched(&self.world, patch, now)?;
        let start = world.clock.unwrap_or(now);
        super::story::validate(&world, start)?;
        if patch.get("clock").is_some() || patch.get("speed").is_some() {
            self.clock = Clock::new(start, world.speed);
        }
        if patch.get("story").is_some() {
            self.progress = Progress::new(start);
        }
        self.world = world;
        Ok(())
    }

    /// Answers an AWS request.
    pub(crate) fn handle(&mut self, request: &HttpRequest) -> PreparedResponse {
        let now = self.advance();
        self.requests += 1;
        let request_id = ids::uuid(&format!("{}/{}", self.requests, now.rfc3339_millis()));
        let mut prepared = PreparedResponse {
            answer: HttpResponse {
                status: 200,
                headers: Vec::new(),
                body: String::new(),
            },
            delay: self.world.latency.0,
            transport_fault: None,
        };
        let mut routed = match wire::route(request) {
            Ok(routed) => routed,
            Err((service, failure)) => {
                self.record("", request, service, "unknown", &failure.code);
                prepared.answer = wire::failure(service, &failure, &request_id);
                return prepared;
            }
        };
        let operation = routed.operation;
        let caller = if operation.signed {
            identity::authenticate(self, request, operation)
        } else {
            let role = routed
                .sent
                .get("RoleArn")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Ok(identity::anonymous(
                role.split(':').nth(4).unwrap_or_default(),
            ))
        };
        let account = caller
            .as_ref()
            .map_or(String::new(), |caller| caller.account.clone());
        let root_session = match &caller {
            Ok(Caller {
                who: CallerKind::Root(key),
                ..
            }) => Some(key.clone()),
            _ => None,
        };
        let mut content_fault = None;
        let result = caller.and_then(|caller| {
            let region = region(request);
            let target = CallTarget {
                account: &caller.account,
                arn: &caller.arn,
                region: &region,
                service: operation.service,
                operation: operation.name,
            };
            let effect = faults::inject(&mut self.world, &target);
            prepared.delay += effect.delay;
            prepared.transport_fault = effect.transport_fault;
            content_fault = effect.content_fault;
            if let Some(failure) = effect.failure {
                return Err(failure);
            }
            let Some(content_fault) = content_fault else {
                return self.run(&routed, &caller, &region, now);
            };
            content_fault.change_request(&mut routed.sent);
            let mut answer = self.run(&routed, &caller, &region, now)?;
            content_fault.change_answer(&mut answer, operation, self.requests);
            Ok(answer)
        });
        if let Some(key) = root_session.filter(|_| operation.service == Service::Iam) {
            let failure = result.as_ref().err();
            events::append_root_call(&mut self.world, &account, operation.name, key, failure, now);
        }
        let outcome = match (&result, prepared.transport_fault) {
            (Err(failure), _) => failure.code.as_str(),
            (Ok(_), Some(transport_fault)) => transport_fault.name(),
            (Ok(_), None) => content_fault.map_or("ok", ContentFault::name),
        };
        self.record(
            &account,
            request,
            operation.service,
            operation.name,
            outcome,
        );
        prepared.answer = match result {
            Ok(value) => wire::success(operation, &value, &request_id),
            Err(failure) => wire::failure(operation.service, &failure, &request_id),
        };
        prepared
    }

    fn run(
        &mut self,
        routed: &RoutedRequest,
        caller: &Caller,
        region: &str,
        now: Timestamp,
    ) -> Result<Value, ServiceError> {
        let operation = routed.operation;
        if let Some(limit) = operation.limit.filter(|_| self.world.rate_limits) {
            let place =
                regions::global_region(operation.service, &caller.partition).unwrap_or(region);
            if !self.buckets.take(
                &caller.account,
                place,
                operation.name,
                limit,
                Instant::now(),
            ) {
                return Err(operation.service.throttled());
            }
        }
        if operation.signed {
            let resource = sts::resource(&routed.sent, &caller.partition);
            let task = sts::task_policy(&routed.sent);
            caller.authorize(operation, &resource, task, &self.world)?;
        }
        let parameters = Parameters::check(&routed.sent, operation.parameters, routed.text_encoded)
            .map_err(|error| operation.service.invalid(&error))?;
        let service = operation.service;
        (operation.run)(&mut Context {
            simulation: self,
            caller,
            region,
            service,
            parameters,
            now,
        })
    }

    fn record(
        &mut self,
        account: &str,
        request: &HttpRequest,
        service: Service,
        operation: &'static str,
        result: &str,
    ) {
        let call = CallKey {
            account: account.to_owned(),
            region: region(request),
            service: service.name(),
            operation,
            result: result.to_owned(),
        };
        *self.calls.entry(call).or_default() += 1;
    }

    /// The account's credential report, if there is one; the world says when it was made.
    pub(crate) fn report(&mut self, id: &str) -> Option<CredentialReport> {
        let account = self.world.accounts.get(id)?;
        let generated = account.report_generated?;
        let known = self
            .reports
            .get(id)
            .filter(|report| report.generated == generated);
        let mut report = known.cloned().unwrap_or_else(|| CredentialReport {
            generated,
            ready: generated,
            content: report::csv(id, account),
        });
        self.reports.insert(id.to_owned(), report.clone());
        if let Some(text) = &account.report_csv {
            report.content.clone_from(text);
        }
        Some(report)
    }

    /// Starts to make a credential report.
    pub(crate) fn start_report(&mut self, id: &str, now: Timestamp) {
        let ready = now + self.world.report_delay.0;
        let Some(account) = self.world.accounts.get_mut(id) else {
            return;
        };
        account.report_generated = Some(now);
        let report = CredentialReport {
            generated: now,
            ready,
            content: report::csv(id, account),
        };
        self.reports.insert(id.to_owned(), report);
    }
}

/// The region that a request is signed for.
fn region(request: &HttpRequest) -> String {
    let authorization = request.authorization().and_then(Authorization::parse);
    authorization.map_or_else(String::new, |it| it.region)
}
