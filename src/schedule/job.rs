//! One collector at one target: run after run.
use super::{
    RunSlots,
    backoff::{Backoff, JobLabels},
    observation, supervise,
};
use crate::{
    aws::Session,
    clock::Clock,
    collect::{Collected, CollectorSpec, Progress, RunContext},
    config::RunSettings,
    limits::{Priority, Slot},
};
use arc_swap::ArcSwap;
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// One collector at one target.
pub(super) struct Job {
    pub(super) spec: &'static CollectorSpec,
    pub(super) target: Target,
    /// As of the latest plan.
    pub(super) account: Arc<ArcSwap<AccountIdentity>>,
    pub(super) session: Session,
    pub(super) settings: RunSettings,
}

impl Job {
    /// Runs until the receiver of observations is gone. There is one for each collector, account and region, so that its size
    /// matters.
    #[expect(
        clippy::manual_async_fn,
        reason = "a block uses what it captures in place; an async function holds its arguments twice"
    )]
    pub(super) fn repeat(
        self,
        delay: Duration,
        slots: RunSlots,
        observations: mpsc::Sender<Observation>,
        clock: Clock,
    ) -> impl Future<Output = ()> {
        async move {
            let mut backoff = Backoff::default();
            let mut progress = Progress::default();
            let mut again = false;
            let mut quiet = false;
            sleep(delay).await;
            loop {
                let priority = Priority::of(self.spec.collector, again);
                let slots = priority.scope(self.slots(&slots)).await;
                // Boxed, so that it takes no memory while the job waits or sleeps.
                let run = Box::pin(async {
                    let before = progress.clone();
                    let run = self.once(&mut progress, &mut quiet, &clock);
                    let (observation, interval) = priority.scope(run).await;
                    drop(slots);
                    again |= observation.failures.is_empty();
                    backoff.record(self.labels(), &observation.failures, progress != before);
                    let sent = observations.send(observation).await;
                    sent.is_ok().then_some(interval)
                });
                let Some(interval) = run.await else {
                    return;
                };
                // What is to go on at once only waits for a slot: others come in between.
                if let Some(interval) = interval {
                    sleep(backoff.next_delay(interval, fastrand::f64())).await;
                }
            }
        }
    }

    /// In the order of `limits`: the account's slot before one of all accounts, so that no account occupies theirs while it
    /// waits for its own.
    async fn slots(&self, slots: &RunSlots) -> (Option<Slot>, Option<Slot>, Slot) {
        let audit = if self.spec.collector.assumes_root() {
            Some(slots.root_audits.acquire().await)
        } else {
            None
        };
        if self.spec.rate_limited {
            return (audit, None, slots.rate_limited.acquire().await);
        }
        let of_account = self.session.run_slot().await;
        (audit, Some(of_account), slots.runs.acquire().await)
    }

    /// One run: its observation, and after what interval the next is due; `None` if it is to go on at once.
    async fn once(
        &self,
        progress: &mut Progress,
        quiet: &mut bool,
        clock: &Clock,
    ) -> (Observation, Option<Duration>) {
        let started = Instant::now();
        let run = RunContext {
            session: self.session.clone(),
            account: self.account.load_full(),
            now: clock.now(),
            started,
            interval: self.settings.interval,
            budget: self.settings.timeout / 2,
            lookback: self.settings.lookback,
            progress: progress.clone(),
        };
        let mut collected = Collected::default();
        let work = (self.spec.collect)(&run, &mut collected);
        let mut ended = supervise(self.spec.collector, self.settings.timeout, work).await;
        if let (Err(failure), Some(waiting_for)) = (&mut ended, collected.waiting_for.take())
            && *failure == Failure::timeout(self.spec.collector.as_str(), self.settings.timeout)
        {
            *failure = waiting_for;
        }
        collected.failures.extend(ended.err());
        if let Some(further) = collected.progress.take() {
            *progress = further;
        }
        let (target, now) = (Some(self.target.clone()), clock.now());
        // What has failed waits for its retry.
        let goes_on = collected.unfinished && collected.failures.is_empty();
        let settings = &self.settings;
        // What was known before is as old as the interval before, which may have been longer.
        let valid = settings.valid_if(*quiet || collected.quiet);
        *quiet = collected.quiet;
        let observation = observation(self.spec, target, valid, started, now, collected);
        (
            observation,
            (!goes_on).then(|| settings.interval_if(*quiet)),
        )
    }

    fn labels(&self) -> JobLabels<'_> {
        JobLabels {
            account: &self.target.account,
            region: self.target.region.as_deref().unwrap_or("global"),
            collector: self.spec.collector,
        }
    }
}
