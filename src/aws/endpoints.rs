//! How many calls may be under way to one service in one region, all accounts together: a share of all calls, few until it
//! has answered at all, and few while it answers nobody. Then the others are put off at once, so that a region that is cut
//! off does not take the time of all the rest.
use root_model::failure::{Failure, Reason};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// Calls under way to an endpoint of which it is not known that it answers.
const FEW: usize = 4;
/// A call that got no answer matters if no other has got one for so long. One that was given up sooner, because its run
/// has ended, says nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// How each service answers in each region.
#[derive(Debug)]
pub(super) struct Endpoints {
    share: usize,
    all: Mutex<HashMap<Key, Endpoint>>,
}

type Key = (&'static str, Arc<str>);

#[derive(Debug, Default)]
struct Endpoint {
    under_way: usize,
    answered: Option<Instant>,
    /// Whether the latest call that ended got no answer.
    unanswered: bool,
    /// Told when a call may be made.
    room: Arc<Notify>,
}

impl Endpoint {
    /// Whether it answers nobody.
    fn is_silent(&self, now: Instant) -> bool {
        self.unanswered && self.answered.is_none_or(|at| now - at > SILENCE)
    }
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    endpoints: &'a Endpoints,
    key: Key,
    /// When it was sent: to wait for one's turn is no silence.
    sent: Option<Instant>,
    answered: Option<bool>,
}

impl Endpoints {
    /// For so many calls at once in all.
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            share: (concurrency / 4).max(FEW),
            all: Mutex::default(),
        }
    }

    /// Waits until a call may be made.
    ///
    /// # Errors
    /// If the endpoint answers nobody, and enough others are trying.
    pub(super) async fn begin(
        &self,
        action: &'static str,
        region: &Arc<str>,
    ) -> Result<Attempt<'_>, Failure> {
        let service = action.split(':').next().unwrap_or(action);
        let key = (service, region.clone());
        loop {
            let room = self.lock().entry(key.clone()).or_default().room.clone();
            // Before the look, so that no news between look and wait is missed.
            let mut news = pin!(room.notified());
            news.as_mut().enable();
            if let Some(begun) = self.try_begin(&key, action) {
                return begun;
            }
            news.await;
        }
    }

    /// `None` if there is no room.
    fn try_begin(&self, key: &Key, action: &'static str) -> Option<Result<Attempt<'_>, Failure>> {
        let mut all = self.lock();
        let endpoint = all.entry(key.clone()).or_default();
        let silent = endpoint.is_silent(Instant::now());
        let most = if silent || endpoint.answered.is_none() {
            FEW
        } else {
            self.share
        };
        if endpoint.under_way >= most {
            let (service, region) = key;
            let message = format!(
                "{service} in {region} answers nobody; it is tried again, but not by all at once"
            );
            return silent.then_some(Err(Failure {
                reason: Reason::Timeout,
                call: action,
                message,
            }));
        }
        endpoint.under_way += 1;
        Some(Ok(Attempt {
            endpoints: self,
            key: key.clone(),
            sent: None,
            answered: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Endpoint>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
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
        let now = Instant::now();
        let mut all = self.endpoints.lock();
        let Some(endpoint) = all.get_mut(&self.key) else {
            return;
        };
        endpoint.under_way = endpoint.under_way.saturating_sub(1);
        let first = endpoint.answered.is_none();
        // Others may have got an answer since.
        let alone = self
            .sent
            .is_some_and(|sent| endpoint.answered.is_none_or(|at| at < sent));
        let given_up = self.sent.is_some_and(|at| now - at > SILENCE);
        match self.answered {
            Some(true) => {
                endpoint.answered = Some(now);
                endpoint.unanswered = false;
            }
            Some(false) => endpoint.unanswered |= alone,
            None => endpoint.unanswered |= alone && given_up,
        }
        if first || endpoint.unanswered {
            endpoint.room.notify_waiters();
        } else {
            endpoint.room.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "cloudtrail:LookupEvents";

    #[test]
    fn few_until_it_answers_and_few_when_it_does_not() {
        let endpoints = Endpoints::new(64);
        let key = ("cloudtrail", Arc::from("af-south-1"));
        let begin = || endpoints.try_begin(&key, CALL);
        let mut many: Vec<_> = (0..FEW).map(|_| begin().unwrap().unwrap()).collect();
        assert!(begin().is_none(), "not known yet: to be waited for");
        let mut unheard = many.pop().unwrap();
        unheard.send();
        unheard.end(false);
        many.push(begin().unwrap().unwrap());
        let refused = begin().unwrap().unwrap_err();
        assert_eq!(refused.reason, Reason::Timeout);
        let elsewhere = ("cloudtrail", Arc::from("eu-west-1"));
        assert!(endpoints.try_begin(&elsewhere, CALL).unwrap().is_ok());
        // One that was given up at once says nothing; a refusal is an answer.
        drop(many.pop());
        many.push(begin().unwrap().unwrap());
        many.pop().unwrap().end(true);
        many.clear();
        let held: Vec<_> = (0..64).map_while(|_| begin()).collect();
        assert_eq!(held.len(), 16, "a quarter of all");
    }
}
