//! Authentication: every signed request is verified before anything else is evaluated.

mod caller;
mod canonical;
mod session;
mod signature;
pub(crate) use self::caller::{Caller, CallerKind, anonymous};
pub(crate) use self::session::{Session, SessionPrincipal};
pub(crate) use self::signature::Authorization;

use self::caller::user_caller;
use self::session::session_caller;
use crate::api::{Service, ServiceError};
use crate::http::HttpRequest;
use crate::regions;
use crate::world::World;
use std::collections::HashMap;

/// Verifies the signature, the scope and the token of a request, and identifies the caller.
pub(crate) fn authenticate(
    world: &World,
    sessions: &HashMap<String, Session>,
    request: &HttpRequest,
    service: Service,
) -> Result<Caller, ServiceError> {
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
    let now = world.server_time();
    let caller = if let Some(session) = sessions.get(key) {
        authorization
            .verify(request, &session.secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token != Some(&session.token) {
            return Err(service.unknown_client());
        }
        if now >= session.expires {
            return Err(service.expired());
        }
        session_caller(world, key, session)
    } else {
        let (caller, secret) = user_caller(world, key).ok_or_else(|| service.unknown_client())?;
        authorization
            .verify(request, &secret, now)
            .map_err(|why| service.bad_signature(why))?;
        if token.is_some() {
            return Err(service.unknown_client());
        }
        Some(caller)
    };
    let caller = caller.ok_or_else(|| service.unknown_client())?;
    check_region(world, &authorization.region, service, &caller)?;
    Ok(caller)
}

/// Global services have one signing region in a partition. The others accept the regions that the account has enabled.
fn check_region(
    world: &World,
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
    let account = world.accounts.get(&caller.account);
    let enabled = account.is_some_and(|account| account.enabled_regions().contains(&region));
    if partition == caller.partition && enabled {
        Ok(())
    } else {
        Err(service.unknown_client())
    }
}
