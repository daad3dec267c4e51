//! Which accounts and regions there are now: the accounts are looked for, then each is entered by itself, so that one which
//! cannot be entered holds up no other. It reports on itself as the collector `discovery`.
mod delegates;
mod entry;
mod roster;

use crate::{
    aws::{Aws, Session},
    clock::Clock,
    config::Config,
    schedule::{Backoff, JobLabels, Plan},
};
use entry::Known;
use root_model::collector::Collector;
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Scope, Target};
use roster::{Member, Roster};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep, sleep_until},
};
use tracing::info;

/// The IAM actions that discovery needs in every account. `sts:GetCallerIdentity` needs no permission.
pub const ACTIONS: &[&str] = &["account:ListRegions", "iam:ListAccountAliases"];

/// Those that it needs besides, with the exporter's own credentials, to find the accounts of an organization;
/// to enter them it needs `sts:AssumeRole`.
pub const ORGANIZATION_ACTIONS: &[&str] = &[
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
];

/// While many accounts are being entered, what is found is told this often.
const PACE: Duration = Duration::from_millis(500);

/// With fewer accounts than this, each that could be entered is told at once.
const FEW: usize = 20;

/// Accounts that are being entered at once.
const ENTERING: usize = 64;

/// Where discovery tells what it found.
pub struct Sinks {
    /// What should run.
    pub plans: watch::Sender<Plan>,
    /// What is watched.
    pub scopes: watch::Sender<Arc<Scope>>,
    /// How discovery itself fares.
    pub observations: mpsc::Sender<Observation>,
}

/// Discovers at once, at each refresh and whenever the configuration changes, until the configuration's sender is gone.
pub async fn run(aws: Aws, configs: watch::Receiver<Arc<Config>>, sinks: Sinks, clock: Clock) {
    let (roster_sender, mut rosters) = mpsc::channel(1);
    let (found_sender, mut found) = mpsc::channel(64);
    let mut tasks = JoinSet::new();
    let config = configs.borrow().clone();
    tasks.spawn(look_for_accounts(aws.clone(), configs, roster_sender));
    let mut discovery = Discovery {
        aws,
        sinks,
        clock,
        found: found_sender,
        entering: Arc::new(Semaphore::new(ENTERING)),
        tasks,
        config,
        roster: Roster::default(),
        entries: BTreeMap::new(),
        guardduty_administrator: None,
    };
    let mut publish: Option<Instant> = None;
    loop {
        let due = publish.unwrap_or_else(|| Instant::now() + PACE);
        tokio::select! {
            news = rosters.recv() => match news {
                Some((config, roster)) => {
                    discovery.enlist(config, roster).await;
                    discovery.publish();
                }
                None => return,
            },
            Some(found) = found.recv() => {
                discovery.take_in(found).await;
                publish.get_or_insert_with(|| Instant::now() + PACE);
            }
            // A task that was told to stop is of no interest; one that broke is, and ends the program.
            Some(ended) = discovery.tasks.join_next() => if ended.is_err_and(|error| error.is_panic()) {
                return;
            },
            () = sleep_until(due), if publish.is_some() => {
                discovery.publish();
                publish = None;
            }
        }
    }
}

/// Looks for the accounts again and again.
async fn look_for_accounts(
    aws: Aws,
    mut configs: watch::Receiver<Arc<Config>>,
    rosters: mpsc::Sender<(Arc<Config>, Roster)>,
) {
    let mut roster = Roster::default();
    let mut backoff = Backoff::default();
    loop {
        let config = configs.borrow_and_update().clone();
        roster = roster::look(&aws, &config, roster).await;
        let own = roster.own.as_deref().unwrap_or("unknown");
        backoff.record(labels(own), &roster.failures, false);
        let wait = backoff.next_delay(config.accounts.refresh, fastrand::f64());
        if rosters
            .send((config.clone(), roster.clone()))
            .await
            .is_err()
        {
            return;
        }
        tokio::select! {
            () = sleep(wait) => continue,
            changed = configs.changed() => if changed.is_err() {
                return;
            }
        }
        // What does not bear on which accounts there are need not wait until they have been looked for.
        let new = configs.borrow().clone();
        if new.finds_as(&config) && rosters.send((new, roster.clone())).await.is_err() {
            return;
        }
    }
}

