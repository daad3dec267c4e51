//! Who calls: long-term credentials and those that STS issued, proved by the signature.

use super::clock::Time;
use super::failure::Failure;
use super::policy::{Decision, Policy, Request};
use super::services::{Operation, Service};
use super::signature::{Authorization, Incoming};
use super::state::State;
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
    pub(crate) who: Who,
}

/// The kind of a principal.
#[derive(Clone, Debug)]
pub(crate) enum Who {
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
    pub(crate) holder: Holder,
    /// By the machine's time, which its holder goes by.
    pub(crate) expires: Time,
}

/// Whom a session is for.
#[derive(Clone, Debug)]
pub(crate) enum Holder {
    Role {
        role: String,
        name: String,
    },
    /// The root user, to audit its credentials.
    Root,
}

/// What the task policy `IAMAuditRootUserCredentials` allows.
const AUDIT: [&str; 7] = [
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
        who: Who::Anonymous,
    }
}

/// Proves a request's signature, scope and token.
pub(crate) fn authenticate(
    state: &State,
    request: &Incoming,
    operation: &Operation,
) -> Result<Caller, Failure> {
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
    let now = Time::machine();
    let caller = if let Some(session) = state.sessions.get(key) {
        authorization
            .verify(request, &session.secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token != Some(&session.token) {
            return Err(service.unknown_client());
        }
        if now >= session.expires {
            return Err(service.expired());
        }
        session_caller(state, key, session)
    } else {
        let (caller, secret) = user(state, key).ok_or_else(|| service.unknown_client())?;
        authorization
            .verify(request, &secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token.is_some() {
            return Err(service.unknown_client());
        }
        Some(caller)
    };
    let caller = caller.ok_or_else(|| service.unknown_client())?;
    check_region(state, &authorization.region, service, &caller)?;
    Ok(caller)
}

/// A global service has one region in a partition; the others are where the account has enabled them.
fn check_region(
    state: &State,
    region: &str,
    service: Service,
    caller: &Caller,
) -> Result<(), Failure> {
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
    let account = state.world.accounts.get(&caller.account);
    let enabled = account.is_some_and(|account| account.enabled_regions().contains(&region));
    if partition == caller.partition && enabled {
        Ok(())
    } else {
        Err(service.unknown_client())
    }
}

fn user(state: &State, key: &str) -> Option<(Caller, String)> {
    let mut accounts = state.world.accounts.iter();
    let (id, account, principal) =
        accounts.find_map(|(id, account)| Some((id, account, account.principals.get(key)?)))?;
    let caller = Caller {
        account: id.clone(),
        partition: account.partition.clone(),
        arn: format!(
            "arn:{}:iam::{id}:user/{}",
            account.partition, principal.name
        ),
        user_id: ids::unique("AIDA", &format!("{id}/{}", principal.name)),
        policy: principal.policy.clone(),
        who: Who::User(principal.name.clone()),
    };
    Some((caller, principal.secret.clone()))
}

fn session_caller(state: &State, key: &str, session: &Session) -> Option<Caller> {
    let id = &session.account;
    let account = state.world.accounts.get(id)?;
    let partition = account.partition.clone();
    let (arn, user_id, policy, who) = match &session.holder {
        Holder::Role { role, name } => (
            format!("arn:{partition}:sts::{id}:assumed-role/{role}/{name}"),
            format!("{}:{name}", ids::unique("AROA", &format!("{id}/{role}"))),
            account.roles.get(role)?.policy.clone(),
            Who::Role,
        ),
        Holder::Root => (
            format!("arn:{partition}:iam::{id}:root"),
            id.clone(),
            Policy::allowing(&AUDIT),
            Who::Root(key.to_owned()),
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
    ) -> Result<(), Failure> {
        if operation.name == "GetCallerIdentity" {
            return Ok(());
        }
        let action = format!("{}:{}", operation.service.name(), operation.name);
        let owner = resource.split(':').nth(4).unwrap_or_default();
        let request = Request {
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
