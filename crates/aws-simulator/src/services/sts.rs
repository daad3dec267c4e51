//! STS: who one is, and temporary credentials: for a role that trusts one, for the root user of a member.

use super::{Context, Operation, Service};
use crate::clock::Timestamp;
use crate::failure::{ParameterError, ServiceError};
use crate::identity::{Session, SessionPrincipal};
use crate::ids;
use crate::parameters::{ParameterType, optional, required};
use crate::world::{AccountState, Role, RootFeature};
use serde_json::{Map, Value, json};
use time::Duration;

const ARN: ParameterType = ParameterType::Text(20, 2048);
const SESSION_NAME: ParameterType = ParameterType::Text(2, 64);
const SECONDS: ParameterType = ParameterType::Integer(900, 43_200);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(Service::Sts, "GetCallerIdentity", &[], get_caller_identity)
        .limited(600.0, 600.0),
    Operation::new(
        Service::Sts,
        "AssumeRole",
        &[
            required("RoleArn", ARN),
            required("RoleSessionName", SESSION_NAME),
            optional("DurationSeconds", SECONDS),
            optional("ExternalId", ParameterType::Text(2, 1224)),
        ],
        assume_role,
    )
    .limited(600.0, 600.0),
    Operation::new(
        Service::Sts,
        "AssumeRoot",
        &[
            required("TargetPrincipal", ParameterType::Text(12, 2048)),
            required(
                "TaskPolicyArn",
                ParameterType::Structure(&[optional("arn", ARN)]),
            ),
            optional("DurationSeconds", ParameterType::Integer(0, 900)),
        ],
        assume_root,
    ),
    Operation::new(
        Service::Sts,
        "AssumeRoleWithWebIdentity",
        &[
            required("RoleArn", ARN),
            required("RoleSessionName", SESSION_NAME),
            required("WebIdentityToken", ParameterType::Text(4, 20_000)),
            optional("DurationSeconds", SECONDS),
        ],
        assume_role_with_web_identity,
    )
    .unsigned(),
];

