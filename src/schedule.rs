//! When each collector runs where: interval, jitter, backoff, timeout. Jobs follow the plan; those whose settings did not
//! change are left alone.
use crate::{
    aws::Session,
    clock::Clock,
    collect::{COLLECTORS, Collected, Collector, Progress, Run},
    observation::{Account, Failure, Observation, Reason, Target},
};
use arc_swap::ArcSwap;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tracing::{debug, info, warn};

/// How a collector is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// From the end of a run to the next, before jitter.
    pub interval: Duration,
    /// The longest that a run may take.
    pub timeout: Duration,
    /// How long its facts may be believed.
    pub valid: Duration,
    /// How far back to look for events.
    pub lookback: Duration,
}

/// What should run now.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Accounts, each with its session.
    pub accounts: Vec<(Arc<Account>, Session)>,
    /// Settings of the enabled collectors by name.
    pub collectors: HashMap<&'static str, Settings>,
}

/// First runs are spread so that each has this long, or its interval if that is less.
const FIRST_RUNS: Duration = Duration::from_millis(1);
/// Runs under way, all accounts together: each holds tens of kilobytes, and most would only wait for others' calls.
const RUNS: usize = 128;
/// The same of collectors that mostly wait for AWS's rate limit.
const PACED_RUNS: usize = 512;
/// A first retry comes after this long.
const FIRST_RETRY: Duration = Duration::from_secs(15);

/// The wait before the next run: the interval, or less after failures, doubling up to it. `jitter` is in 0..1.
#[must_use]
pub fn next_delay(interval: Duration, failures: u32, jitter: f64) -> Duration {
    let base = match failures {
        0 => interval,
        n => interval.min(FIRST_RETRY.saturating_mul(2_u32.saturating_pow(n - 1))),
    };
    base.mul_f64(0.9 + 0.2 * jitter)
}

