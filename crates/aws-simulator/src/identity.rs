//! Who calls: long-term credentials and those that STS issued, proved by the signature.

use super::clock::Timestamp;
use super::failure::ServiceError;
use super::policy::{AuthorizationRequest, Decision, Policy};
use super::services::{Operation, Service};
use super::signature::{Authorization, HttpRequest};
use super::state::Simulation;
use super::world::World;
use super::{ids, regions};

/// An authenticated principal.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) partition: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) policy: Policy,
    pub(crate) who: CallerKind,
}

/// The kind of a principal.
#[derive(Clone, Debug)]
pub(crate) enum CallerKind {
    Anonymous,
    /// An IAM user of that name.
    User(String),
    Role,
    /// The root user, in the session of that access key.
    Root(String),
}

/// Temporary credentials.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) account: String,
    pub(crate) principal: SessionPrincipal,
    /// By the machine's time, which its holder goes by.
    pub(crate) expires: Timestamp,
}

/// Whom a session is for.
#[derive(Clone, Debug)]
pub(crate) enum SessionPrincipal {
    Role {
        role: String,
        name: String,
    },
    /// The root user, to audit its credentials.
    Root,
}

/// What the task policy `IAMAuditRootUserCredentials` allows.
const AUDIT_ACTIONS: [&str; 7] = [
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountSummary",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListSigningCertificates",
];

/// Who a request that needs no signature comes from.
pub(crate) fn anonymous(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        partition: "aws".to_owned(),
        arn: "anonymous".to_owned(),
        user_id: String::new(),
        policy: Policy::default(),
        who: CallerKind::Anonymous,
    }
}

/// Proves a request's signature, scope and token.
pub(crate) fn authenticate(
    simulation: &Simulation,
    request: &HttpRequest,
    operation: &Operation,
) -> Result<Caller, ServiceError> {
    let service = operation.service;
    let header = request.authorization().ok_or_else(|| service.unsigned())?;
    let authorization = Authorization::parse(header).ok_or_else(|| {
        service.incomplete_signature("Authorization header is not in the form of SigV4")
    })?;
    if authorization.service != service.name() {
        let right = service.name();
        return Err(service.bad_signature(format!(
            "Credential should be scoped to correct service: '{right}'."
        )));
    }
    let key = authorization.access_key_id.as_str();
    let token = request.header("x-amz-security-token");
    let now = Timestamp::system_now();
    let caller = if let Some(session) = simulation.sessions.get(key) {
        authorization
            .verify(request, &session.secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token != Some(&session.token) {
            return Err(service.unknown_client());
        }
        if now >= session.expires {
            return Err(service.expired());
        }
        session_caller(simulation, key, session)
    } else {
        let (caller, secret) =
            user_caller(simulation, key).ok_or_else(|| service.unknown_client())?;
        authorization
            .verify(request, &secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token.is_some() {
            return Err(service.unknown_client());
        }
        Some(caller)
    };
    let caller = caller.ok_or_else(|| service.unknown_client())?;
    check_region(simulation, &authorization.region, service, &caller)?;
    Ok(caller)
}

/// A global service has one region in a partition; the others are where the account has enabled them.
fn check_region(
    simulation: &Simulation,
    region: &str,
    service: Service,
    caller: &Caller,
) -> Result<(), ServiceError> {
    let misplaced = || {
        service.bad_signature(format!(
            "Credential should be scoped to a valid region, not '{region}'. "
        ))
    };
    if let Some(global) = regions::global_region(service, &caller.partition) {
        return if region == global {
            Ok(())
        } else {
            Err(misplaced())
        };
    }
    let partition = regions::partition_of(region).ok_or_else(misplaced)?;
    let account = simulation.world.accounts.get(&caller.account);
    let enabled = account.is_some_and(|account| account.enabled_regions().contains(&region));
    if partition == caller.partition && enabled {
        Ok(())
    } else {
        Err(service.unknown_client())
    }
}

fn user_caller(simulation: &Simulation, key: &str) -> Option<(Caller, String)> {
    let mut accounts = simulation.world.accounts.iter();
    let (id, account, principal) =
        accounts.find_map(|(id, account)| Some((id, account, account.principals.get(key)?)))?;
    let caller = Caller {
        account: id.clone(),
        partition: account.partition.clone(),
        arn: format!(
            "arn:{}:iam::{id}:user/{}",
            account.partition, principal.name
        ),
        user_id: ids::unique_id("AIDA", &format!("{id}/{}", principal.name)),
        policy: principal.policy.clone(),
        who: CallerKind::User(principal.name.clone()),
    };
    Some((caller, principal.secret.clone()))
}

fn session_caller(simulation: &Simulation, key: &str, session: &Session) -> Option<Caller> {
    let id = &session.account;
    let account = simulation.world.accounts.get(id)?;
    let partition = account.partition.clone();
    let (arn, user_id, policy, who) = match &session.principal {
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
        who,
    })
}

impl Caller {
    /// The ARN that a trust policy names: a session is its role.
    pub(crate) fn principal(&self) -> String {
        let session = self.arn.split_once(":assumed-role/");
        let role = session.and_then(|(_, rest)| rest.split('/').next());
        role.map_or_else(
            || self.arn.clone(),
            |role| format!("arn:{}:iam::{}:role/{role}", self.partition, self.account),
        )
    }

    /// Refuses what the principal's policy does not allow.
    pub(crate) fn authorize(
        &self,
        operation: &Operation,
        resource: &str,
        task_policy: Option<&str>,
        world: &World,
    ) -> Result<(), ServiceError> {
        if operation.name == "GetCallerIdentity" {
            return Ok(());
        }
        let action = format!("{}:{}", operation.service.name(), operation.name);
        let owner = resource.split(':').nth(4).unwrap_or_default();
        let request = AuthorizationRequest {
            action: &action,
            resource,
            task_policy,
            own_organization: world.organization_of(&self.account),
            its_organization: world.organization_of(owner),
        };
        match self.policy.decide(request) {
            Decision::Allowed => Ok(()),
            denied => Err(operation
                .service
                .denied(&self.arn, &action, resource, denied)),
        }
    }
}
