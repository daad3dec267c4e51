//! The user whose credentials a request is about.

use crate::api::{Service, ServiceError};
use crate::identity::CallerKind;
use crate::services::Context;
use crate::world::Account;

/// Whose credentials a request is about.
#[derive(Clone, Copy)]
pub(crate) enum CredentialOwner<'a> {
    Root,
    User(&'a str),
}

impl<'a> CredentialOwner<'a> {
    /// As answers name it: root has no name.
    pub(crate) fn name(self) -> Option<&'a str> {
        match self {
            Self::Root => None,
            Self::User(name) => Some(name),
        }
    }
}

/// The user that the request names; else the caller, if it is one kind has credentials.
pub(crate) fn credential_owner<'a>(
    context: &'a Context,
) -> Result<CredentialOwner<'a>, ServiceError> {
    match (context.parameters.text("UserName"), &context.caller.kind) {
        (Some(name), CallerKind::Root(_)) => Err(not_root_error(context, name)),
        (Some(name), _) if user_exists(context.account()?, name) => Ok(CredentialOwner::User(name)),
        (Some(name), _) => Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("The user with name {name} cannot be found."),
        )),
        (None, CallerKind::Root(_)) => Ok(CredentialOwner::Root),
        (None, CallerKind::User(name)) => Ok(CredentialOwner::User(name)),
        (None, CallerKind::Role | CallerKind::Anonymous) => Err(ServiceError::new(
            400,
            "ValidationError",
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

fn user_exists(account: &Account, name: &str) -> bool {
    account.users.contains_key(name) || account.unlisted_users().contains(&name)
}

/// The session's task policy is about root only.
pub(crate) fn not_root_error(context: &Context, user: &str) -> ServiceError {
    Service::Iam.access_denied(format!(
        "User: {} is not authorized to perform this action on resource: {} with an explicit deny in a session policy",
        context.caller.arn,
        context.arn(&format!("user/{user}"))
    ))
}
