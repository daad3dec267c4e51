//! One attempt of a call, below the SDK's retries: it waits for the limiters, is sent, and is observed once its response
//! has been read. Clients send within [`scope`] only.
use super::{
    Call, Session,
    circuit_breaker::{Answer, Permit},
    clock_skew,
    failure::{code_in, reason_of},
    network::NoAnswer,
    requests::Request,
};
use crate::limits::{ATTEMPT_TIMEOUT, Answered, Slot};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        interceptors::{Intercept, context::FinalizerInterceptorContextRef},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use root_model::failure::{Failure, Reason};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::time::{Instant, timeout_at};

tokio::task_local! {
    static CURRENT: Arc<CallInProgress>;
}

/// A call that the current task makes.
#[derive(Debug)]
pub(super) struct CallInProgress {
    pub(super) session: Session,
    pub(super) call: Call,
    /// The attempt that is under way: there is one at a time.
    attempt: Mutex<Option<Attempt>>,
    /// Whether an earlier attempt was throttled: the rate limiter slows down once for a call, however often it is retried.
    throttled: AtomicBool,
}

/// An attempt that was sent. What it holds is free again when it is dropped.
#[derive(Debug)]
struct Attempt {
    request: Request,
    /// `None` for `sts:AssumeRole`.
    circuit: Option<Permit>,
    _slot: Slot,
    deadline: Instant,
}

/// The attempt took longer than [`ATTEMPT_TIMEOUT`].
#[derive(Debug, thiserror::Error)]
#[error("the attempt took longer than {ATTEMPT_TIMEOUT:?}")]
pub(super) struct AttemptTimeout;

/// Makes a call: all attempts within `request` are those of `call`.
pub(super) fn scope<F: Future>(
    session: &Session,
    call: Call,
    request: F,
) -> impl Future<Output = F::Output> + use<F> {
    let current = CallInProgress {
        session: session.clone(),
        call,
        attempt: Mutex::default(),
        throttled: AtomicBool::new(false),
    };
    CURRENT.scope(Arc::new(current), request)
}

/// The call that the current task makes.
pub(super) fn current() -> Result<Arc<CallInProgress>, BoxError> {
    let current = CURRENT.try_with(Arc::clone);
    current.map_err(|_| "AWS is called outside of Session::call".into())
}

impl CallInProgress {
    /// When the attempt that is under way has to be over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        attempt.as_ref().map(|attempt| attempt.deadline)
    }

    fn replace(&self, attempt: Option<Attempt>) -> Option<Attempt> {
        let mut current = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut current, attempt)
    }

    /// Waits for the limiters.
    async fn begin(&self) -> Result<Instant, Failure> {
        let account = &self.session.account;
        let shared = &account.shared;
        account.rate_limiter.wait(&self.session, self.call).await?;
        let (circuit, slot) = if self.call == super::assume_role::ASSUME_ROLE {
            (None, shared.assume_role_slots.acquire().await)
        } else {
            let circuit = shared.circuits.acquire(&self.session, self.call).await?;
            (Some(circuit), shared.concurrency.acquire().await)
        };
        let deadline = Instant::now() + ATTEMPT_TIMEOUT;
        let circuit = circuit.map(Permit::sent);
        self.replace(Some(Attempt {
            request: shared.requests.sent(self.call),
            circuit,
            _slot: slot,
            deadline,
        }));
        Ok(deadline)
    }
}

/// The HTTP client of all SDK clients, which sends an attempt once the limiters allow it.
#[derive(Debug)]
pub(super) struct LimitedClient(pub(super) SharedHttpClient);

#[derive(Debug)]
struct LimitedConnector(SharedHttpConnector);

impl HttpClient for LimitedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(LimitedConnector(
            self.0.http_connector(settings, components),
        ))
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.0, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.0, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

impl HttpConnector for LimitedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.0.clone();
        HttpConnectorFuture::new(async move {
            let current = current().map_err(ConnectorError::user)?;
            // A skipped call fails at once: the SDK does not retry this kind of error.
            let deadline = current.begin().await;
            let deadline = deadline.map_err(|failure| ConnectorError::user(failure.into()))?;
            timeout_at(deadline, inner.call(request))
                .await
                .unwrap_or_else(|_| Err(ConnectorError::timeout(AttemptTimeout.into())))
        })
    }
}

