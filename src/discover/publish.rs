//! What discovery publishes: the scope and the plan, and an observation of itself for each account.
use super::{Discovery, MonitoredAccount};
use crate::schedule::Plan;
use root_model::collector::Collector;
use root_model::observation::Observation;
use root_model::target::{AccountIdentity, Scope, Target};
use std::{sync::Arc, time::Duration};

impl Discovery {
    /// The account whose observations carry the failures of listing the accounts: the exporter's own or, if that is not
    /// monitored here, the first.
    pub(super) fn reporter(&self) -> Option<&MonitoredAccount> {
        let own = self.list.own.as_ref();
        let own = own.and_then(|own| self.monitored.get(own));
        own.or_else(|| self.monitored.values().next())
    }

    /// Sends the observation of an account's latest probe; `None` if no account is monitored.
    pub(super) async fn report(&self, account: Option<&MonitoredAccount>) {
        let id = account.map(|account| account.listed.id.clone());
        let took = account.map_or(Duration::ZERO, |account| account.took);
        let mut failures = account.map_or_else(Vec::new, |account| account.failures.clone());
        if id == self.reporter().map(|account| account.listed.id.clone()) {
            failures.extend(self.list.failures.iter().cloned());
        }
        let observation = Observation {
            target: id.map(|account| Target {
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
        // The receiver is gone only when the program ends.
        let _ = self.sinks.observations.send(observation).await;
    }

    /// Publishes what is monitored, and what should run.
    pub(super) fn publish(&self) {
        let config = &self.config;
        let settings = |collector| {
            config
                .collectors
                .settings(collector, config.limits.stale_after)
        };
        let enabled = Collector::configurable()
            .filter(|collector| !collector.assumes_root() || config.accounts.assume_root)
            .filter_map(|collector| Some((collector, settings(collector)?)));
        let running = enabled
            .clone()
            .map(|(collector, settings)| (collector, settings.quiet_interval));
        let collectors = std::iter::once((Collector::Discovery, config.accounts.refresh))
            .chain(running)
            .collect();
        let management = self.list.management.as_ref();
        let monitored = self.monitored.values();
        let accounts: Vec<(Arc<AccountIdentity>, &MonitoredAccount)> = monitored
            .map(|account| (Arc::new(account.identity(management)), account))
            .collect();
        let identities = accounts.iter().map(|(identity, _)| identity.clone());
        self.sinks.scopes.send_replace(Arc::new(Scope {
            accounts: identities.collect(),
            collectors,
            discovered: self.list.listed,
        }));
        self.sinks.plans.send_replace(Plan {
            accounts: accounts
                .into_iter()
                .filter(|(identity, _)| identity.reachable)
                .map(|(identity, account)| (identity, account.session.clone()))
                .collect(),
            collectors: enabled.collect(),
            delegates: self.delegates(),
        });
    }
}
