//! Validation of an organization.

use crate::world::{Account, FULL_ACCESS_POLICY_ID, Organization, ROOT, is_policy_id};
use std::collections::BTreeMap;

impl Organization {
    /// Refuses IDs in the wrong format and references to units and accounts that do not exist.
    pub(crate) fn validate(&self, simulated: &BTreeMap<String, Account>) -> Result<(), String> {
        for (id, unit) in &self.units {
            if !is_unit_id(id) {
                return Err(format!(
                    "units: `{id}` is not a unit ID such as ou-exam-workload"
                ));
            }
            // If the root is not reached within as many steps as there are units, the units form a circle.
            let mut parent = unit.parent.as_deref();
            for _ in 0..self.units.len() {
                let Some(above) = parent.filter(|it| *it != ROOT) else {
                    break;
                };
                let found = self.units.get(above);
                parent = found
                    .ok_or_else(|| format!("units.{id}: unknown unit `{above}`"))?
                    .parent
                    .as_deref();
            }
            if parent.is_some_and(|it| it != ROOT) {
                return Err(format!("units.{id}: the parents form a circle"));
            }
        }
        let named = self.accounts.iter().map(|(id, it)| (id, &it.unit));
        let all = simulated.iter().map(|(id, it)| (id, &it.unit));
        for (id, unit) in named.chain(all) {
            if let Some(unit) = unit.as_deref().filter(|it| !self.units.contains_key(*it)) {
                return Err(format!("account {id}: unknown unit `{unit}`"));
            }
        }
        for (id, policy) in &self.policies {
            if !is_policy_id(id) || id == FULL_ACCESS_POLICY_ID {
                return Err(format!(
                    "policies: `{id}` is not a policy ID such as p-examplepolicy"
                ));
            }
            let known = |target: &&String| {
                *target == ROOT
                    || self.units.contains_key(*target)
                    || self.accounts.contains_key(*target)
                    || simulated.contains_key(*target)
            };
            if let Some(target) = policy.targets.iter().find(|it| !known(it)) {
                return Err(format!("policies.{id}: unknown target `{target}`"));
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
