//! Assuming roles, by signature or by web identity token.

use super::credentials;
use crate::api::{Service, ServiceError};
use crate::identity::SessionPrincipal;
use crate::ids;
use crate::limits::{DEFAULT_SESSION_SECONDS, MAX_CHAINED_SESSION_SECONDS};
use crate::services::Context;
use crate::world::Role;
use serde_json::{Value, json};
use time::Duration;

pub(crate) fn assume_role(context: &mut Context) -> Result<Value, ServiceError> {
    let arn = context
        .parameters
        .text("RoleArn")
        .unwrap_or_default()
        .to_owned();
    let external_id = context.parameters.text("ExternalId");
    let (account, principal) = (&context.caller.account, context.caller.principal());
    let organization = context.world.organization_of(account);
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
    if chained && context.parameters.integer("DurationSeconds") > Some(MAX_CHAINED_SESSION_SECONDS)
    {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(ServiceError::new(400, "ValidationError", message));
    }
    issue(context, &account, &role)
}

pub(crate) fn assume_role_with_web_identity(context: &mut Context) -> Result<Value, ServiceError> {
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
    let account = context.world.accounts.get(id)?;
    let role = account.roles.get(name)?.clone();
    (service == "iam" && partition == account.partition)
        .then(|| (id.to_owned(), name.to_owned(), role))
}

fn issue(context: &mut Context, account: &str, role: &str) -> Result<Value, ServiceError> {
    let lifetime = context.world.session_lifetime.0;
    let requested = Duration::seconds(
        context
            .parameters
            .integer("DurationSeconds")
            .unwrap_or(DEFAULT_SESSION_SECONDS),
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
