//! One run for many accounts, batched through an account that sees them all. An account that a batch job covers is not
//! asked itself: one or the other, never both.
use super::{
    backoff::{Backoff, JobLabels},
    observation, supervise,
};
use crate::{
    aws::Session,
    clock::Clock,
    collect::{Answers, BatchRun, Batched, Collected, CollectorSpec},
    config::RunSettings,
    limits::{BATCH_QUIET_INTERVAL, MAX_BATCH_WAIT, Priority},
};
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep_until, timeout_at},
};

/// Whether a batch job covers each account; a missing one has not been asked about yet. `changed` is notified of changes.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    accounts: Arc<Mutex<HashMap<Arc<str>, bool>>>,
    changed: Arc<Notify>,
}

impl Coverage {
    pub(super) fn new(changed: Arc<Notify>) -> Self {
        Self {
            accounts: Arc::default(),
            changed,
        }
    }

    /// Whether it is known that the account is not covered.
    pub(super) fn lacks(&self, account: &str) -> bool {
        self.lock().get(account) == Some(&false)
    }

    /// Those of the accounts that have not been asked about yet.
    fn new_among(&self, accounts: &[Arc<AccountIdentity>]) -> Vec<Arc<AccountIdentity>> {
        let known = self.lock();
        let new = accounts.iter().filter(|it| !known.contains_key(&it.id));
        new.cloned().collect()
    }

    /// Removes accounts that are no longer monitored.
    pub(super) fn keep(&self, present: &[Arc<AccountIdentity>]) {
        let present: HashSet<&str> = present.iter().map(|account| &*account.id).collect();
        self.lock().retain(|id, _| present.contains(&**id));
    }

    fn update(&self, covered: Vec<(Arc<str>, bool)>) {
        let mut known = self.lock();
        let mut changed = false;
        for (account, covered) in covered {
            changed |= known.insert(account, covered) != Some(covered);
        }
        if changed {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, bool>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One collector in one region, for many accounts.
#[derive(Clone)]
pub(super) struct BatchJob {
    pub(super) spec: &'static CollectorSpec,
    pub(super) batched: &'static Batched,
    /// The account that is asked.
    pub(super) delegate: Arc<str>,
    pub(super) region: Option<Arc<str>>,
    pub(super) session: Session,
    pub(super) settings: RunSettings,
}

impl BatchJob {
    pub(super) fn same(&self, other: &Self) -> bool {
        self.settings == other.settings && self.session.same(&other.session)
    }

    /// Runs until the receiver of observations is gone: for all accounts at each interval, and for new ones soon.
    pub(super) async fn repeat(
        self,
        mut accounts: watch::Receiver<Vec<Arc<AccountIdentity>>>,
        coverage: Coverage,
        observations: mpsc::Sender<Observation>,
        clock: Clock,
    ) {
        let mut backoff = Backoff::default();
        let mut due = Instant::now();
        let mut tried = false;
        loop {
            self.gather(&mut accounts).await;
            let everyone = due <= Instant::now();
            let present = accounts.borrow_and_update().clone();
            let asked = if everyone {
                present
            } else {
                coverage.new_among(&present)
            };
            // Of accounts that are new nothing is known yet.
            let again = everyone && tried;
            let mut failures = Vec::new();
            for accounts in asked.chunks(self.batched.batch_size) {
                if !failures.is_empty() && !self.batched.only_source {
                    // After a failure the remaining accounts are asked themselves.
                    coverage.update(accounts.iter().map(|it| (it.id.clone(), false)).collect());
                    continue;
                }
                let priority = Priority::of(self.spec.collector, again);
                let run = priority.scope(self.once(accounts, &clock));
                let (covered, observations_of_run) = Box::pin(run).await;
                for observation in observations_of_run {
                    // One call's failure may be that of many accounts.
                    for failure in &observation.failures {
                        if !failures.contains(failure) {
                            failures.push(failure.clone());
                        }
                    }
                    if observations.send(observation).await.is_err() {
                        return;
                    }
                }
                coverage.update(covered);
            }
            tried |= failures.is_empty();
            if everyone || !failures.is_empty() {
                backoff.record(self.labels(), &failures, false);
                let next = backoff.next_delay(self.settings.interval, fastrand::f64());
                let next = Instant::now() + next;
                // A failure with new accounts does not delay the others.
                due = if everyone { next } else { due.min(next) };
            }
            tokio::select! {
                () = sleep_until(due) => {}
                changed = accounts.changed() => if changed.is_err() {
                    return;
                }
            }
        }
    }

    /// Waits until no more accounts are added.
    async fn gather(&self, accounts: &mut watch::Receiver<Vec<Arc<AccountIdentity>>>) {
        let end = Instant::now() + MAX_BATCH_WAIT.min(self.settings.interval);
        let quiet = BATCH_QUIET_INTERVAL.min(self.settings.interval);
        while Instant::now() < end {
            let next = (Instant::now() + quiet).min(end);
            match timeout_at(next, accounts.changed()).await {
                Ok(Ok(())) => drop(accounts.borrow_and_update()),
                _ => return,
            }
        }
    }

    /// One run for some accounts: which of them it covers, and its observations.
    async fn once(
        &self,
        accounts: &[Arc<AccountIdentity>],
        clock: &Clock,
    ) -> (Vec<(Arc<str>, bool)>, Vec<Observation>) {
        let started = Instant::now();
        let run = BatchRun {
            session: self.session.clone(),
            accounts: accounts.to_vec(),
            now: clock.now(),
        };
        let mut answers = Answers::new();
        let work = (self.batched.collect)(&run, &mut answers);
        let ended = supervise(self.spec.collector, self.settings.timeout, work).await;
        let of = |account: Option<Arc<str>>, collected| {
            let target = account.map(|account| Target {
                account,
                region: self.region.clone(),
            });
            let (now, valid) = (clock.now(), self.settings.valid_if(false));
            observation(self.spec, target, valid, started, now, collected)
        };
        let mut observations = Vec::new();
        match ended {
            Ok(()) => {}
            // The management account falls back to its own run; members keep what was collected and get the failure.
            Err(failure) if self.batched.only_source => {
                for account in accounts.iter().filter(|it| it.member == Some(true)) {
                    let answer = answers.entry(account.id.clone()).or_default();
                    answer.failures.push(failure.clone());
                }
            }
            Err(failure) => {
                answers.clear();
                observations.push(of(None, Collected::failed(failure)));
            }
        }
        let covered = accounts.iter().map(|account| {
            let id = account.id.clone();
            let covered = answers.contains_key(&id);
            (id, covered)
        });
        let covered = covered.collect();
        let answered = answers.into_iter();
        observations.extend(answered.map(|(account, collected)| of(Some(account), collected)));
        (covered, observations)
    }

    fn labels(&self) -> JobLabels<'_> {
        JobLabels {
            account: &self.delegate,
            region: self.region.as_deref().unwrap_or("global"),
            collector: self.spec.collector,
        }
    }
}
