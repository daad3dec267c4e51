//! Root sessions for member accounts.

use super::credentials;
use crate::api::{ParameterError, Service, ServiceError};
use crate::identity::SessionPrincipal;
use crate::limits::MAX_ROOT_SESSION_SECONDS;
use crate::services::Context;
use crate::world::{AccountState, RootFeature};
use serde_json::{Map, Value, json};
use time::Duration;

pub(crate) fn assume_root(context: &mut Context) -> Result<Value, ServiceError> {
    let caller = context.caller;
    let requested = context.parameters.text("TargetPrincipal");
    let target = root_arn(&caller.partition, requested.unwrap_or_default());
    let id = target
        .strip_prefix(&format!("arn:{}:iam::", caller.partition))
        .and_then(|rest| rest.strip_suffix(":root"));
    let world = &context.world;
    let organization = world.organization_in(&caller.partition);
    let organization =
        organization.filter(|it| it.administers(&caller.account, "iam.amazonaws.com"));
    let member = |id: &&str| {
        let account = world.accounts.get(*id);
        let here = account.filter(|it| it.partition == caller.partition);
        here.is_some_and(|it| it.state == AccountState::Active)
            && organization.is_some_and(|it| it.management != **id)
    };
    let (Some(organization), Some(id)) = (organization, id.filter(member)) else {
        return Err(Service::Sts.access_denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRoot on resource: {target}",
            caller.arn
        )));
    };
    let feature = RootFeature::RootCredentialsManagement;
    if !organization.trusted_access || !organization.features.contains(&feature) {
        let message =
            "Root credentials management feature is not enabled for your AWS Organization.";
        return Err(Service::Sts.access_denied(message));
    }
    let task = task_policy(&context.parameters.0);
    let audit = format!(
        "arn:{}:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
        caller.partition
    );
    if task != Some(&audit) {
        let error = ParameterError::NotAllowed("taskPolicyArn.arn".to_owned());
        return Err(Service::Sts.invalid(&error));
    }
    let seconds = context
        .parameters
        .integer("DurationSeconds")
        .unwrap_or(MAX_ROOT_SESSION_SECONDS);
    let id = id.to_owned();
    let credentials = credentials(
        context,
        &id,
        SessionPrincipal::Root,
        Duration::seconds(seconds),
    );
    Ok(json!({"Credentials": credentials}))
}

/// The ARN of the root user that `AssumeRoot` is asked for: by it, or by the account's id.
pub(crate) fn root_arn(partition: &str, target: &str) -> String {
    if target.starts_with("arn:") {
        target.to_owned()
    } else {
        format!("arn:{partition}:iam::{target}:root")
    }
}

/// The task policy that a request asks for.
pub(crate) fn task_policy(sent: &Map<String, Value>) -> Option<&str> {
    sent.get("TaskPolicyArn")?.get("arn")?.as_str()
}
