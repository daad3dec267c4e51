//! Validation of a world.

use super::account::{validate_account, validate_account_id};
use super::fault::validate_fault;
use crate::clock::Timestamp;
use crate::world::{World, history};

/// Fills in defaults of events, and validates what types cannot express.
pub(super) fn complete_and_validate(world: &mut World, now: Timestamp) -> Result<(), String> {
    for (id, account) in &mut world.accounts {
        history::fill_defaults(id, &mut account.events, now);
    }
    if !world.speed.is_finite() || world.speed < 0.0 {
        return Err("speed must be 0 or more".to_owned());
    }
    let mut access_keys = Vec::new();
    for (id, account) in &world.accounts {
        validate_account(id, account).map_err(|reason| format!("accounts.{id}: {reason}"))?;
        access_keys.extend(account.principals.keys());
    }
    access_keys.sort();
    if let Some(twice) = access_keys.windows(2).find_map(|pair| match pair {
        [left, right] if left == right => Some(left),
        _ => None,
    }) {
        return Err(format!("access key `{twice}` is used in two accounts"));
    }
    if let Some(organization) = &world.organization {
        let others = organization
            .accounts
            .keys()
            .chain([&organization.management]);
        for id in others.chain(organization.delegated_administrators.keys()) {
            validate_account_id(id).map_err(|reason| format!("organization: {reason}"))?;
        }
        let places = organization.validate(&world.accounts);
        places.map_err(|reason| format!("organization: {reason}"))?;
    }
    for (name, fault) in &world.faults {
        validate_fault(fault).map_err(|reason| format!("faults.{name}: {reason}"))?;
    }
    Ok(())
}
