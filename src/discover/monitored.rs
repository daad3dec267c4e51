//! One monitored account, and what a new configuration changes for it.
use super::{
    AccountList, ListedAccount,
    probe::{ProbeResult, ProbedAccount},
};
use crate::{aws::Session, config::Config};
use root_model::failure::Failure;
use root_model::target::AccountIdentity;
use std::{sync::Arc, time::Duration};
use tokio::task::AbortHandle;

/// A monitored account.
pub(super) struct MonitoredAccount {
    pub(super) listed: ListedAccount,
    pub(super) session: Session,
    /// `None` until the account has been reachable once.
    pub(super) found: Option<ProbedAccount>,
    /// Of the latest probe.
    pub(super) failures: Vec<Failure>,
    /// How long the latest probe took.
    pub(super) took: Duration,
    /// Whether a probe has ended.
    pub(super) probed: bool,
    /// The task that probes it.
    pub(super) task: AbortHandle,
}

impl MonitoredAccount {
    pub(super) fn new(
        listed: ListedAccount,
        session: Session,
        found: Option<ProbedAccount>,
        task: AbortHandle,
    ) -> Self {
        Self {
            listed,
            session,
            found,
            failures: Vec::new(),
            took: Duration::ZERO,
            probed: false,
            task,
        }
    }

    pub(super) fn record(&mut self, result: ProbeResult) {
        self.found = result.found;
        self.failures = result.failures;
        self.took = result.took;
        self.probed = true;
    }

    /// The account as it is published.
    pub(super) fn identity(&self, management: Option<&Arc<str>>) -> AccountIdentity {
        let found = self.found.as_ref();
        AccountIdentity {
            id: self.listed.id.clone(),
            partition: self.listed.partition,
            name: self.listed.name.clone(),
            member: management.map(|management| *management != self.listed.id),
            reachable: found.is_some(),
            alias: found.and_then(|found| found.alias.clone()),
            regions: found.map_or_else(Vec::new, |found| found.regions.clone()),
            complete_until: found.and_then(|found| found.complete_until),
        }
    }
}

/// What differs between two configurations and lists, for accounts that are in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Changes {
    /// Whose credentials are used, or how roles are assumed: all sessions are new.
    pub(super) credentials: bool,
    /// What probes ask or how often: probes start anew, with the same sessions.
    pub(super) probe: bool,
    /// The failures of listing the accounts: they are reported again.
    pub(super) list_failures: bool,
}

impl Changes {
    pub(super) fn between(old: (&Config, &AccountList), new: (&Config, &AccountList)) -> Self {
        let role = |config: &Config| {
            let accounts = &config.accounts;
            let (role, external_id) = (accounts.role.clone(), accounts.external_id.clone());
            (role, external_id, accounts.session_name.clone())
        };
        let probe = |config: &Config| {
            let refresh = config.accounts.refresh;
            (config.regions.clone(), refresh, config.limits.stale_after)
        };
        Self {
            credentials: old.1.own != new.1.own || role(old.0) != role(new.0),
            probe: probe(old.0) != probe(new.0),
            list_failures: old.1.failures != new.1.failures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(new: &str) -> Changes {
        let list = AccountList::default();
        let (old, new) = (Config::default(), Config::parse(new, "c.yaml").unwrap());
        Changes::between((&old, &list), (&new, &list))
    }

    #[test]
    fn only_what_concerns_a_session_or_a_probe_restarts_it() {
        let none = Changes {
            credentials: false,
            probe: false,
            list_failures: false,
        };
        assert_eq!(changes("checks: {}"), none);
        let credentials = Changes {
            credentials: true,
            ..none
        };
        assert_eq!(changes("accounts: { session_name: other }"), credentials);
        let probe = Changes {
            probe: true,
            ..none
        };
        assert_eq!(changes("regions: [eu-west-1]"), probe);
        assert_eq!(changes("accounts: { refresh: 7m }"), probe);
        assert_eq!(changes("limits: { stale_after: 5 }"), probe);
    }

    #[test]
    fn another_own_account_changes_all_sessions() {
        let (config, old) = (Config::default(), AccountList::default());
        let new = AccountList {
            own: Some("111122223333".into()),
            ..AccountList::default()
        };
        let changes = Changes::between((&config, &old), (&config, &new));
        assert!(changes.credentials && !changes.probe && !changes.list_failures);
    }
}
