//! Which accounts and regions are monitored: the accounts are listed, then each is probed by a task of its own, so that
//! one that is unreachable delays no other. Discovery reports on itself as the collector `discovery`.
mod accounts;
mod delegates;
mod monitored;
mod probe;
mod publish;

use crate::{
    aws::{Aws, Session},
    clock::Clock,
    config::Config,
    limits::{
        MAX_ACCOUNT_PROBES, MAX_ACCOUNTS_PUBLISHED_SINGLY, MAX_PROBE_RETRY_INTERVAL, PROBE_RESULTS,
        PUBLISH_INTERVAL, Slots,
    },
    panics::caught,
    schedule::{Backoff, JobLabels, Plan},
};
use accounts::{AccountList, ListedAccount};
use monitored::{Changes, MonitoredAccount};
use probe::{ProbeResult, ProbedAccount, probe};
use root_model::collector::Collector;
use root_model::failure::Failure;
use root_model::observation::Observation;
use root_model::target::Scope;
use std::{collections::BTreeMap, sync::Arc};
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
    time::{Instant, sleep, sleep_until},
};
use tracing::info;

/// The IAM actions that discovery needs in every account. `sts:GetCallerIdentity` needs no permission.
pub const ACTIONS: &[&str] = &["account:ListRegions", "iam:ListAccountAliases"];

/// The IAM actions that it needs besides, with the exporter's own credentials, to list the accounts of an organization. To
/// probe them it needs `sts:AssumeRole`.
pub const ORGANIZATION_ACTIONS: &[&str] = &[
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
];

/// Where discovery publishes.
pub struct Sinks {
    /// What should run.
    pub plans: watch::Sender<Plan>,
    /// What is monitored.
    pub scopes: watch::Sender<Arc<Scope>>,
    /// The results of discovery itself.
    pub observations: mpsc::Sender<Observation>,
}