/// What was found in one account.
struct Found {
    account: Arc<str>,
    known: Option<Known>,
    failures: Vec<Failure>,
    took: Duration,
}

/// An account on the roster.
struct Entry {
    member: Member,
    session: Session,
    known: Option<Known>,
    failures: Vec<Failure>,
    took: Duration,
    looked_at: bool,
    task: AbortHandle,
}

struct Discovery {
    aws: Aws,
    sinks: Sinks,
    clock: Clock,
    found: mpsc::Sender<Found>,
    entering: Arc<Semaphore>,
    tasks: JoinSet<()>,
    config: Arc<Config>,
    roster: Roster,
    entries: BTreeMap<Arc<str>, Entry>,
    guardduty_administrator: Option<(Arc<str>, Session)>,
}

impl Discovery {
    /// Takes a new roster: accounts that left are let go, new ones are entered.
    async fn enlist(&mut self, config: Arc<Config>, roster: Roster) {
        let (old, new) = (&self.config.accounts, &config.accounts);
        let same_way = self.roster.own == roster.own
            && (&old.role, &old.external_id, &old.session_name)
                == (&new.role, &new.external_id, &new.session_name);
        let same_look = self.config.regions == config.regions
            && old.refresh == new.refresh
            && self.config.limits.stale_after == config.limits.stale_after;
        let same_failures = self.roster.failures == roster.failures;
        self.config = config;
        self.roster = roster;
        let mut before = std::mem::take(&mut self.entries);
        for member in self.roster.members.clone() {
            let old = before.remove(&member.id);
            let entry = match old {
                Some(mut entry) if same_way && entry.member.partition == member.partition => {
                    if !same_look {
                        entry.task.abort();
                        entry.task = self.enter(&member, &entry.session, entry.known.clone());
                    }
                    Entry { member, ..entry }
                }
                old => {
                    let known = old.and_then(|entry| {
                        entry.task.abort();
                        entry.known
                    });
                    let session = self.session(&member);
                    let task = self.enter(&member, &session, known.clone());
                    Entry {
                        member,
                        session,
                        known,
                        failures: Vec::new(),
                        took: Duration::ZERO,
                        looked_at: false,
                        task,
                    }
                }
            };
            self.entries.insert(entry.member.id.clone(), entry);
        }
        self.guardduty_administrator = self.administrator(same_way);
        for left in before.values() {
            left.task.abort();
            info!(account = &*left.member.id, "no longer monitored");
        }
        match self.teller() {
            // It will be told with what is found in the account.
            Some(entry) if same_failures || !entry.looked_at => {}
            Some(entry) => self.tell(Some(entry)).await,
            None if self.roster.failures.is_empty() => {}
            None => self.tell(None).await,
        }
    }

    /// The account with which the search for accounts is told: the exporter's own or, if that is not monitored here, the
    /// first.
    fn teller(&self) -> Option<&Entry> {
        let own = self
            .roster
            .own
            .as_ref()
            .and_then(|own| self.entries.get(own));
        own.or_else(|| self.entries.values().next())
    }

    /// The exporter's own account needs no role.
    fn session(&self, member: &Member) -> Session {
        if self.roster.own.as_ref() == Some(&member.id) {
            return self.aws.session();
        }
        let role = self.config.accounts.role_in(member.partition, &member.id);
        self.aws.assume(&member.id, role)
    }

    /// Looks into an account again and again.
    fn enter(&mut self, member: &Member, session: &Session, known: Option<Known>) -> AbortHandle {
        let (config, clock) = (self.config.clone(), self.clock.clone());
        let (member, session, found) = (member.clone(), session.clone(), self.found.clone());
        let (entering, mut known) = (self.entering.clone(), known);
        self.tasks.spawn(async move {
            let mut backoff = Backoff::default();
            loop {
                // Never closed, so there is always a permit to wait for.
                let permit = entering.acquire().await;
                let started = Instant::now();
                let looked = entry::look(&session, member.partition, &config, known, clock.now());
                // Boxed, so that it takes no room while the task sleeps.
                let (now_known, failures) = Box::pin(looked).await;
                drop(permit);
                known = now_known;
                backoff.record(labels(&member.id), &failures, false);
                let wait = backoff.next_delay(config.accounts.refresh, fastrand::f64());
                let news = Found {
                    account: member.id.clone(),
                    known: known.clone(),
                    failures,
                    took: started.elapsed(),
                };
                if found.send(news).await.is_err() {
                    return;
                }
                sleep(wait).await;
            }
        })
    }