/// Runs the plan, and each new one, until the plans end.
pub async fn run(
    mut plans: watch::Receiver<Plan>,
    observations: mpsc::Sender<Observation>,
    clock: Clock,
) {
    let slots = Arc::new(Slots {
        quick: Semaphore::new(RUNS),
        paced: Semaphore::new(PACED_RUNS),
    });
    let mut running: HashMap<(Target, &'static str), (Job, JoinHandle<()>)> = HashMap::new();
    loop {
        let wanted = jobs(&plans.borrow_and_update());
        running.retain(|key, (job, task)| {
            match wanted.get(key) {
                // A task that ended by itself has failed badly, and is begun again.
                Some(wanted) if wanted.same(job) && !task.is_finished() => {
                    job.account.store(wanted.account.load_full());
                    true
                }
                _ => {
                    task.abort();
                    false
                }
            }
        });
        let new: Vec<_> = wanted
            .into_iter()
            .filter(|(key, _)| !running.contains_key(key))
            .collect();
        // Spread the first runs: no burst at the start, and soon enough for few.
        let spread = FIRST_RUNS * u32::try_from(new.len()).unwrap_or(u32::MAX);
        for (key, job) in new {
            let delay = spread.min(job.settings.interval).mul_f64(fastrand::f64());
            let (observations, clock) = (observations.clone(), clock.clone());
            let task = repeat(job.clone(), delay, slots.clone(), observations, clock);
            running.insert(key, (job, tokio::spawn(task)));
        }
        if plans.changed().await.is_err() {
            return;
        }
    }
}

/// What bounds the runs under way.
#[derive(Debug)]
struct Slots {
    quick: Semaphore,
    paced: Semaphore,
}

/// One collector at one target.
#[derive(Clone)]
struct Job {
    collector: &'static Collector,
    target: Target,
    /// As the latest plan knows it: a run under way need not end because the account has a new alias or region.
    account: Arc<ArcSwap<Account>>,
    session: Session,
    settings: Settings,
}

impl Job {
    /// Whether it is the same job, though the account may have changed.
    fn same(&self, other: &Self) -> bool {
        self.settings == other.settings && self.session.same(&other.session)
    }
}

fn jobs(plan: &Plan) -> HashMap<(Target, &'static str), Job> {
    let mut jobs = HashMap::new();
    for (account, session) in &plan.accounts {
        for collector in COLLECTORS {
            let Some(settings) = plan.collectors.get(collector.name) else {
                continue;
            };
            let regions: Vec<Option<Arc<str>>> = if collector.regional {
                account.regions.iter().cloned().map(Some).collect()
            } else {
                vec![None]
            };
            for region in regions {
                let target = Target {
                    account: account.id.clone(),
                    region: region.clone(),
                };
                let job = Job {
                    collector,
                    target: target.clone(),
                    account: Arc::new(ArcSwap::new(account.clone())),
                    session: region.map_or_else(|| session.clone(), |region| session.at(region)),
                    settings: settings.clone(),
                };
                jobs.insert((target, collector.name), job);
            }
        }
    }
    jobs
}

async fn repeat(
    job: Job,
    delay: Duration,
    slots: Arc<Slots>,
    observations: mpsc::Sender<Observation>,
    clock: Clock,
) {
    let mut failures = 0_u32;
    let mut progress = Progress::default();
    sleep(delay).await;
    loop {
        let reached = progress.clone();
        let observation = {
            // Never closed, so there is always a slot to wait for; the account's own first, so that none waits in line
            // for the others while it holds one of theirs.
            let (_of_account, _of_all) = if job.collector.paced {
                (None, slots.paced.acquire().await)
            } else {
                (job.session.run_slot().await, slots.quick.acquire().await)
            };
            Box::pin(once(&job, &mut progress, &clock)).await
        };
        let before = failures;
        failures = match failures {
            _ if observation.failures.is_empty() => 0,
            // It got further, so it goes on soon.
            _ if progress != reached => 1,
            n => n.saturating_add(1),
        };
        log(&job, &observation, before, failures);
        if observations.send(observation).await.is_err() {
            return;
        }
        sleep(next_delay(job.settings.interval, failures, fastrand::f64())).await;
    }
}

async fn once(job: &Job, progress: &mut Progress, clock: &Clock) -> Observation {
    let started = Instant::now();
    let run = Run {
        session: job.session.clone(),
        account: job.account.load_full(),
        now: clock.now(),
        started,
        lookback: job.settings.lookback,
        progress: progress.clone(),
    };
    let mut collected = Collected::default();
    let limit = job.settings.timeout;
    let ended = timeout(limit, (job.collector.collect)(&run, &mut collected)).await;
    let failure = match ended {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => Some(Failure {
            reason: Reason::Timeout,
            call: job.collector.name,
            message: format!(
                "not finished within {limit:?}; what was learned until then counts, and it is tried again"
            ),
        }),
    };
    collected.failures.extend(failure);
    if let Some(further) = collected.progress {
        *progress = further;
    }
    Observation {
        target: Some(job.target.clone()),
        collector: job.collector.name,
        ended: clock.now(),
        took: started.elapsed(),
        valid: job.settings.valid,
        facts: collected.facts,
        failures: collected.failures,
    }
}

/// Says what failed, loudly when it begins and quietly while it goes on, and when it works again.
fn log(job: &Job, observation: &Observation, before: u32, failures: u32) {
    let (account, collector) = (&*job.target.account, job.collector.name);
    let region = job.target.region.as_deref().unwrap_or("global");
    match (before, failures) {
        (0, 0) => debug!(account, region, collector, took = ?observation.took, "collected"),
        (_, 0) => info!(
            account,
            region, collector, "works again, after {before} failed run(s)"
        ),
        _ => {}
    }
    for failure in &observation.failures {
        let reason = failure.reason.as_str();
        if before == 0 {
            warn!(account, region, collector, reason, "{failure}");
        } else {
            info!(
                account,
                region, collector, reason, failures, "still failing: {failure}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_but_never_beyond_the_interval() {
        let s = Duration::from_secs;
        let delay = |failures| next_delay(s(300), failures, 0.5);
        assert_eq!(delay(0), s(300));
        assert_eq!(delay(1), s(15));
        assert_eq!(delay(2), s(30));
        assert_eq!(delay(99), s(300));
        assert!(next_delay(s(300), 0, 0.0) < next_delay(s(300), 0, 1.0));
        assert_eq!(next_delay(s(1), 5, 0.5), s(1));
    }
}
