//! The delegates: accounts that are asked about others, with their sessions.
use super::{Discovery, ListedAccount};
use crate::{aws::Session, collect::Delegate, config::Mode};
use std::{collections::HashMap, sync::Arc};

impl Discovery {
    /// GuardDuty's delegated administrator with its session, which is the account's own if it is monitored here.
    pub(super) fn administrator(&self, new_sessions: bool) -> Option<(Arc<str>, Session)> {
        let id = self.list.guardduty_administrator.clone()?;
        if let Some(account) = self.monitored.get(&id) {
            return Some((id, account.session.clone()));
        }
        let before = self.guardduty_administrator.as_ref();
        if let Some(same) = before.filter(|(known, _)| !new_sessions && *known == id) {
            return Some(same.clone());
        }
        let administrator = ListedAccount {
            id: id.clone(),
            ..self.list.accounts.first()?.clone()
        };
        Some((id, self.session(&administrator)))
    }

    /// All delegates. The role of one that is not monitored here is assumed for this alone.
    pub(super) fn delegates(&self) -> HashMap<Delegate, (Arc<str>, Session)> {
        let mut delegates = HashMap::new();
        if self.config.accounts.mode != Mode::Organization {
            return delegates;
        }
        if let Some(own) = &self.list.own {
            let session = (own.clone(), self.aws.own(own));
            delegates.insert(Delegate::Organization, session);
        }
        if let Some(administrator) = &self.guardduty_administrator {
            delegates.insert(Delegate::GuardDutyAdministrator, administrator.clone());
        }
        delegates
    }
}
