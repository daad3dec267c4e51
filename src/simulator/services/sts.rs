//! STS: who one is, and temporary credentials for a role that trusts one.

use super::{Context, Operation, Service};
use crate::simulator::clock::Time;
use crate::simulator::failure::Failure;
use crate::simulator::identity::Session;
use crate::simulator::ids;
use crate::simulator::parameters::{Kind, optional, required};
use crate::simulator::world::Role;
use serde_json::{Value, json};
use time::Duration;

const ARN: Kind = Kind::Text(20, 2048);
const SESSION_NAME: Kind = Kind::Text(2, 64);
const SECONDS: Kind = Kind::Integer(900, 43_200);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Service::Sts, "GetCallerIdentity", &[], get_caller_identity)
        .limited(600.0, 600.0),
    Operation::new(
        Service::Sts,
        "AssumeRole",
        &[
            required("RoleArn", ARN),
            required("RoleSessionName", SESSION_NAME),
            optional("DurationSeconds", SECONDS),
            optional("ExternalId", Kind::Text(2, 1224)),
        ],
        assume_role,
    )
    .limited(600.0, 600.0),
    Operation::new(
        Service::Sts,
        "AssumeRoleWithWebIdentity",
        &[
            required("RoleArn", ARN),
            required("RoleSessionName", SESSION_NAME),
            required("WebIdentityToken", Kind::Text(4, 20_000)),
            optional("DurationSeconds", SECONDS),
        ],
        assume_role_with_web_identity,
    )
    .unsigned(),
];

#[expect(clippy::unnecessary_wraps, reason = "an operation's signature")]
fn get_caller_identity(context: &mut Context) -> Result<Value, Failure> {
    let caller = context.caller;
    Ok(json!({"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}))
}

fn assume_role(context: &mut Context) -> Result<Value, Failure> {
    let arn = context
        .parameters
        .text("RoleArn")
        .unwrap_or_default()
        .to_owned();
    let external_id = context.parameters.text("ExternalId");
    let trusts = |role: &Role| {
        let known = role.trusted.contains(&context.caller.account);
        known
            && role
                .external_id
                .as_deref()
                .is_none_or(|id| external_id == Some(id))
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
        return Err(Failure::new(400, "ValidationError", message));
    }
    issue(context, &account, &role)
}

fn assume_role_with_web_identity(context: &mut Context) -> Result<Value, Failure> {
    let arn = context
        .parameters
        .text("RoleArn")
        .unwrap_or_default()
        .to_owned();
    match context.parameters.text("WebIdentityToken").map(str::trim) {
        None | Some("" | "invalid") => {
            let message = "No OpenIDConnect provider found in your account";
            return Err(Failure::new(400, "InvalidIdentityToken", message));
        }
        Some("expired") => {
            return Err(Failure::new(
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
    let account = context.state.world.accounts.get(id)?;
    let role = account.roles.get(name)?.clone();
    (service == "iam" && partition == account.partition)
        .then(|| (id.to_owned(), name.to_owned(), role))
}

fn issue(context: &mut Context, account: &str, role: &str) -> Result<Value, Failure> {
    let lifetime = context.state.world.session_lifetime.0;
    let asked = Duration::seconds(
        context
            .parameters
            .integer("DurationSeconds")
            .unwrap_or(3600),
    );
    if asked > lifetime.max(Duration::HOUR) {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Failure::new(400, "ValidationError", message));
    }
    let name = context
        .parameters
        .text("RoleSessionName")
        .unwrap_or_default()
        .to_owned();
    let partition = context
        .state
        .world
        .accounts
        .get(account)
        .map(|it| it.partition.clone())
        .unwrap_or_default();
    let key = format!("ASIA{}", ids::secret(16).to_uppercase());
    let session = Session {
        secret: ids::secret(40),
        token: ids::secret(120),
        account: account.to_owned(),
        role: role.to_owned(),
        name,
        expires: Time::machine() + asked.min(lifetime),
    };
    let id = ids::unique("AROA", &format!("{account}/{role}"));
    let answer = json!({
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires.iso(),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{id}:{}", session.name),
            "Arn": format!("arn:{partition}:sts::{account}:assumed-role/{role}/{}", session.name),
        },
    });
    context.state.sessions.insert(key, session);
    Ok(answer)
}
