//! The password policy, and the entities to which a managed policy is attached.

use super::page_by_marker;
use crate::api::ServiceError;
use crate::ids;
use crate::services::Context;
use serde_json::{Value, json};

/// The AWS managed policies that exist in the simulator.
const MANAGED_POLICIES: [&str; 6] = [
    "AdministratorAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
];

pub(crate) fn get_account_password_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let id = &context.caller.account;
    match &context.account()?.password_policy {
        Some(policy) => Ok(json!({"PasswordPolicy": policy})),
        None => Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("The Password Policy with domain name {id} cannot be found."),
        )),
    }
}

pub(crate) fn list_entities_for_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let arn = context.parameters.text("PolicyArn").unwrap_or_default();
    let aws_managed_prefix = format!("arn:{}:iam::aws:policy/", context.caller.partition);
    let known = |name: &&str| MANAGED_POLICIES.contains(name);
    let Some(policy) = arn.strip_prefix(&aws_managed_prefix).filter(known) else {
        return Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("Policy {arn} does not exist or is not attachable."),
        ));
    };
    let filter = context.parameters.text("EntityFilter");
    let permissions = context.parameters.text("PolicyUsageFilter") != Some("PermissionsBoundary");
    let attached = policy == "AdministratorAccess" && permissions;
    let at_root = context
        .parameters
        .text("PathPrefix")
        .is_none_or(|path| path == "/");
    let of = |kind: &'static str, names: &[String]| {
        let wanted = attached && at_root && filter.is_none_or(|filter| filter == kind);
        let names = if wanted { names.to_vec() } else { Vec::new() };
        names.into_iter().map(move |name| (kind, name))
    };
    let it = &account.administrators;
    let all = of("Group", &it.groups)
        .chain(of("User", &it.users))
        .chain(of("Role", &it.roles));
    let (page, marker) = page_by_marker(context, all.collect())?;
    let select = |kind: &str, prefix: &str| -> Vec<Value> {
        let named = page.iter().filter(|(is, _)| *is == kind);
        let entity = |(_, name): &(&str, String)| {
            let id = ids::unique_id(prefix, &format!("{}/{name}", context.caller.account));
            json!({format!("{kind}Name"): name, format!("{kind}Id"): id})
        };
        named.map(entity).collect()
    };
    Ok(json!({
        "PolicyGroups": select("Group", "AGPA"),
        "PolicyUsers": select("User", "AIDA"),
        "PolicyRoles": select("Role", "AROA"),
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}