    async fn take_in(&mut self, found: Found) {
        // It may have left meanwhile.
        let Some(entry) = self.entries.get_mut(&found.account) else {
            return;
        };
        let regions = |known: &Option<Known>| known.as_ref().map(|known| known.regions.len());
        if regions(&entry.known) != regions(&found.known) {
            let regions = regions(&found.known).unwrap_or_default();
            info!(account = &*found.account, regions, "monitoring");
        }
        let first_entered = entry.known.is_none() && found.known.is_some();
        entry.known = found.known;
        entry.failures = found.failures;
        entry.took = found.took;
        entry.looked_at = true;
        // What has to run is told before discovery counts as tried: else nothing would seem to be missing.
        let last = self.entries.values().all(|entry| entry.looked_at);
        if first_entered && (last || self.entries.len() < FEW) {
            self.publish();
        }
        if let Some(entry) = self.entries.get(&found.account) {
            self.tell(Some(entry)).await;
        }
    }

    /// Tells how discovery fares in an account; of one of them, the search for accounts is part.
    async fn tell(&self, entry: Option<&Entry>) {
        let account = entry.map(|entry| entry.member.id.clone());
        let took = entry.map_or(Duration::ZERO, |entry| entry.took);
        let mut failures = entry.map_or_else(Vec::new, |entry| entry.failures.clone());
        if account == self.teller().map(|entry| entry.member.id.clone()) {
            failures.extend(self.roster.failures.iter().cloned());
        }
        let observation = Observation {
            target: account.map(|account| Target {
                account,
                region: None,
            }),
            collector: Collector::Discovery,
            ended: self.clock.now(),
            took,
            valid: Duration::ZERO,
            facts: Vec::new(),
            failures,
        };
        // Nobody listens any more only when the program ends.
        let _ = self.sinks.observations.send(observation).await;
    }

    /// Tells what is watched, and what should run.
    fn publish(&self) {
        let config = &self.config;
        let settings = |collector| {
            config
                .collectors
                .settings(collector, config.limits.stale_after)
        };
        let enabled = Collector::configurable()
            .filter(|collector| !collector.assumes_root() || config.accounts.assume_root)
            .filter_map(|collector| Some((collector, settings(collector)?)));
        let running = enabled.clone().map(|(collector, _)| collector);
        let collectors = std::iter::once(Collector::Discovery)
            .chain(running)
            .collect();
        let entries = self.entries.values();
        let accounts: Vec<(Arc<AccountIdentity>, &Entry)> = entries
            .map(|entry| {
                (
                    Arc::new(entry.account(self.roster.management.as_ref())),
                    entry,
                )
            })
            .collect();
        self.sinks.scopes.send_replace(Arc::new(Scope {
            accounts: accounts
                .iter()
                .map(|(account, _)| account.clone())
                .collect(),
            collectors,
            discovered: self.roster.listed,
        }));
        self.sinks.plans.send_replace(Plan {
            accounts: accounts
                .into_iter()
                .filter(|(account, _)| account.reachable)
                .map(|(account, entry)| (account, entry.session.clone()))
                .collect(),
            collectors: enabled.collect(),
            delegates: self.delegates(),
        });
    }
}

impl Entry {
    fn account(&self, management: Option<&Arc<str>>) -> AccountIdentity {
        let known = self.known.as_ref();
        AccountIdentity {
            id: self.member.id.clone(),
            partition: self.member.partition,
            name: self.member.name.clone(),
            member: management.map(|management| *management != self.member.id),
            reachable: known.is_some(),
            alias: known.and_then(|known| known.alias.clone()),
            regions: known.map_or_else(Vec::new, |known| known.regions.clone()),
            complete_until: known.and_then(|known| known.complete_until),
        }
    }
}

/// As what discovery speaks of an account in the log.
fn labels(account: &str) -> JobLabels<'_> {
    JobLabels {
        account,
        region: "global",
        collector: Collector::Discovery,
    }
}
