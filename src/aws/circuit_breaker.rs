//! A circuit breaker for each service in each region, all accounts together: few calls in progress until it has answered
//! at all, a share of all calls while it answers, and few while it does not. Then further calls are skipped at once, so
//! that a region that is cut off does not take the time of the others.
use super::{Call, Session, network::NoAnswer};
use crate::limits::{
    Concurrency, MAX_UNPROVEN_CALLS, UNANSWERED_MEMORY, UNANSWERED_TIMEOUT, waiting,
};
use root_model::failure::{Failure, Reason};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Notify, time::Instant};

/// The circuit breakers of all services and regions.
#[derive(Clone, Debug)]
pub(super) struct CircuitBreakers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Of which an endpoint that answers may have a share.
    concurrency: Concurrency,
    circuits: Mutex<HashMap<Endpoint, Circuit>>,
}

/// Part of a service, and region.
type Endpoint = (&'static str, Arc<str>);

#[derive(Debug, Default)]
struct Circuit {
    in_progress: usize,
    last_answer: Option<Instant>,
    /// When the first of the calls was sent that have got no answer since any call got one.
    unanswered_since: Option<Instant>,
    /// When the latest of them ended.
    last_unanswered: Option<Instant>,
    /// Whether the endpoint does not answer.
    open: bool,
    /// Why the latest call got no answer, if it is known.
    why: Option<NoAnswer>,
    /// Notified when a call may be sent.
    free: Arc<Notify>,
}

impl Circuit {
    /// A call has ended that was sent at that time, with this answer; `None` if it was cancelled.
    fn record(&mut self, sent: Option<Instant>, answer: Option<Answer>, now: Instant) {
        self.in_progress = self.in_progress.saturating_sub(1);
        if matches!(answer, Some(Answer::Some)) {
            self.last_answer = Some(now);
            (self.unanswered_since, self.last_unanswered, self.open) = (None, None, false);
            return;
        }
        // Others may have got an answer since.
        let no_other = |sent: &Instant| self.last_answer.is_none_or(|at| at < *sent);
        let Some(sent) = sent.filter(no_other) else {
            return;
        };
        match answer {
            Some(Answer::None(why)) => self.why = why,
            // One that was cancelled sooner, because its run has ended, says nothing.
            _ if now - sent <= UNANSWERED_TIMEOUT => return,
            _ => {}
        }
        // One connection that breaks is no reason to skip calls: the call is retried at once, and may well be answered.
        // Nor is one that breaks long after another did.
        let lately = |at| sent.saturating_duration_since(at) <= UNANSWERED_MEMORY;
        if !self.last_unanswered.is_some_and(lately) {
            self.unanswered_since = None;
        }
        self.last_unanswered = Some(now);
        let since = *self.unanswered_since.get_or_insert(sent);
        self.open |= now - since >= UNANSWERED_TIMEOUT;
    }
}

/// Permission for one call to an endpoint.
#[derive(Debug)]
pub(super) struct Permit {
    breakers: CircuitBreakers,
    endpoint: Endpoint,
    /// When the request was sent: time spent waiting for other limiters says nothing about the endpoint.
    sent: Option<Instant>,
    ended: Option<Answer>,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Answer {
    /// With an answer, be it an error.
    Some,
    /// Without one, and why.
    None(Option<NoAnswer>),
}

/// An endpoint does not answer, for this reason, and as many calls as may try it are in progress.
#[derive(Debug)]
struct Open(Option<NoAnswer>);

impl CircuitBreakers {
    pub(super) fn new(concurrency: Concurrency) -> Self {
        Self(Arc::new(Shared {
            concurrency,
            circuits: Mutex::default(),
        }))
    }

    /// Waits until a call may be sent.
    ///
    /// # Errors
    /// If the endpoint does not answer, and enough other calls are trying.
    pub(super) async fn acquire(&self, session: &Session, call: Call) -> Result<Permit, Failure> {
        let endpoint = (part(call), session.region.clone());
        loop {
            let free = self
                .lock()
                .entry(endpoint.clone())
                .or_default()
                .free
                .clone();
            // Enabled before the attempt, so that no notification in between is missed.
            let mut notified = pin!(free.notified());
            notified.as_mut().enable();
            match self.try_acquire(&endpoint) {
                Some(Ok(permit)) => return Ok(permit),
                Some(Err(Open(why))) => return Err(skipped(why.as_ref(), session, call)),
                None => {
                    let _own = waiting();
                    notified.await;
                }
            }
        }
    }

    /// `None` if the call has to wait.
    fn try_acquire(&self, endpoint: &Endpoint) -> Option<Result<Permit, Open>> {
        let mut circuits = self.lock();
        let circuit = circuits.entry(endpoint.clone()).or_default();
        let open = circuit.open;
        let proven = !open && circuit.last_answer.is_some();
        let max_calls = if proven {
            let share = self.0.concurrency.endpoint_share();
            share.max(MAX_UNPROVEN_CALLS)
        } else {
            MAX_UNPROVEN_CALLS
        };
        if circuit.in_progress >= max_calls {
            if proven {
                self.0.concurrency.want_more();
            }
            return open.then(|| Err(Open(circuit.why.clone())));
        }
        circuit.in_progress += 1;
        if proven && circuit.in_progress < max_calls {
            // The share may have grown since the last of those that wait was notified.
            circuit.free.notify_one();
        }
        Some(Ok(Permit {
            breakers: self.clone(),
            endpoint: endpoint.clone(),
            sent: None,
            ended: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Endpoint, Circuit>> {
        self.0
            .circuits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What of a service answers or hangs by itself. Look-ups of events are slow and many: nothing else waits for them.
fn part(call: Call) -> &'static str {
    match call.action {
        "cloudtrail:LookupEvents" => call.action,
        _ => call.service(),
    }
}

/// The failure of a call that is not sent: that of those which were.
fn skipped(why: Option<&NoAnswer>, session: &Session, call: Call) -> Failure {
    let place = session.place();
    let (reason, why) = match why {
        Some(why) => (why.reason(), why.message(session.region(), &place)),
        None => (
            Reason::Timeout,
            format!(
                "{}{place} does not respond: look for a proxy or firewall that holds answers back",
                call.service()
            ),
        ),
    };
    Failure {
        reason,
        call: call.action,
        message: format!(
            "skipped, and retried a few calls at a time, since other calls failed: {why}"
        ),
    }
}

impl Permit {
    /// The request is sent now.
    pub(super) fn sent(self) -> Self {
        // Moved as a whole, since it is dropped with care.
        let mut permit = self;
        permit.sent = Some(Instant::now());
        permit
    }

    /// The attempt has ended.
    pub(super) fn end(mut self, answer: Answer) {
        self.ended = Some(answer);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut circuits = self.breakers.lock();
        let Some(circuit) = circuits.get_mut(&self.endpoint) else {
            return;
        };
        let first = circuit.last_answer.is_none();
        circuit.record(self.sent, self.ended.take(), now);
        if first || circuit.open {
            circuit.free.notify_waiters();
        } else {
            circuit.free.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ENDPOINT_SHARE;
    use std::time::Duration;

    #[test]
    fn few_until_it_answers_and_few_when_it_does_not() {
        let breakers = CircuitBreakers::new(Concurrency::new(Some(64)));
        let endpoint = ("cloudtrail", Arc::from("af-south-1"));
        let acquire = || breakers.try_acquire(&endpoint);
        let mut many: Vec<_> = (0..MAX_UNPROVEN_CALLS)
            .map(|_| acquire().unwrap().unwrap())
            .collect();
        assert!(acquire().is_none(), "not known yet: to be waited for");
        many.pop().unwrap().sent().end(Answer::None(None));
        many.push(acquire().unwrap().unwrap());
        assert!(acquire().is_none(), "one says nothing: to be waited for");
        breakers.lock().get_mut(&endpoint).unwrap().open = true;
        assert!(acquire().unwrap().is_err());
        let elsewhere = ("cloudtrail", Arc::from("eu-west-1"));
        assert!(breakers.try_acquire(&elsewhere).unwrap().is_ok());
        // One that was cancelled at once says nothing; a refusal is an answer.
        drop(many.pop());
        many.push(acquire().unwrap().unwrap());
        many.pop().unwrap().end(Answer::Some);
        many.clear();
        let held: Vec<_> = (0..64).map_while(|_| acquire()).collect();
        assert_eq!(held.len(), 64 / ENDPOINT_SHARE, "a quarter of all");
    }

    #[test]
    fn it_opens_when_no_call_was_answered_for_a_while() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut circuit = Circuit::default();
        let mut end = |sent, answered: Option<bool>, now| {
            let answer = answered.map(|it| if it { Answer::Some } else { Answer::None(None) });
            circuit.record(Some(at(sent)), answer, at(now));
            circuit.open
        };
        assert!(!end(0, Some(false), 0), "a connection that breaks");
        assert!(!end(1, Some(false), 4), "and another");
        assert!(end(1, Some(false), 5), "none was answered for 5 s");
        assert!(!end(6, Some(true), 7), "an error is an answer too");
        assert!(!end(1, Some(false), 11), "another call was answered since");
        assert!(!end(8, Some(false), 8), "it begins anew");
        assert!(!end(9, None, 14), "cancelled, as a run's timeout does");
        assert!(end(9, None, 15), "cancelled late");
        assert!(!end(20, Some(true), 21));
        assert!(end(22, Some(false), 27), "a call that hangs");
        assert!(!end(30, Some(true), 31));
        assert!(!end(32, Some(false), 32));
        assert!(!end(99, Some(false), 99), "much later, one again");
    }
}
