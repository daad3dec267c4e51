//! The accounts that see others, with the sessions by which they are asked.
use super::{Discovery, Member};
use crate::{aws::Session, collect::Delegate, config::Mode};
use std::{collections::HashMap, sync::Arc};

impl Discovery {
    /// GuardDuty's delegated administrator with its session, which is the account's own if it is monitored here.
    pub(super) fn administrator(&self, same_way: bool) -> Option<(Arc<str>, Session)> {
        let id = self.roster.guardduty_administrator.clone()?;
        if let Some(entry) = self.entries.get(&id) {
            return Some((id, entry.session.clone()));
        }
        let before = self.guardduty_administrator.as_ref();
        if let Some(same) = before.filter(|(known, _)| same_way && *known == id) {
            return Some(same.clone());
        }
        let member = Member {
            id: id.clone(),
            ..self.roster.members.first()?.clone()
        };
        Some((id, self.session(&member)))
    }

    /// The accounts that see others. One that is not monitored here is entered for that alone.
    pub(super) fn delegates(&self) -> HashMap<Delegate, (Arc<str>, Session)> {
        let mut delegates = HashMap::new();
        if self.config.accounts.mode != Mode::Organization {
            return delegates;
        }
        if let Some(own) = &self.roster.own {
            let session = (own.clone(), self.aws.session());
            delegates.insert(Delegate::Organization, session);
        }
        if let Some(administrator) = &self.guardduty_administrator {
            delegates.insert(Delegate::GuardDutyAdministrator, administrator.clone());
        }
        delegates
    }
}
