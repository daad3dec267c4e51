//! Temporary credentials issued by STS, and the principals that hold them.

use super::caller::{Caller, CallerKind};
use crate::clock::Timestamp;
use crate::ids;
use crate::policy::Policy;
use crate::world::World;

/// Temporary credentials, issued by STS.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) account: String,
    pub(crate) principal: SessionPrincipal,
    /// By the clock of AWS.
    pub(crate) expires: Timestamp,
}

/// The principal of a session.
#[derive(Clone, Debug)]
pub(crate) enum SessionPrincipal {
    Role {
        role: String,
        name: String,
    },
    /// The root user, limited to auditing its credentials.
    Root,
}

/// The actions that the task policy `IAMAuditRootUserCredentials` allows.
const AUDIT_ACTIONS: [&str; 7] = [
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountSummary",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListSigningCertificates",
];

pub(crate) fn session_caller(world: &World, key: &str, session: &Session) -> Option<Caller> {
    let id = &session.account;
    let account = world.accounts.get(id)?;
    let partition = account.partition.clone();
    let (arn, user_id, policy, kind) = match &session.principal {
        SessionPrincipal::Role { role, name } => (
            format!("arn:{partition}:sts::{id}:assumed-role/{role}/{name}"),
            format!("{}:{name}", ids::unique_id("AROA", &format!("{id}/{role}"))),
            account.roles.get(role)?.policy.clone(),
            CallerKind::Role,
        ),
        SessionPrincipal::Root => (
            format!("arn:{partition}:iam::{id}:root"),
            id.clone(),
            Policy::allowing(&AUDIT_ACTIONS),
            CallerKind::Root(key.to_owned()),
        ),
    };
    Some(Caller {
        account: id.clone(),
        partition,
        arn,
        user_id,
        policy,
        kind,
    })
}
