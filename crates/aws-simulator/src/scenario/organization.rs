//! Validation of an organization.

use crate::world::{Account, FULL_ACCESS_POLICY_ID, Organization, ROOT, is_policy_id};
use std::collections::BTreeMap;

impl Organization {
    /// Refuses ids of the wrong form, and places in the tree that are not there.
    pub(crate) fn validate(&self, simulated: &BTreeMap<String, Account>) -> Result<(), String> {
        for (id, unit) in &self.units {
            if !is_unit_id(id) {
                return Err(format!(
                    "units: `{id}` is no unit id such as ou-exam-workload"
                ));
            }
            // As many steps as there are units lead to the root, or nowhere.
            let mut parent = unit.parent.as_deref();
            for _ in 0..self.units.len() {
                let Some(above) = parent.filter(|it| *it != ROOT) else {
                    break;
                };
                let found = self.units.get(above);
                parent = found
                    .ok_or_else(|| format!("units.{id}: there is no unit `{above}`"))?
                    .parent
                    .as_deref();
            }
            if parent.is_some_and(|it| it != ROOT) {
                return Err(format!("units.{id}: it is within itself"));
            }
        }
        let named = self.accounts.iter().map(|(id, it)| (id, &it.unit));
        let all = simulated.iter().map(|(id, it)| (id, &it.unit));
        for (id, unit) in named.chain(all) {
            if let Some(unit) = unit.as_deref().filter(|it| !self.units.contains_key(*it)) {
                return Err(format!("account {id}: there is no unit `{unit}`"));
            }
        }
        for (id, policy) in &self.policies {
            if !is_policy_id(id) || id == FULL_ACCESS_POLICY_ID {
                return Err(format!(
                    "policies: `{id}` is no policy id such as p-examplepolicy"
                ));
            }
            let known = |target: &&String| {
                *target == ROOT
                    || self.units.contains_key(*target)
                    || self.accounts.contains_key(*target)
                    || simulated.contains_key(*target)
            };
            if let Some(target) = policy.targets.iter().find(|it| !known(it)) {
                return Err(format!("policies.{id}: there is no target `{target}`"));
            }
        }
        Ok(())
    }
}

fn is_unit_id(id: &str) -> bool {
    let right = |text: &str, least: usize| {
        let digits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        (least..=32).contains(&text.len()) && text.bytes().all(digits)
    };
    let parts = id.strip_prefix("ou-").and_then(|it| it.split_once('-'));
    parts.is_some_and(|(root, unit)| right(root, 4) && right(unit, 8))
}
