//! Endpoints that answer nobody: while one does not, few calls at a time try it and the others are put off at once, so that a
//! region that is cut off does not take the time of all the rest.
use crate::observation::{Failure, Reason};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// After so many calls in a row that got no answer, whoever made them.
const SILENCE: u32 = 5;
/// So many may try whether it answers again.
const PROBES: u32 = 2;
/// A call that is given up sooner, because its run has ended, says nothing of the endpoint.
const PATIENCE: Duration = Duration::from_secs(5);

/// How each service answers in each region: all accounts together, since they share the way.
#[derive(Debug, Default)]
pub(super) struct Endpoints(Mutex<HashMap<Key, Endpoint>>);

type Key = (&'static str, Arc<str>);

#[derive(Debug, Default)]
struct Endpoint {
    unanswered: u32,
    trying: u32,
}

/// A call that is being made.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    endpoints: &'a Endpoints,
    key: Key,
    /// When it was sent: to wait for one's turn is no silence.
    sent: Option<Instant>,
    answered: Option<bool>,
}

impl Endpoints {
    /// Begins a call.
    ///
    /// # Errors
    /// If the endpoint does not answer, and enough others are trying.
    pub(super) fn begin(
        &self,
        action: &'static str,
        region: &Arc<str>,
    ) -> Result<Attempt<'_>, Failure> {
        let service = action.split(':').next().unwrap_or(action);
        let key = (service, region.clone());
        let mut endpoints = self.lock();
        let endpoint = endpoints.entry(key.clone()).or_default();
        if endpoint.unanswered >= SILENCE && endpoint.trying >= PROBES {
            return Err(Failure {
                reason: Reason::Timeout,
                call: action,
                message: format!(
                    "{service} in {region} has answered nobody for some time; it is tried again, but not by all at once"
                ),
            });
        }
        endpoint.trying += 1;
        Ok(Attempt {
            endpoints: self,
            key,
            sent: None,
            answered: None,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Endpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// Says that it is sent now.
    pub(super) fn send(&mut self) {
        self.sent = Some(Instant::now());
    }

    /// Ends the call: whether there was an answer, be it a refusal.
    pub(super) fn end(mut self, answered: bool) {
        self.answered = Some(answered);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut endpoints = self.endpoints.lock();
        let Some(endpoint) = endpoints.get_mut(&self.key) else {
            return;
        };
        endpoint.trying = endpoint.trying.saturating_sub(1);
        match self.answered {
            Some(true) => endpoint.unanswered = 0,
            None if self.sent.is_none_or(|at| at.elapsed() < PATIENCE) => {}
            _ => endpoint.unanswered = endpoint.unanswered.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_try_what_does_not_answer_until_it_does() {
        let (endpoints, region) = (Endpoints::default(), Arc::from("af-south-1"));
        let begin = || endpoints.begin("cloudtrail:LookupEvents", &region);
        let many: Vec<_> = (0..9).map(|_| begin().unwrap()).collect();
        for attempt in many {
            attempt.end(false);
        }
        let (first, second) = (begin().unwrap(), begin().unwrap());
        assert_eq!(begin().unwrap_err().reason, Reason::Timeout);
        assert!(endpoints.begin("guardduty:ListDetectors", &region).is_ok());
        assert!(
            endpoints
                .begin("cloudtrail:LookupEvents", &"eu-west-1".into())
                .is_ok()
        );
        // One that was given up at once says nothing, a refusal is an answer.
        drop(first);
        assert!(begin().is_ok());
        second.end(true);
        let many: Vec<_> = (0..9).map(|_| begin()).collect();
        assert!(many.iter().all(Result::is_ok));
    }
}
