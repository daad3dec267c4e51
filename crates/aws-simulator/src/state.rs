//! The running simulation: every request passes here, from signature to answer, one at a time.

use super::bend::Bent;
use super::clock::{Clock, Time};
use super::failure::Failure;
use super::faults::{self, Target};
use super::identity::{self, Caller, Session, Who};
use super::limits::Buckets;
use super::parameters::Parameters;
use super::services::{Context, Service, sts};
use super::signature::{Authorization, Incoming};
use super::spoil::Spoilt;
use super::story::Progress;
use super::wire::{self, Answer, Routed};
use super::world::World;
use super::{Scenario, events, ids, regions, report, scenario};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;
use time::Duration;

/// The world and all that is not written in it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) calls: BTreeMap<Call, u64>,
    reports: HashMap<String, Report>,
    buckets: Buckets,
    progress: Progress,
    requests: u64,
}

/// A kind of call, for tests to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) result: String,
}

/// A credential report.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) generated: Time,
    pub(crate) ready: Time,
    pub(crate) content: String,
}

/// What goes out, and how.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) answer: Answer,
    pub(crate) delay: Duration,
    pub(crate) spoilt: Option<Spoilt>,
}

impl State {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let Scenario { world, start } = scenario;
        Self {
            clock: Clock::new(start, world.speed),
            progress: Progress::new(start),
            world,
            sessions: HashMap::new(),
            calls: BTreeMap::new(),
            reports: HashMap::new(),
            buckets: Buckets::default(),
            requests: 0,
        }
    }

    /// World time, after all that has happened until then.
    pub(crate) fn advance(&mut self) -> Time {
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
        super::story::rehearse(&world, start)?;
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
    pub(crate) fn answer(&mut self, request: &Incoming) -> Outgoing {
        let now = self.advance();
        self.requests += 1;
        let request_id = ids::uuid(&format!("{}/{}", self.requests, now.iso_millis()));
        let mut outgoing = Outgoing {
            answer: Answer {
                status: 200,
                headers: Vec::new(),
                body: String::new(),
            },
            delay: self.world.latency.0,
            spoilt: None,
        };
        let mut routed = match wire::route(request) {
            Ok(routed) => routed,
            Err((service, failure)) => {
                self.record("", request, service, "unknown", &failure.code);
                outgoing.answer = wire::failure(service, &failure, &request_id);
                return outgoing;
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
                who: Who::Root(key),
                ..
            }) => Some(key.clone()),
            _ => None,
        };
        let mut bent = None;
        let result = caller.and_then(|caller| {
            let region = region(request);
            let target = Target {
                account: &caller.account,
                arn: &caller.arn,
                region: &region,
                service: operation.service,
                operation: operation.name,
            };
            let harm = faults::strike(&mut self.world, &target);
            outgoing.delay += harm.delay;
            outgoing.spoilt = harm.spoilt;
            bent = harm.bent;
            if let Some(failure) = harm.failure {
                return Err(failure);
            }
            let Some(bent) = bent else {
                return self.run(&routed, &caller, &region, now);
            };
            bent.bend_request(&mut routed.sent);
            let mut answer = self.run(&routed, &caller, &region, now)?;
            bent.bend_answer(&mut answer, operation, self.requests);
            Ok(answer)
        });
        if let Some(key) = root_session.filter(|_| operation.service == Service::Iam) {
            let failure = result.as_ref().err();
            events::observe(&mut self.world, &account, operation.name, key, failure, now);
        }
        let outcome = match (&result, outgoing.spoilt) {
            (Err(failure), _) => failure.code.as_str(),
            (Ok(_), Some(spoilt)) => spoilt.name(),
            (Ok(_), None) => bent.map_or("ok", Bent::name),
        };
        self.record(
            &account,
            request,
            operation.service,
            operation.name,
            outcome,
        );
        outgoing.answer = match result {
            Ok(value) => wire::success(operation, &value, &request_id),
            Err(failure) => wire::failure(operation.service, &failure, &request_id),
        };
        outgoing
    }

    fn run(
        &mut self,
        routed: &Routed,
        caller: &Caller,
        region: &str,
        now: Time,
    ) -> Result<Value, Failure> {
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
        let parameters = Parameters::check(&routed.sent, operation.parameters, routed.textual)
            .map_err(|problem| operation.service.invalid(&problem))?;
        let service = operation.service;
        (operation.run)(&mut Context {
            state: self,
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
        request: &Incoming,
        service: Service,
        operation: &'static str,
        result: &str,
    ) {
        let call = Call {
            account: account.to_owned(),
            region: region(request),
            service: service.name(),
            operation,
            result: result.to_owned(),
        };
        *self.calls.entry(call).or_default() += 1;
    }

    /// The account's credential report, if there is one; the world says when it was made.
    pub(crate) fn report(&mut self, id: &str) -> Option<Report> {
        let account = self.world.accounts.get(id)?;
        let generated = account.report_generated?;
        let known = self
            .reports
            .get(id)
            .filter(|report| report.generated == generated);
        let mut report = known.cloned().unwrap_or_else(|| Report {
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
    pub(crate) fn start_report(&mut self, id: &str, now: Time) {
        let ready = now + self.world.report_delay.0;
        let Some(account) = self.world.accounts.get_mut(id) else {
            return;
        };
        account.report_generated = Some(now);
        let report = Report {
            generated: now,
            ready,
            content: report::csv(id, account),
        };
        self.reports.insert(id.to_owned(), report);
    }
}

/// The region that a request is signed for.
fn region(request: &Incoming) -> String {
    let authorization = request.authorization().and_then(Authorization::parse);
    authorization.map_or_else(String::new, |it| it.region)
}
