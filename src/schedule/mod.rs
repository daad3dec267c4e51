//! When each collector runs where: interval, jitter, backoff, timeout. Jobs follow the plan; those whose settings did not
//! change are left alone.
mod central;
mod job;
mod streak;

pub use streak::{Streak, Whose};

use crate::{
    aws::Session,
    clock::Clock,
    collect::{COLLECTORS, Collector, Through},
    observation::{Account, Observation, Target},
};
use arc_swap::ArcSwap;
use central::{CentralJob, Coverage};
use job::Job;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore, mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};

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
    /// Accounts that see others: id and session.
    pub central: HashMap<Through, (Arc<str>, Session)>,
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

type Place = (&'static str, Option<Arc<str>>);

/// What is running.
struct Schedule {
    observations: mpsc::Sender<Observation>,
    clock: Clock,
    slots: Arc<Slots>,
    jobs: HashMap<(Target, &'static str), (Job, JoinHandle<()>)>,
    central: HashMap<Place, Running>,
    /// Told when accounts have become covered centrally, or are so no more.
    news: Arc<Notify>,
}

/// A central job that runs.
struct Running {
    job: CentralJob,
    accounts: watch::Sender<Vec<Arc<Account>>>,
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
        central: HashMap::new(),
        news: Arc::default(),
    };
    let mut at = Instant::now();
    loop {
        let plan = plans.borrow_and_update().clone();
        schedule.follow_central(&plan);
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
    fn follow_central(&mut self, plan: &Plan) {
        let wanted = central_jobs(plan);
        self.central.retain(|place, running| {
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
            if let Some(running) = self.central.get(&place) {
                running.coverage.keep(&there);
                running.accounts.send_if_modified(|known| {
                    // That an account was looked into again is no news.
                    let who = |account: &Arc<Account>| (account.id.clone(), account.member);
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
            self.central.insert(place, running);
        }
    }

    /// Sees to it that in each account runs what should.
    fn follow(&mut self, plan: &Plan) {
        let wanted = jobs(plan, &self.central);
        self.jobs.retain(|key, (job, task)| {
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
            .filter(|(key, _)| !self.jobs.contains_key(key))
            .collect();
        // Spread the first runs: no burst at the start, and soon enough for few.
        let spread = FIRST_RUNS * u32::try_from(new.len()).unwrap_or(u32::MAX);
        for (key, job) in new {
            let delay = spread.min(job.settings.interval).mul_f64(fastrand::f64());
            let (observations, clock) = (self.observations.clone(), self.clock.clone());
            let task = job
                .clone()
                .repeat(delay, self.slots.clone(), observations, clock);
            self.jobs.insert(key, (job, tokio::spawn(task)));
        }
    }
}

fn central_jobs(plan: &Plan) -> HashMap<Place, CentralJob> {
    let mut jobs = HashMap::new();
    let accounts = plan.accounts.iter();
    let regions: BTreeSet<_> = accounts
        .flat_map(|(account, _)| account.regions.iter().cloned())
        .collect();
    for collector in COLLECTORS {
        let (Some(settings), Some(central)) =
            (plan.collectors.get(collector.name), &collector.central)
        else {
            continue;
        };
        let Some((through, session)) = plan.central.get(&central.through) else {
            continue;
        };
        for region in places(collector, regions.iter()) {
            let session = match &region {
                Some(region) => session.at(region.clone()),
                None => session.clone(),
            };
            let job = CentralJob {
                collector,
                central,
                through: through.clone(),
                region: region.clone(),
                session,
                settings: settings.clone(),
            };
            jobs.insert((collector.name, region), job);
        }
    }
    jobs
}

fn jobs(plan: &Plan, central: &HashMap<Place, Running>) -> HashMap<(Target, &'static str), Job> {
    let mut jobs = HashMap::new();
    for (account, session) in &plan.accounts {
        for collector in COLLECTORS.iter().filter(|it| it.concerns(account)) {
            let Some(settings) = plan.collectors.get(collector.name) else {
                continue;
            };
            for region in places(collector, account.regions.iter()) {
                let target = Target {
                    account: account.id.clone(),
                    region: region.clone(),
                };
                // One that is asked about centrally is left alone, and so is one of which that is not known yet.
                let running = central.get(&(collector.name, region.clone()));
                if running.is_some_and(|running| !running.coverage.lacks(&account.id)) {
                    continue;
                }
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

/// Where a collector runs: in each region, or once.
fn places<'a>(
    collector: &Collector,
    regions: impl Iterator<Item = &'a Arc<str>>,
) -> Vec<Option<Arc<str>>> {
    if collector.regional {
        regions.cloned().map(Some).collect()
    } else {
        vec![None]
    }
}
