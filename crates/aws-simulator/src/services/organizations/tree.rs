//! The targets of a policy and the children of a unit.

use super::accounts::members;
use super::policies::policy;
use super::{managed_organization, page_by_token, with_token};
use crate::api::ServiceError;
use crate::services::Context;
use crate::world::ROOT;
use serde_json::{Value, json};

pub(crate) fn list_targets_for_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let (_, policy) = policy(context, organization)?;
    let attached = |id: &str| policy.is_none_or(|it| it.targets.iter().any(|target| target == id));
    let target = |id: &str, name: &str, kind: &str, part: &str| {
        let partition = &context.caller.partition;
        let arn = organization.arn(partition, part, &format!("/{id}"));
        json!({"TargetId": id, "Arn": arn, "Name": name, "Type": kind})
    };
    let mut targets = Vec::new();
    if attached(ROOT) {
        targets.push(target(ROOT, "Root", "ROOT", "root"));
    }
    for (id, unit) in organization.units.iter().filter(|(id, _)| attached(id)) {
        targets.push(target(id, &unit.name, "ORGANIZATIONAL_UNIT", "ou"));
    }
    for (id, member) in members(context, organization) {
        if attached(id) {
            targets.push(target(id, &member.name, "ACCOUNT", "account"));
        }
    }
    let (targets, next) = page_by_token(context, targets)?;
    Ok(with_token(json!({"Targets": targets}), next))
}

pub(crate) fn list_children(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let parent = context.parameters.text("ParentId").unwrap_or_default();
    if parent != ROOT && !organization.units.contains_key(parent) {
        let message = "We can't find a root or OU with the ParentId that you specified.";
        return Err(ServiceError::new(400, "ParentNotFoundException", message));
    }
    let within = |place: &Option<String>| place.as_deref().unwrap_or(ROOT) == parent;
    let kind = context.parameters.text("ChildType").unwrap_or_default();
    let ids: Vec<&str> = if kind == "ACCOUNT" {
        let accounts = members(context, organization).into_iter();
        let within = accounts.filter(|(_, it)| within(&it.unit));
        within.map(|(id, _)| id).collect()
    } else {
        let units = organization.units.iter();
        let within = units.filter(|(_, it)| within(&it.parent));
        within.map(|(id, _)| id.as_str()).collect()
    };
    let children = ids.into_iter().map(|id| json!({"Id": id, "Type": kind}));
    let (children, next) = page_by_token(context, children.collect())?;
    Ok(with_token(json!({"Children": children}), next))
}
