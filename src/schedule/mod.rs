//! When and where each collector runs: interval, jitter, backoff, timeout. Jobs follow the plan; those whose settings did not
//! change keep running.
mod backoff;
mod batch;
mod job;

pub use backoff::{Backoff, JobLabels};

use crate::{
    aws::Session,
    clock::Clock,
    collect::{self, Collected, CollectorSpec, Delegate},
    config::RunSettings,
    limits::{
        FIRST_RUN_INTERVAL, MAX_RATE_LIMITED_RUNS, MAX_ROOT_AUDITS, MAX_RUNS, PLAN_INTERVAL, Slots,
        fair_timeout,
    },
    panics::caught,
};
use arc_swap::ArcSwap;
use batch::{BatchJob, Coverage};
use job::Job;
use root_model::collector::Collector;
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};

/// What should run now.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Accounts, each with its session.
    pub accounts: Vec<(Arc<AccountIdentity>, Session)>,
    /// Settings of the enabled collectors.
    pub collectors: HashMap<Collector, RunSettings>,
    /// Accounts that are asked about others: id and session.
    pub delegates: HashMap<Delegate, (Arc<str>, Session)>,
}

/// Slots for runs in progress, all accounts together.
#[derive(Clone, Debug)]
struct RunSlots {
    runs: Slots,
    rate_limited: Slots,
    root_audits: Slots,
}

/// A collector in one region, or without regions.
type Place = (Collector, Option<Arc<str>>);

/// What is running.
struct Schedule {
    observations: mpsc::Sender<Observation>,
    clock: Clock,
    slots: RunSlots,
    jobs: HashMap<(Target, Collector), Started>,
    /// As of the latest plan: a run in progress goes on when the account gets a new alias or region.
    accounts: HashMap<Arc<str>, Arc<ArcSwap<AccountIdentity>>>,
    /// How often a plan has been applied.
    round: u64,
    batches: HashMap<Place, Running>,
    /// Notified when batched runs begin or cease to cover accounts.
    coverage_changed: Arc<Notify>,
}

/// A job that runs.
struct Started {
    session: Session,
    settings: RunSettings,
    /// The latest plan that wants it.
    round: u64,
    task: JoinHandle<()>,
}

/// A batch job that runs.
struct Running {
    job: BatchJob,
    accounts: watch::Sender<Vec<Arc<AccountIdentity>>>,
    coverage: Coverage,
    task: JoinHandle<()>,
}

/// Runs the plan, and each new one, until the plans end.
pub async fn run(
    mut plans: watch::Receiver<Plan>,
    observations: mpsc::Sender<Observation>,
    clock: Clock,
) {
    let mut schedule = Schedule {
        observations,
        clock,
        slots: RunSlots {
            runs: Slots::new(MAX_RUNS),
            rate_limited: Slots::new(MAX_RATE_LIMITED_RUNS),
            root_audits: Slots::new(MAX_ROOT_AUDITS),
        },
        jobs: HashMap::new(),
        accounts: HashMap::new(),
        round: 0,
        batches: HashMap::new(),
        coverage_changed: Arc::default(),
    };
    let mut at = Instant::now();
    loop {
        let plan = plans.borrow_and_update().clone();
        schedule.apply_batches(&plan);
        schedule.apply(&plan).await;
        tokio::select! {
            changed = plans.changed() => if changed.is_err() {
                return;
            },
            () = schedule.coverage_changed.notified() => {}
        }
        // Many accounts are added at once; the first ones do not wait.
        if at.elapsed() < PLAN_INTERVAL {
            sleep(PLAN_INTERVAL).await;
        }
        at = Instant::now();
    }
}

impl Schedule {
    /// Starts and stops batch jobs, and gives them the accounts of the plan.
    fn apply_batches(&mut self, plan: &Plan) {
        let wanted = batch_jobs(plan);
        self.batches.retain(|place, running| {
            let same = wanted.get(place).is_some_and(|job| job.same(&running.job));
            // A task that ended by itself has panicked and is restarted.
            let keep = same && !running.task.is_finished();
            if !keep {
                running.task.abort();
            }
            keep
        });
        for (place, job) in wanted {
            let accounts = plan.accounts.iter().map(|(account, _)| account);
            let there = accounts.filter(|account| {
                let region = place.1.as_ref();
                region.is_none_or(|region| account.regions.contains(region))
            });
            let there: Vec<_> = there.cloned().collect();
            if let Some(running) = self.batches.get(&place) {
                running.coverage.keep(&there);
                running.accounts.send_if_modified(|known| {
                    // Another probe of the same account is no change.
                    let who = |account: &Arc<AccountIdentity>| (account.id.clone(), account.member);
                    let changed = !known.iter().map(who).eq(there.iter().map(who));
                    *known = there;
                    changed
                });
                continue;
            }
            let (accounts, watched) = watch::channel(there);
            let coverage = Coverage::new(self.coverage_changed.clone());
            let (observations, clock) = (self.observations.clone(), self.clock.clone());
            let task = job
                .clone()
                .repeat(watched, coverage.clone(), observations, clock);
            let task = tokio::spawn(task);
            let running = Running {
                job,
                accounts,
                coverage,
                task,
            };
            self.batches.insert(place, running);
        }
    }

