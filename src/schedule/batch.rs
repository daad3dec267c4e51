//! What is asked once for many accounts, of an account that sees them all. An account that is covered so is not asked
//! itself: one or the other, never both.
use super::{
    RunSettings,
    backoff::{Backoff, JobLabels},
    observed,
};
use crate::{
    aws::Session,
    clock::Clock,
    collect::{Answers, BatchRun, Batched, Collected, CollectorSpec},
};
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep_until, timeout, timeout_at},
};

/// Whether each account is covered; one that is missing has not been asked about yet. `news` is told of changes.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    accounts: Arc<Mutex<HashMap<Arc<str>, bool>>>,
    news: Arc<Notify>,
}

impl Coverage {
    pub(super) fn new(news: Arc<Notify>) -> Self {
        Self {
            accounts: Arc::default(),
            news,
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

    /// Forgets accounts that are no more.
    pub(super) fn keep(&self, present: &[Arc<AccountIdentity>]) {
        let present: HashSet<&str> = present.iter().map(|account| &*account.id).collect();
        self.lock().retain(|id, _| present.contains(&**id));
    }

    /// Takes in what has become known.
    fn update(&self, covered: Vec<(Arc<str>, bool)>) {
        let mut known = self.lock();
        let mut changed = false;
        for (account, covered) in covered {
            changed |= known.insert(account, covered) != Some(covered);
        }
        if changed {
            self.news.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, bool>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accounts that come one after the other, as at the start, are asked about together: once none has come for this long…
const QUIET: Duration = Duration::from_millis(1500);
/// … or, if they keep coming, after this long.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

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

    /// Runs until nobody takes its observations: for all accounts at each interval, and for those that are new soon.
    pub(super) async fn repeat(
        self,
        mut accounts: watch::Receiver<Vec<Arc<AccountIdentity>>>,
        coverage: Coverage,
        observations: mpsc::Sender<Observation>,
        clock: Clock,
    ) {
        let mut backoff = Backoff::default();
        let mut due = Instant::now();
        loop {
            self.gather(&mut accounts).await;
            let everyone = due <= Instant::now();
            let present = accounts.borrow_and_update().clone();
            let asked = if everyone {
                present
            } else {
                coverage.new_among(&present)
            };
            let mut failures = Vec::new();
            for accounts in asked.chunks(self.batched.batch_size) {
                if !failures.is_empty() && !self.batched.only_source {
                    // If it cannot tell about some, the others are not kept waiting for it.
                    coverage.update(accounts.iter().map(|it| (it.id.clone(), false)).collect());
                    continue;
                }
                let (covered, news) = Box::pin(self.once(accounts, &clock)).await;
                for observation in news {
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
            if everyone || !failures.is_empty() {
                backoff.record(self.labels(), &failures, false);
                let next = backoff.next_delay(self.settings.interval, fastrand::f64());
                let next = Instant::now() + next;
                // A failure with newcomers puts nothing off.
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

    /// Waits until no more accounts come.
    async fn gather(&self, accounts: &mut watch::Receiver<Vec<Arc<AccountIdentity>>>) {
        let end = Instant::now() + LONGEST_WAIT.min(self.settings.interval);
        let quiet = QUIET.min(self.settings.interval);
        while Instant::now() < end {
            let next = (Instant::now() + quiet).min(end);
            match timeout_at(next, accounts.changed()).await {
                Ok(Ok(())) => drop(accounts.borrow_and_update()),
                _ => return,
            }
        }
    }

    /// Asks about some accounts: which are covered, and what was observed.
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
        let limit = self.settings.timeout;
        let ended = timeout(limit, (self.batched.collect)(&run, &mut answers)).await;
        let ended =
            ended.unwrap_or_else(|_| Err(Failure::timeout(self.spec.collector.as_str(), limit)));
        let observation = |account: Option<Arc<str>>, collected| {
            let target = account.map(|account| Target {
                account,
                region: self.region.clone(),
            });
            let now = clock.now();
            observed(self.spec, target, &self.settings, started, now, collected)
        };
        let mut news = Vec::new();
        match ended {
            Ok(()) => {}
            // Who knows more by itself is left to that; the others say what failed, besides what was learned before.
            Err(failure) if self.batched.only_source => {
                for account in accounts.iter().filter(|it| it.member == Some(true)) {
                    let answer = answers.entry(account.id.clone()).or_default();
                    answer.failures.push(failure.clone());
                }
            }
            Err(failure) => {
                answers.clear();
                news.push(observation(None, Collected::failed(failure)));
            }
        }
        let covered = accounts.iter().map(|account| {
            let id = account.id.clone();
            let covered = answers.contains_key(&id);
            (id, covered)
        });
        let covered = covered.collect();
        let answered = answers.into_iter();
        news.extend(answered.map(|(account, collected)| observation(Some(account), collected)));
        (covered, news)
    }

    fn labels(&self) -> JobLabels<'_> {
        JobLabels {
            account: &self.delegate,
            region: self.region.as_deref().unwrap_or("global"),
            collector: self.spec.collector,
        }
    }
}