/// Discovers at once, at each refresh and whenever the configuration changes, until the configuration's sender is gone.
pub async fn run(aws: Aws, configs: watch::Receiver<Arc<Config>>, sinks: Sinks, clock: Clock) {
    let (list_sender, mut lists) = mpsc::channel(1);
    let (result_sender, mut results) = mpsc::channel(PROBE_RESULTS);
    let mut tasks = JoinSet::new();
    let config = configs.borrow().clone();
    tasks.spawn(list_accounts(aws.clone(), configs, list_sender));
    let mut discovery = Discovery {
        aws,
        sinks,
        clock,
        results: result_sender,
        probe_slots: Slots::new(MAX_ACCOUNT_PROBES),
        tasks,
        config,
        list: AccountList::default(),
        monitored: BTreeMap::new(),
        guardduty_administrator: None,
        accounts_logged: false,
    };
    let mut publish: Option<Instant> = None;
    loop {
        let due = publish.unwrap_or_else(|| Instant::now() + PUBLISH_INTERVAL);
        tokio::select! {
            list = lists.recv() => match list {
                Some((config, list)) => {
                    discovery.update(config, list).await;
                    discovery.publish();
                }
                None => return,
            },
            Some(result) = results.recv() => {
                discovery.record(result).await;
                publish.get_or_insert_with(|| Instant::now() + PUBLISH_INTERVAL);
            }
            // A task that was aborted is of no interest; one that panicked is, and ends the program.
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

/// Lists the accounts at each refresh and whenever the configuration or the exporter's own access key changes.
async fn list_accounts(
    aws: Aws,
    mut configs: watch::Receiver<Arc<Config>>,
    lists: mpsc::Sender<(Arc<Config>, AccountList)>,
) {
    let mut list = AccountList::default();
    let mut backoff = Backoff::default();
    let mut access_keys = aws.access_keys();
    loop {
        aws.credentials_loaded().await;
        access_keys.borrow_and_update();
        let config = configs.borrow_and_update().clone();
        let updated = caught(accounts::update(&aws, &config, list.clone())).await;
        list = updated.unwrap_or_else(|| AccountList {
            failures: vec![Failure::panicked(Collector::Discovery.as_str())],
            ..list
        });
        let own = list.own.as_deref().unwrap_or("unknown");
        backoff.record(labels(own), &list.failures, false);
        let wait = backoff.next_delay(config.accounts.refresh, fastrand::f64());
        if lists.send((config.clone(), list.clone())).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(wait) => continue,
            _ = access_keys.changed() => continue,
            changed = configs.changed() => if changed.is_err() {
                return;
            }
        }
        // A change that does not concern the list of accounts takes effect before they are listed again.
        let new = configs.borrow().clone();
        if new.finds_as(&config) && lists.send((new, list.clone())).await.is_err() {
            return;
        }
    }
}

struct Discovery {
    aws: Aws,
    sinks: Sinks,
    clock: Clock,
    results: mpsc::Sender<ProbeResult>,
    probe_slots: Slots,
    tasks: JoinSet<()>,
    config: Arc<Config>,
    list: AccountList,
    monitored: BTreeMap<Arc<str>, MonitoredAccount>,
    guardduty_administrator: Option<(Arc<str>, Session)>,
    /// Whether the log says how many accounts there are.
    accounts_logged: bool,
}

impl Discovery {
    /// Takes a new configuration and list: accounts that left are no longer monitored, new ones are probed.
    async fn update(&mut self, config: Arc<Config>, list: AccountList) {
        let changes = Changes::between((&self.config, &self.list), (&config, &list));
        self.config = config;
        self.list = list;
        let mut before = std::mem::take(&mut self.monitored);
        for listed in self.list.accounts.clone() {
            let old = before.remove(&listed.id);
            let account = self.monitor(listed, old, changes);
            self.monitored.insert(account.listed.id.clone(), account);
        }
        self.guardduty_administrator = self.administrator(changes.credentials);
        for left in before.values() {
            left.task.abort();
            info!(account = &*left.listed.id, "no longer monitored");
        }
        match self.reporter() {
            // Reported already, or with the account's first probe.
            Some(account) if !changes.list_failures || !account.probed => {}
            Some(account) => self.report(Some(account)).await,
            None if self.list.failures.is_empty() => {}
            None => self.report(None).await,
        }
    }

    /// Monitors an account: as before, as far as nothing that concerns it has changed.
    fn monitor(
        &mut self,
        listed: ListedAccount,
        old: Option<MonitoredAccount>,
        changes: Changes,
    ) -> MonitoredAccount {
        if let Some(mut old) = old {
            let same_session = !changes.credentials && old.listed.partition == listed.partition;
            if same_session && !changes.probe {
                return MonitoredAccount { listed, ..old };
            }
            old.task.abort();
            if same_session {
                old.task = self.start_probes(&listed, &old.session, old.found.clone());
                return MonitoredAccount { listed, ..old };
            }
            return self.start(listed, old.found);
        }
        self.start(listed, None)
    }

    /// Monitors an account by a new session. What was found in it before is kept.
    fn start(&mut self, listed: ListedAccount, found: Option<ProbedAccount>) -> MonitoredAccount {
        let session = self.session(&listed);
        let task = self.start_probes(&listed, &session, found.clone());
        MonitoredAccount::new(listed, session, found, task)
    }

    /// The exporter's own account needs no role.
    fn session(&self, account: &ListedAccount) -> Session {
        if self.list.own.as_ref() == Some(&account.id) {
            return self.aws.own(&account.id);
        }
        let role = self.config.accounts.role_in(account.partition, &account.id);
        self.aws.assume(&account.id, role)
    }

    /// Probes an account at once and at each refresh, after a failure sooner.
    fn start_probes(
        &mut self,
        account: &ListedAccount,
        session: &Session,
        mut found: Option<ProbedAccount>,
    ) -> AbortHandle {
        let (config, clock) = (self.config.clone(), self.clock.clone());
        let (account, session) = (account.clone(), session.clone());
        let (results, slots) = (self.results.clone(), self.probe_slots.clone());
        self.tasks.spawn(async move {
            let mut backoff = Backoff::up_to(MAX_PROBE_RETRY_INTERVAL);
            loop {
                let slot = slots.acquire().await;
                let started = Instant::now();
                let before = found.clone();
                let probed = probe(&session, account.partition, &config, before, clock.now());
                // Boxed, so that it takes no memory while the task sleeps.
                let probed = caught(Box::pin(probed)).await;
                drop(slot);
                let failures = match probed {
                    Some((now_found, failures)) => {
                        found = now_found;
                        failures
                    }
                    None => vec![Failure::panicked(Collector::Discovery.as_str())],
                };
                backoff.record(labels(&account.id), &failures, false);
                let wait = backoff.next_delay(config.accounts.refresh, fastrand::f64());
                let result = ProbeResult {
                    account: account.id.clone(),
                    found: found.clone(),
                    failures,
                    took: started.elapsed(),
                };
                if results.send(result).await.is_err() {
                    return;
                }
                sleep(wait).await;
            }
        })
    }

    /// Takes in the result of a probe.
    async fn record(&mut self, result: ProbeResult) {
        // The account may have left meanwhile.
        let Some(account) = self.monitored.get_mut(&result.account) else {
            return;
        };
        let id = result.account.clone();
        let regions = |found: &Option<ProbedAccount>| found.as_ref().map(|it| it.regions.len());
        if regions(&account.found) != regions(&result.found) {
            let regions = regions(&result.found).unwrap_or_default();
            info!(account = &*id, regions, "monitoring");
        }
        let newly_reachable = account.found.is_none() && result.found.is_some();
        account.record(result);
        // The plan comes before the observation that completes discovery: readiness would otherwise miss what has to run.
        let last = self.monitored.values().all(|account| account.probed);
        let few = self.monitored.len() < MAX_ACCOUNTS_PUBLISHED_SINGLY;
        if newly_reachable && (last || few) {
            self.publish();
        }
        if last && !self.accounts_logged {
            self.log_accounts();
        }
        if let Some(account) = self.monitored.get(&id) {
            self.report(Some(account)).await;
        }
    }

    /// Logs, once all accounts have been probed, how many there are and how many of them are unreachable.
    fn log_accounts(&mut self) {
        self.accounts_logged = true;
        let accounts = self.monitored.len();
        let unreachable = self.monitored.values().filter(|it| it.found.is_none());
        let unreachable = unreachable.count();
        info!(accounts, unreachable, "accounts discovered");
    }
}

/// The labels of discovery in an account, for the log.
fn labels(account: &str) -> JobLabels<'_> {
    JobLabels {
        account,
        region: "global",
        collector: Collector::Discovery,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::AssumeRoleBackoff;
    use root_model::failure::{Failure, Reason};
    use std::time::Duration;

    /// A role that is refused for hours. The probe asks for it with backoff, and so does the session that it asks.
    #[test]
    fn a_refused_role_is_requested_within_ten_minutes() {
        let refused = Failure {
            reason: Reason::AccessDenied,
            call: "sts:AssumeRole",
            message: String::new(),
        };
        let refresh = Duration::from_hours(1);
        for jitter in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let mut probes = Backoff::up_to(MAX_PROBE_RETRY_INTERVAL);
            let mut role: Option<AssumeRoleBackoff> = None;
            let start = Instant::now();
            let (mut now, mut requested) = (start, start);
            let mut longest = Duration::ZERO;
            while now < start + Duration::from_hours(12) {
                let backs_off = role.as_ref().is_some_and(|it| it.failure(now).is_some());
                if !backs_off {
                    role = Some(AssumeRoleBackoff::after(
                        role.as_ref(),
                        refused.clone(),
                        now,
                    ));
                    longest = longest.max(now - requested);
                    requested = now;
                }
                probes.record(
                    labels("111122223333"),
                    std::slice::from_ref(&refused),
                    false,
                );
                now += probes.next_delay(refresh, jitter);
            }
            let limit = Duration::from_mins(10);
            assert!(longest <= limit, "{longest:?} at {jitter}");
            assert!(longest > limit / 4, "it backs off: {longest:?}");
        }
        // However collectors' requests fall between the probes'.
        let probe = MAX_PROBE_RETRY_INTERVAL.mul_f64(1.1);
        let sum = probe + crate::limits::MAX_ASSUME_ROLE_RETRY_INTERVAL;
        assert!(sum <= Duration::from_mins(10), "{sum:?}");
    }
}
