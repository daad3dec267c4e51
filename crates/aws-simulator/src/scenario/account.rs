//! Validation of an account.

use crate::limits::{ACCESS_KEYS, CERTIFICATES, MFA_DEVICES};
use crate::regions;
use crate::world::{Account, is_trail_name};

pub(crate) fn validate_account_id(id: &str) -> Result<(), String> {
    let right = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if right {
        Ok(())
    } else {
        Err(format!("`{id}` is no account id: it has 12 digits"))
    }
}

pub(crate) fn validate_account(id: &str, account: &Account) -> Result<(), String> {
    validate_account_id(id)?;
    let partition = account.partition.as_str();
    if regions::default_regions(partition).is_empty() {
        return Err(format!("partition `{partition}` is not simulated"));
    }
    let homes = account
        .trails
        .values()
        .filter_map(|trail| trail.home_region.as_ref());
    let named = account
        .regions
        .iter()
        .flatten()
        .chain(account.detectors.keys())
        .chain(homes);
    for region in named.chain(
        account
            .events
            .iter()
            .filter_map(|event| event.region.as_ref()),
    ) {
        if regions::partition_of(region) != Some(partition) {
            return Err(format!(
                "region `{region}` does not exist in partition `{partition}`"
            ));
        }
    }
    let root = &account.root;
    if root.keys.len() > ACCESS_KEYS
        || root.certificates.len() > CERTIFICATES
        || root.mfa.len() > MFA_DEVICES
    {
        return Err("root: at most 2 keys, 2 certificates and 8 MFA devices".to_owned());
    }
    if let Some((name, _)) = account
        .users
        .iter()
        .find(|(_, user)| user.keys.len() > ACCESS_KEYS)
    {
        return Err(format!("users.{name}: at most 2 keys"));
    }
    for (key, principal) in &account.principals {
        if !key.starts_with("AKIA") || !(16..=128).contains(&key.len()) {
            return Err(format!("principals: `{key}` is no long-term access key id"));
        }
        principal
            .policy
            .validate()
            .map_err(|reason| format!("principals.{key}: {reason}"))?;
    }
    for (name, role) in &account.roles {
        role.policy
            .validate()
            .map_err(|reason| format!("roles.{name}: {reason}"))?;
        for trusted in role.trusted.iter().filter(|it| !it.starts_with("arn:")) {
            validate_account_id(trusted).map_err(|reason| format!("roles.{name}: {reason}"))?;
        }
    }
    for (region, detector) in &account.detectors {
        let wrong = |severity: f64| !(1.0..=10.0).contains(&severity);
        if let Some((finding, _)) = detector.findings.iter().find(|(_, it)| wrong(it.severity)) {
            return Err(format!(
                "detectors.{region}.findings.{finding}: severity is 1 to 10"
            ));
        }
    }
    for (name, trail) in &account.trails {
        if trail.event_selectors.is_some() && trail.advanced_event_selectors.is_some() {
            return Err(format!(
                "trails.{name}: event selectors are of one form, not both"
            ));
        }
        if !is_trail_name(name) {
            return Err(format!("trails: `{name}` is no trail name"));
        }
    }
    Ok(())
}