/// Reports to counters, circuit breaker and rate limiter how each attempt ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObserveAttempts;

impl Intercept for ObserveAttempts {
    fn name(&self) -> &'static str {
        "ObserveAttempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let current = current()?;
        // There is none if a limiter skipped it: nothing was sent.
        let Some(attempt) = current.replace(None) else {
            return Ok(());
        };
        let now = Instant::now();
        let elapsed = now - (attempt.deadline - ATTEMPT_TIMEOUT);
        if let Some(answer) = context.response() {
            clock_skew::observe(&current.session.account.shared.clock, answer, elapsed);
        }
        let late = attempt.deadline <= now;
        let mut why = None;
        let outcome = match (context.output_or_error(), context.response()) {
            (Some(Ok(_)), _) => Outcome::Success,
            (_, Some(_)) if late => Outcome::Unanswered(Reason::Timeout),
            (_, Some(response)) => Outcome::of_error(response, &current.call),
            (Some(Err(error)), None) => {
                let connector = error.as_connector_error();
                why = connector.and_then(NoAnswer::of).cloned();
                let timeout = late || connector.is_some_and(ConnectorError::is_timeout);
                let reason = if timeout {
                    Reason::Timeout
                } else {
                    Reason::Network
                };
                Outcome::Unanswered(why.as_ref().map_or(reason, NoAnswer::reason))
            }
            (None, None) => Outcome::Unanswered(Reason::Network),
        };
        let answered = !matches!(outcome, Outcome::Unanswered(_));
        let throttled = outcome == Outcome::Failed(Some(Reason::Throttled));
        // A call that is retried is throttled once.
        let again = throttled && current.throttled.swap(true, Ordering::Relaxed);
        let account = &current.session.account;
        let (region, action) = (&current.session.region, current.call.action);
        if let Some(circuit) = attempt.circuit {
            // A refusal takes no time.
            let load = match outcome {
                Outcome::Success => Some(Answered::In(elapsed)),
                _ if throttled && !again => Some(Answered::Throttled),
                _ => None,
            };
            if let Some(load) = load {
                account.shared.concurrency.observe(action, region, load);
            }
            circuit.end(if answered {
                Answer::Some
            } else {
                Answer::None(why)
            });
        }
        if answered && !again {
            account.rate_limiter.record(region, action, throttled, now);
        }
        attempt.request.end(outcome.label());
        Ok(())
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Success,
    /// What was asked for is not there.
    Absent,
    /// An error code of AWS, and its reason where it has one of its own.
    Failed(Option<Reason>),
    /// There was no answer, for this reason.
    Unanswered(Reason),
}

impl Outcome {
    /// By the error code of a response that is not a success.
    fn of_error(response: &HttpResponse, call: &Call) -> Self {
        let header = response.headers().get("x-amzn-errortype");
        let body = response.body().bytes().unwrap_or_default();
        Self::of_code(code_in(header, body).as_deref(), call)
    }

    fn of_code(code: Option<&str>, call: &Call) -> Self {
        match reason_of(code) {
            _ if code.is_some_and(|code| call.is_absent(code)) => Self::Absent,
            Some(Reason::Timeout) => Self::Unanswered(Reason::Timeout),
            reason => Self::Failed(reason),
        }
    }

    /// The value of the `outcome` label.
    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Absent => "absent",
            Self::Failed(reason) => reason.map_or("error", Reason::as_str),
            Self::Unanswered(reason) => reason.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Outcome};

    #[test]
    fn what_a_call_accepts_is_absent_to_that_call_alone() {
        const PROFILE: Call = Call::new("iam:GetLoginProfile").absent(&[&["NoSuchEntity"]]);
        const KEYS: Call = Call::new("iam:ListAccessKeys");
        for (call, code, outcome) in [
            (PROFILE, Some("NoSuchEntity"), "absent"),
            (KEYS, Some("NoSuchEntity"), "error"),
            (PROFILE, Some("AccessDenied"), "access_denied"),
            (PROFILE, Some("Throttling"), "throttled"),
            (PROFILE, Some("RequestTimeout"), "timeout"),
            (PROFILE, Some("InternalFailure"), "error"),
            (PROFILE, None, "error"),
        ] {
            assert_eq!(Outcome::of_code(code, &call).label(), outcome, "{code:?}");
        }
    }
}