#[expect(clippy::unnecessary_wraps, reason = "an operation's signature")]
fn get_caller_identity(context: &mut Context) -> Result<Value, ServiceError> {
    let caller = context.caller;
    Ok(json!({"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}))
}

fn assume_role(context: &mut Context) -> Result<Value, ServiceError> {
    let arn = context
        .parameters
        .text("RoleArn")
        .unwrap_or_default()
        .to_owned();
    let external_id = context.parameters.text("ExternalId");
    let (account, principal) = (&context.caller.account, context.caller.principal());
    let organization = context.simulation.world.organization_of(account);
    let trusts = |role: &Role| {
        let or_any =
            |wanted: &Option<String>, is| wanted.as_deref().is_none_or(|it| is == Some(it));
        let mut trusted = role.trusted.iter();
        trusted.any(|it| it == account || *it == principal)
            && or_any(&role.external_id, external_id)
            && or_any(&role.organization, organization)
    };
    let found = find_role(context, &arn).filter(|(_, _, role)| trusts(role));
    let Some((account, role, _)) = found else {
        return Err(Service::Sts.access_denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            context.caller.arn
        )));
    };
    // A session that starts a session is role chaining.
    let chained = context.caller.arn.contains(":assumed-role/");
    if chained && context.parameters.integer("DurationSeconds") > Some(3600) {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(ServiceError::new(400, "ValidationError", message));
    }
    issue(context, &account, &role)
}

fn assume_role_with_web_identity(context: &mut Context) -> Result<Value, ServiceError> {
    let arn = context
        .parameters
        .text("RoleArn")
        .unwrap_or_default()
        .to_owned();
    match context.parameters.text("WebIdentityToken").map(str::trim) {
        None | Some("" | "invalid") => {
            let message = "No OpenIDConnect provider found in your account";
            return Err(ServiceError::new(400, "InvalidIdentityToken", message));
        }
        Some("expired") => {
            return Err(ServiceError::new(
                400,
                "ExpiredTokenException",
                "Token expired: current date/time must be before the expiration date/time",
            ));
        }
        Some(_) => {}
    }
    let Some((account, role, _)) =
        find_role(context, &arn).filter(|(_, _, role)| role.web_identity)
    else {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        return Err(Service::Sts.access_denied(message));
    };
    let mut answer = issue(context, &account, &role)?;
    answer["SubjectFromWebIdentityToken"] = "system:serviceaccount:monitoring:exporter".into();
    answer["Provider"] = "https://oidc.example.com".into();
    answer["Audience"] = "sts.amazonaws.com".into();
    Ok(answer)
}

/// The account, the name and the description of the role of that ARN.
fn find_role(context: &Context, arn: &str) -> Option<(String, String, Role)> {
    let mut parts = arn.splitn(6, ':');
    let (_, partition, service, _, id, resource) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    let account = context.simulation.world.accounts.get(id)?;
    let role = account.roles.get(name)?.clone();
    (service == "iam" && partition == account.partition)
        .then(|| (id.to_owned(), name.to_owned(), role))
}

fn issue(context: &mut Context, account: &str, role: &str) -> Result<Value, ServiceError> {
    let lifetime = context.simulation.world.session_lifetime.0;
    let requested = Duration::seconds(
        context
            .parameters
            .integer("DurationSeconds")
            .unwrap_or(3600),
    );
    if requested > lifetime.max(Duration::HOUR) {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(ServiceError::new(400, "ValidationError", message));
    }
    let name = context
        .parameters
        .text("RoleSessionName")
        .unwrap_or_default()
        .to_owned();
    let partition = context
        .simulation
        .world
        .accounts
        .get(account)
        .map(|it| it.partition.clone())
        .unwrap_or_default();
    let principal = SessionPrincipal::Role {
        role: role.to_owned(),
        name: name.clone(),
    };
    let credentials = credentials(context, account, principal, requested);
    let id = ids::unique_id("AROA", &format!("{account}/{role}"));
    let answer = json!({
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{id}:{name}"),
            "Arn": format!("arn:{partition}:sts::{account}:assumed-role/{role}/{name}"),
        },
    });
    Ok(answer)
}

/// Makes the credentials of a new session, which lasts no longer than the world lets sessions last.
fn credentials(
    context: &mut Context,
    account: &str,
    principal: SessionPrincipal,
    requested: Duration,
) -> Value {
    let key = format!("ASIA{}", ids::secret(16).to_uppercase());
    let session = Session {
        secret: ids::secret(40),
        token: ids::secret(120),
        account: account.to_owned(),
        principal,
        expires: Timestamp::system_now()
            + requested.min(context.simulation.world.session_lifetime.0),
    };
    let answer = json!({
        "AccessKeyId": key,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires.rfc3339(),
    });
    context.simulation.sessions.insert(key, session);
    answer
}

fn assume_root(context: &mut Context) -> Result<Value, ServiceError> {
    let caller = context.caller;
    let requested = context.parameters.text("TargetPrincipal");
    let target = root_arn(&caller.partition, requested.unwrap_or_default());
    let id = target
        .strip_prefix(&format!("arn:{}:iam::", caller.partition))
        .and_then(|rest| rest.strip_suffix(":root"));
    let world = &context.simulation.world;
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
    let seconds = context.parameters.integer("DurationSeconds").unwrap_or(900);
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
fn root_arn(partition: &str, target: &str) -> String {
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

/// What a request for a session needs the permission for.
pub(crate) fn resource(sent: &Map<String, Value>, partition: &str) -> String {
    let text = |name: &str| sent.get(name).and_then(Value::as_str);
    match (text("RoleArn"), text("TargetPrincipal")) {
        (Some(role), _) => role.to_owned(),
        (None, Some(target)) => root_arn(partition, target),
        (None, None) => "*".to_owned(),
    }
}
