//! STS: the identity of the caller, and temporary credentials.

mod assume_role;
mod assume_root;
pub(crate) use self::assume_root::task_policy;

use self::assume_role::{assume_role, assume_role_with_web_identity};
use self::assume_root::{assume_root, root_arn};
use crate::api::{ParameterType, Service, ServiceError, optional, required};
use crate::identity::{Session, SessionPrincipal};
use crate::ids;
use crate::limits::{self, MAX_ROOT_SESSION_SECONDS, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS};
use crate::services::{Context, Operation};
use serde_json::{Map, Value, json};
use time::Duration;

const ARN: ParameterType = ParameterType::Text(20, 2048);

const SESSION_NAME: ParameterType = ParameterType::Text(2, 64);

const SECONDS: ParameterType = ParameterType::Integer(MIN_SESSION_SECONDS, MAX_SESSION_SECONDS);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(Service::Sts, "GetCallerIdentity", &[], get_caller_identity)
        .limited(limits::STS),
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
    .limited(limits::STS),
    Operation::new(
        Service::Sts,
        "AssumeRoot",
        &[
            required("TargetPrincipal", ParameterType::Text(12, 2048)),
            required(
                "TaskPolicyArn",
                ParameterType::Structure(&[optional("arn", ARN)]),
            ),
            optional(
                "DurationSeconds",
                ParameterType::Integer(0, MAX_ROOT_SESSION_SECONDS),
            ),
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

/// Issues temporary credentials. `session_lifetime` of the world limits their lifetime.
pub(crate) fn credentials(
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
        expires: context.world.server_time() + requested.min(context.world.session_lifetime.0),
    };
    let result = json!({
        "AccessKeyId": key,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires.rfc3339(),
    });
    context.sessions.insert(key, session);
    result
}

/// The resource of a request, for which the caller needs the permission.
pub(crate) fn resource(sent: &Map<String, Value>, partition: &str) -> String {
    let text = |name: &str| sent.get(name).and_then(Value::as_str);
    match (text("RoleArn"), text("TargetPrincipal")) {
        (Some(role), _) => role.to_owned(),
        (None, Some(target)) => root_arn(partition, target),
        (None, None) => "*".to_owned(),
    }
}