    /// Starts and stops the jobs of each account.
    async fn apply(&mut self, plan: &Plan) {
        self.round += 1;
        let mut new = Vec::new();
        for (account, session) in &plan.accounts {
            let known = self.accounts.entry(account.id.clone());
            let known = known.or_insert_with(|| Arc::new(ArcSwap::new(account.clone())));
            known.store(account.clone());
            for spec in collect::specs().filter(|it| account.runs(it.collector)) {
                let collector = spec.collector;
                let Some(settings) = plan.collectors.get(&collector) else {
                    continue;
                };
                for region in places(collector, account.regions.iter()) {
                    // No job of its own where a batch job covers the account, or where that is not known yet.
                    let place = (collector, region);
                    let batch = self.batches.get(&place);
                    if batch.is_some_and(|batch| !batch.coverage.lacks(&account.id)) {
                        continue;
                    }
                    let (_, region) = place;
                    let target = Target {
                        account: account.id.clone(),
                        region: region.clone(),
                    };
                    let key = (target, collector);
                    match self.jobs.get_mut(&key) {
                        Some(started) if started.is(session, settings) => {
                            started.round = self.round;
                        }
                        _ => new.push(Job {
                            spec,
                            target: key.0,
                            account: known.clone(),
                            session: session_at(session, region),
                            settings: settings.clone(),
                        }),
                    }
                }
            }
        }
        let round = self.round;
        let stopped = self.jobs.extract_if(|_, started| started.round != round);
        let stopped: Vec<JoinHandle<()>> = stopped.map(|(_, started)| started.task).collect();
        for task in &stopped {
            task.abort();
        }
        // Their memory is free again before as many are started.
        for task in stopped {
            let _ = task.await;
        }
        self.start(new);
        self.accounts
            .retain(|_, known| Arc::strong_count(known) > 1);
    }

    /// Starts jobs. Their first runs are spread: no burst at the start, and no long wait for few.
    fn start(&mut self, jobs: Vec<Job>) {
        let spread = FIRST_RUN_INTERVAL * u32::try_from(jobs.len()).unwrap_or(u32::MAX);
        for job in jobs {
            let delay = spread.min(job.settings.interval).mul_f64(fastrand::f64());
            let key = (job.target.clone(), job.spec.collector);
            let (session, settings) = (job.session.clone(), job.settings.clone());
            let (observations, clock) = (self.observations.clone(), self.clock.clone());
            let task = job.repeat(delay, self.slots.clone(), observations, clock);
            let started = Started {
                session,
                settings,
                round: self.round,
                task: tokio::spawn(task),
            };
            if let Some(replaced) = self.jobs.insert(key, started) {
                // Nobody else would ever stop it.
                replaced.task.abort();
            }
        }
    }
}

impl Started {
    /// Whether it still runs with this session and these settings. A task that ended by itself has panicked and is restarted.
    fn is(&self, session: &Session, settings: &RunSettings) -> bool {
        self.session.same(session) && self.settings == *settings && !self.task.is_finished()
    }
}

fn batch_jobs(plan: &Plan) -> HashMap<Place, BatchJob> {
    let mut jobs = HashMap::new();
    let accounts = plan.accounts.iter();
    let regions: BTreeSet<_> = accounts
        .flat_map(|(account, _)| account.regions.iter().cloned())
        .collect();
    for spec in collect::specs() {
        let collector = spec.collector;
        let (Some(settings), Some(batched)) = (plan.collectors.get(&collector), &spec.batched)
        else {
            continue;
        };
        let Some((delegate, session)) = plan.delegates.get(&batched.delegate) else {
            continue;
        };
        for region in places(collector, regions.iter()) {
            let job = BatchJob {
                spec,
                batched,
                delegate: delegate.clone(),
                region: region.clone(),
                session: session_at(session, region.clone()),
                settings: settings.clone(),
            };
            jobs.insert((collector, region), job);
        }
    }
    jobs
}

fn session_at(session: &Session, region: Option<Arc<str>>) -> Session {
    region.map_or_else(|| session.clone(), |region| session.for_target(region))
}

/// Runs a collector until it ends, panics or takes longer than `limit`, beside its waits for the exporter's own limits.
async fn supervise(
    collector: Collector,
    limit: Duration,
    run: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    match fair_timeout(limit, caught(run)).await {
        Ok(Some(ended)) => ended,
        Ok(None) => Err(Failure::panicked(collector.as_str())),
        Err(_) => Err(Failure::timeout(collector.as_str(), limit)),
    }
}

/// The observation of a run that started at `started` and ends now.
fn observation(
    spec: &CollectorSpec,
    target: Option<Target>,
    valid: Duration,
    started: Instant,
    now: SystemTime,
    collected: Collected,
) -> Observation {
    Observation {
        target,
        collector: spec.collector,
        ended: now,
        took: started.elapsed(),
        valid,
        facts: collected.facts,
        failures: collected.failures,
    }
}

/// Where a collector runs: in each region, or once.
fn places<'a>(
    collector: Collector,
    regions: impl Iterator<Item = &'a Arc<str>>,
) -> Vec<Option<Arc<str>>> {
    if collector.is_regional() {
        regions.cloned().map(Some).collect()
    } else {
        vec![None]
    }
}

#[cfg(test)]
mod tests {
    use super::supervise;
    use root_model::{collector::Collector, failure::Reason};
    use std::time::Duration;

    /// A collector that panics fails, as one that returns an error or hangs.
    #[tokio::test]
    async fn a_run_ends_in_each_way() {
        let limit = Duration::from_mins(1);
        let run = |run| supervise(Collector::Iam, limit, run);
        assert_eq!(run(Box::pin(async { Ok(()) }) as Run).await, Ok(()));
        let panicked = run(Box::pin(async { panic!("a bug") })).await.unwrap_err();
        assert_eq!((panicked.reason, panicked.call), (Reason::Other, "iam"));
        let hangs = std::future::pending();
        let late = supervise(Collector::Iam, Duration::from_millis(1), hangs).await;
        assert_eq!(late.unwrap_err().reason, Reason::Timeout);
    }

    type Run = std::pin::Pin<Box<dyn Future<Output = Result<(), root_model::failure::Failure>>>>;
}
