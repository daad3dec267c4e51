//! When each collector runs where: interval, jitter, backoff, timeout. Jobs follow the plan; those whose settings did not
//! change are left alone.
mod backoff;
mod batch;
mod job;

pub use backoff::{Backoff, JobLabels};

use crate::{
    aws::Session,
    clock::Clock,
    collect::{self, Collected, CollectorSpec, Delegate},
};
use arc_swap::ArcSwap;
use batch::{BatchJob, Coverage};
use job::Job;
use root_model::collector::Collector;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Target};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Notify, Semaphore, mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};

/// How a collector is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSettings {
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
    pub accounts: Vec<(Arc<AccountIdentity>, Session)>,
    /// Settings of the enabled collectors.
    pub collectors: HashMap<Collector, RunSettings>,
    /// Accounts that see others: id and session.
    pub delegates: HashMap<Delegate, (Arc<str>, Session)>,
}

/// First runs are spread so that each has this long, or its interval if that is less.
const FIRST_RUNS: Duration = Duration::from_micros(500);
/// Runs under way, all accounts together: each holds tens of kilobytes, and most would only wait for others' calls.
const RUNS: usize = 128;
/// The same of collectors that mostly wait for AWS's rate limit.
const PACED_RUNS: usize = 512;
/// Audits of root's credentials under way: they wait for STS.
const AUDITS: usize = 16;

/// The plan is followed this often while it changes.
const PACE: Duration = Duration::from_millis(500);

/// What bounds the runs under way.
#[derive(Debug)]
struct Slots {
    quick: Semaphore,
    paced: Semaphore,
    audits: Semaphore,
}

type Place = (Collector, Option<Arc<str>>);

/// What is running.
struct Schedule {
    observations: mpsc::Sender<Observation>,
    clock: Clock,
    slots: Arc<Slots>,
    jobs: HashMap<(Target, Collector), Started>,
    /// As the latest plan knows them: a run under way need not end because the account has a new alias or region.
    accounts: HashMap<Arc<str>, Arc<ArcSwap<AccountIdentity>>>,
    /// How often the plan has been followed.
    round: u64,
    batches: HashMap<Place, Running>,
    /// Told when accounts have become covered centrally, or are so no more.
    news: Arc<Notify>,
}

/// A job that runs.
struct Started {
    session: Session,
    settings: RunSettings,
    /// When it was wanted last.
    round: u64,
    task: JoinHandle<()>,
}

/// A central job that runs.
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
        slots: Arc::new(Slots {
            quick: Semaphore::new(RUNS),
            paced: Semaphore::new(PACED_RUNS),
            audits: Semaphore::new(AUDITS),
        }),
        jobs: HashMap::new(),
        accounts: HashMap::new(),
        round: 0,
        batches: HashMap::new(),
        news: Arc::default(),
    };
    let mut at = Instant::now();
    loop {
        let plan = plans.borrow_and_update().clone();
        schedule.follow_batches(&plan);
        schedule.follow(&plan);
        tokio::select! {
            changed = plans.changed() => if changed.is_err() {
                return;
            },
            () = schedule.news.notified() => {}
        }
        // Accounts come many at once; those that are there already need not wait.
        if at.elapsed() < PACE {
            sleep(PACE).await;
        }
        at = Instant::now();
    }
}

impl Schedule {
    /// Sees to it that what should be asked centrally is, of the accounts that there are now.
    fn follow_batches(&mut self, plan: &Plan) {
        let wanted = batch_jobs(plan);
        self.batches.retain(|place, running| {
            let same = wanted.get(place).is_some_and(|job| job.same(&running.job));
            // A task that ended by itself has failed badly, and is begun again.
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
                    // That an account was looked into again is no news.
                    let who = |account: &Arc<AccountIdentity>| (account.id.clone(), account.member);
                    let changed = !known.iter().map(who).eq(there.iter().map(who));
                    *known = there;
                    changed
                });
                continue;
            }
            let (accounts, watched) = watch::channel(there);
            let coverage = Coverage::new(self.news.clone());
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

    /// Sees to it that in each account runs what should.
    fn follow(&mut self, plan: &Plan) {
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
                    // One that is asked about centrally is left alone, and so is one of which that is not known yet.
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
        self.jobs.retain(|_, started| {
            let wanted = started.round == self.round;
            if !wanted {
                started.task.abort();
            }
            wanted
        });
        self.begin(new);
        self.accounts
            .retain(|_, known| Arc::strong_count(known) > 1);
    }

    /// Begins jobs. Their first runs are spread: no burst at the start, and soon enough for few.
    fn begin(&mut self, jobs: Vec<Job>) {
        let spread = FIRST_RUNS * u32::try_from(jobs.len()).unwrap_or(u32::MAX);
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
            self.jobs.insert(key, started);
        }
    }
}

impl Started {
    /// Whether it still runs, as it should now. A task that ended by itself has failed badly, and is begun again.
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
    region.map_or_else(|| session.clone(), |region| session.at(region))
}

/// What a run that began at `started`, and ends now, has come to.
fn observed(
    spec: &CollectorSpec,
    target: Option<Target>,
    settings: &RunSettings,
    started: Instant,
    now: SystemTime,
    collected: Collected,
) -> Observation {
    Observation {
        target,
        collector: spec.collector,
        ended: now,
        took: started.elapsed(),
        valid: settings.valid,
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
