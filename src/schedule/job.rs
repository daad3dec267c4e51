//! One collector at one target, again and again.
use super::{
    RunSettings, Slots,
    backoff::{Backoff, JobLabels},
    observed,
};
use crate::{
    aws::Session,
    clock::Clock,
    collect::{Collected, CollectorSpec, Progress, RunContext},
};
use arc_swap::ArcSwap;
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

/// One collector at one target.
pub(super) struct Job {
    pub(super) spec: &'static CollectorSpec,
    pub(super) target: Target,
    /// As it is known now.
    pub(super) account: Arc<ArcSwap<AccountIdentity>>,
    pub(super) session: Session,
    pub(super) settings: RunSettings,
}

impl Job {
    /// Runs until nobody takes its observations.
    pub(super) async fn repeat(
        self,
        delay: Duration,
        slots: Arc<Slots>,
        observations: mpsc::Sender<Observation>,
        clock: Clock,
    ) {
        let mut backoff = Backoff::default();
        let mut progress = Progress::default();
        sleep(delay).await;
        loop {
            let reached = progress.clone();
            let observation = {
                // Never closed, so there is always a slot to wait for; the account's own first, so that none waits in
                // line for the others while it holds one of theirs.
                let _of_audits = if self.spec.collector.assumes_root() {
                    slots.audits.acquire().await.ok()
                } else {
                    None
                };
                let (_of_account, _of_all) = if self.spec.paced {
                    (None, slots.paced.acquire().await)
                } else {
                    (self.session.run_slot().await, slots.quick.acquire().await)
                };
                Box::pin(self.once(&mut progress, &clock)).await
            };
            backoff.record(self.labels(), &observation.failures, progress != reached);
            if observations.send(observation).await.is_err() {
                return;
            }
            sleep(backoff.next_delay(self.settings.interval, fastrand::f64())).await;
        }
    }

    async fn once(&self, progress: &mut Progress, clock: &Clock) -> Observation {
        let started = Instant::now();
        let run = RunContext {
            session: self.session.clone(),
            account: self.account.load_full(),
            now: clock.now(),
            started,
            interval: self.settings.interval,
            lookback: self.settings.lookback,
            progress: progress.clone(),
        };
        let mut collected = Collected::default();
        let limit = self.settings.timeout;
        let ended = timeout(limit, (self.spec.collect)(&run, &mut collected)).await;
        let ended =
            ended.unwrap_or_else(|_| Err(Failure::timeout(self.spec.collector.as_str(), limit)));
        collected.failures.extend(ended.err());
        if let Some(further) = collected.progress.take() {
            *progress = further;
        }
        let (target, now) = (Some(self.target.clone()), clock.now());
        observed(self.spec, target, &self.settings, started, now, collected)
    }

    fn labels(&self) -> JobLabels<'_> {
        JobLabels {
            account: &self.target.account,
            region: self.target.region.as_deref().unwrap_or("global"),
            collector: self.spec.collector,
        }
    }
}
