//! Defaults for accounts and users that a scenario does not describe in full.

use super::account::Account;
use crate::clock::Timestamp;
use crate::regions;

/// When accounts were made whose scenario does not say.
const CREATED: Timestamp = Timestamp(time::macros::datetime!(2019-03-01 10:00 UTC));

impl Account {
    /// When the account was made, where the scenario does not say.
    pub(crate) fn created(&self) -> Timestamp {
        self.created.unwrap_or(CREATED)
    }

    /// The users whom long-term credentials belong to and whom `users` does not list.
    pub(crate) fn unlisted_users(&self) -> Vec<&str> {
        let names = self
            .principals
            .values()
            .map(|principal| principal.name.as_str());
        let mut names: Vec<_> = names
            .filter(|name| !self.users.contains_key(*name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Account {
    /// The regions where its credentials are good.
    pub(crate) fn enabled_regions(&self) -> Vec<&str> {
        match &self.regions {
            Some(regions) => regions.iter().map(String::as_str).collect(),
            None => regions::default_regions(&self.partition).to_vec(),
        }
    }
}
