//! Who calls: long-term credentials and those that STS issued, proved by the signature.

use super::clock::Time;
use super::failure::Failure;
use super::policy::{Decision, Policy};
use super::services::{Operation, Service};
use super::signature::{Authorization, Incoming};
use super::state::State;
use super::{ids, regions};

/// An authenticated principal.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) partition: String,
    pub(super) arn: String,
    pub(super) user_id: String,
    pub(super) policy: Policy,
}

/// Temporary credentials of a role.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) secret: String,
    pub(super) token: String,
    pub(super) account: String,
    pub(super) role: String,
    pub(super) name: String,
    /// By the machine's time, which its holder goes by.
    pub(super) expires: Time,
}

/// Who a request that needs no signature comes from.
pub(super) fn anonymous(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        partition: "aws".to_owned(),
        arn: "anonymous".to_owned(),
        user_id: String::new(),
        policy: Policy::default(),
    }
}

/// Proves a request's signature, scope and token.
pub(super) fn authenticate(
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
        role_session(state, session)
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
    };
    Some((caller, principal.secret.clone()))
}

fn role_session(state: &State, session: &Session) -> Option<Caller> {
    let Session {
        account: id,
        role,
        name,
        ..
    } = session;
    let account = state.world.accounts.get(id)?;
    Some(Caller {
        account: id.clone(),
        partition: account.partition.clone(),
        arn: format!(
            "arn:{}:sts::{id}:assumed-role/{role}/{name}",
            account.partition
        ),
        user_id: format!("{}:{name}", ids::unique("AROA", &format!("{id}/{role}"))),
        policy: account.roles.get(role)?.policy.clone(),
    })
}

impl Caller {
    /// Refuses what the principal's policy does not allow.
    pub(super) fn authorize(&self, operation: &Operation, resource: &str) -> Result<(), Failure> {
        if operation.name == "GetCallerIdentity" {
            return Ok(());
        }
        let action = format!("{}:{}", operation.service.name(), operation.name);
        match self.policy.decide(&action, resource) {
            Decision::Allowed => Ok(()),
            denied => Err(operation
                .service
                .denied(&self.arn, &action, resource, denied)),
        }
    }
}
