//! Credentials of a role in another account, from STS. All collectors of an account share them. They are renewed before
//! they expire, kept until then if they cannot be renewed, and requested with backoff after a failure.
//!
//! The SDK's own provider is not used: its cache holds 64 roles, and it has no backoff.
use super::{Call, Session, credentials::check};
use crate::{
    clock::Clock,
    config::Role,
    limits::{
        ASSUME_ROLE_TIMEOUT, MAX_ASSUME_ROLE_RETRY_INTERVAL, MIN_ASSUME_ROLE_RETRY_INTERVAL,
        MIN_CREDENTIALS_AGE, RENEW_SHARE, ROLE_SESSION_DURATION, fair_timeout, waiting,
    },
};
use arc_swap::ArcSwapOption;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use root_model::{
    failure::{Failure, Reason},
    target::owner,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{sync::Mutex, time::Instant};

pub(super) const ASSUME_ROLE: Call = Call::new("sts:AssumeRole");

/// Credentials of a role that is assumed when they are needed.
#[derive(Debug)]
pub(super) struct AssumeRoleCredentials {
    base: Session,
    role: Role,
    clock: Clock,
    cached: ArcSwapOption<Issued>,
    /// Held while STS is called, so that it is called once.
    backoff: Mutex<Option<AssumeRoleBackoff>>,
}

#[derive(Debug)]
struct Issued {
    credentials: Credentials,
    at: Instant,
    renew: SystemTime,
    expires: SystemTime,
}

/// A role that could not be assumed: the failure, and when STS may be called again.
#[derive(Debug)]
pub(crate) struct AssumeRoleBackoff {
    failure: Failure,
    interval: Duration,
    until: Instant,
}

impl AssumeRoleBackoff {
    /// After a failure, and the one before it if no role was assumed between.
    pub(crate) fn after(before: Option<&Self>, failure: Failure, now: Instant) -> Self {
        let interval = before.map_or(MIN_ASSUME_ROLE_RETRY_INTERVAL, |before| before.interval * 2);
        let interval = interval.min(MAX_ASSUME_ROLE_RETRY_INTERVAL);
        Self {
            failure,
            interval,
            until: now + interval,
        }
    }

    /// The failure, while STS is not called again.
    pub(crate) fn failure(&self, now: Instant) -> Option<&Failure> {
        (now < self.until).then_some(&self.failure)
    }
}

impl AssumeRoleCredentials {
    pub(super) fn new(base: Session, role: Role, clock: Clock) -> Self {
        Self {
            base,
            role,
            clock,
            cached: ArcSwapOption::empty(),
            backoff: Mutex::default(),
        }
    }

    /// The session that assumes the role.
    pub(super) fn base(&self) -> &Session {
        &self.base
    }

    /// Makes sure that there are valid credentials, and renews them in time.
    pub(super) async fn ensure_valid(&self) -> Result<(), Failure> {
        if self.cached_before(|issued| issued.renew).is_some() {
            return Ok(());
        }
        let mut backoff = {
            // Whoever holds it calls STS, for no longer than its timeout.
            let _own = waiting();
            self.backoff.lock().await
        };
        // Whoever held the lock before may have renewed them.
        if self.cached_before(|issued| issued.renew).is_some() {
            return Ok(());
        }
        match self.renew(&mut backoff).await {
            Ok(()) => Ok(()),
            // Credentials that cannot be renewed are used until they expire.
            Err(_) if self.cached_before(|issued| issued.expires).is_some() => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// AWS rejects the credentials, whatever their expiration: the next call gets new ones, unless these are new.
    pub(super) fn invalidate(&self) {
        let rejected = self.cached.load();
        let old = |issued: &Arc<Issued>| issued.at.elapsed() >= MIN_CREDENTIALS_AGE;
        if rejected.as_ref().is_some_and(old) {
            // Unless they have been replaced already.
            self.cached.compare_and_swap(&rejected, None);
        }
    }

    /// Calls STS, unless it failed not long ago.
    async fn renew(&self, backoff: &mut Option<AssumeRoleBackoff>) -> Result<(), Failure> {
        let before = backoff.as_ref();
        if let Some(failure) = before.and_then(|before| before.failure(Instant::now())) {
            return Err(failure.clone());
        }
        // Boxed: it is large, seldom needed, and part of every call.
        let answer = fair_timeout(ASSUME_ROLE_TIMEOUT, Box::pin(self.assume())).await;
        match answer.unwrap_or_else(|_| Err(timed_out())) {
            Ok(issued) => {
                self.cached.store(Some(Arc::new(issued)));
                *backoff = None;
                Ok(())
            }
            Err(failure) => {
                let now = Instant::now();
                let next = AssumeRoleBackoff::after(backoff.as_ref(), failure.clone(), now);
                *backoff = Some(next);
                Err(failure)
            }
        }
    }

    /// The cached credentials, if that time of theirs has not come yet.
    fn cached_before(&self, until: impl Fn(&Issued) -> SystemTime) -> Option<Credentials> {
        let issued = self.cached.load();
        let issued = issued.as_ref()?;
        (self.clock.now() < until(issued)).then(|| issued.credentials.clone())
    }

    async fn assume(&self) -> Result<Issued, Failure> {
        let now = self.clock.now();
        let seconds = ROLE_SESSION_DURATION.as_secs();
        let external_id = self.role.external_id.as_ref();
        let request = self
            .base
            .sts()
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(&self.role.session_name)
            .set_external_id(external_id.map(|id| id.expose().to_owned()))
            .duration_seconds(i32::try_from(seconds).unwrap_or(i32::MAX));
        let answer = self.base.send(ASSUME_ROLE, Box::pin(request.send())).await;
        let answer = answer.map_err(|error| with_remedy(error.failure))?;
        let user = answer.assumed_role_user.as_ref();
        if user.is_some_and(|user| owner(user.arn()) != owner(&self.role.arn)) {
            return Err(ASSUME_ROLE.of_another_account("the session"));
        }
        let issued = answer
            .credentials
            .ok_or_else(|| ASSUME_ROLE.malformed("no Credentials"))?;
        let expires = SystemTime::try_from(issued.expiration)
            .map_err(|_| ASSUME_ROLE.malformed("no valid Expiration"))?;
        // No longer than requested, whatever the response says.
        let expires = expires.min(now + ROLE_SESSION_DURATION);
        let left = expires.duration_since(now).unwrap_or_default();
        let credentials = Credentials::new(
            issued.access_key_id,
            issued.secret_access_key,
            Some(issued.session_token),
            Some(expires),
            "AssumeRole",
        );
        check(&credentials).map_err(|unusable| unusable.into_failure(ASSUME_ROLE))?;
        Ok(Issued {
            credentials,
            at: Instant::now(),
            renew: expires - left / RENEW_SHARE,
            expires,
        })
    }
}

/// A denied call with what to do, which is seldom a matter of the exporter's own policy alone.
fn with_remedy(failure: Failure) -> Failure {
    if failure.reason != Reason::AccessDenied {
        return failure;
    }
    Failure {
        message: "cannot assume the role: it has to exist and to trust the exporter's principal (with the external id that is configured, if any), and the exporter's own policy has to allow sts:AssumeRole on it".to_owned(),
        ..failure
    }
}

fn timed_out() -> Failure {
    Failure {
        reason: Reason::Timeout,
        call: ASSUME_ROLE.action,
        message: format!("no response within {ASSUME_ROLE_TIMEOUT:?}; the call is retried"),
    }
}

impl ProvideCredentials for AssumeRoleCredentials {
    /// The cached ones: [`Session::call`] has made sure that they are valid.
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            if self.cached_before(|issued| issued.expires).is_none() {
                self.ensure_valid()
                    .await
                    .map_err(CredentialsError::provider_error)?;
            }
            self.cached_before(|issued| issued.expires)
                .ok_or_else(|| CredentialsError::provider_error(timed_out()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_role_is_requested_with_backoff() {
        let failure = timed_out;
        let start = Instant::now();
        let first = AssumeRoleBackoff::after(None, failure(), start);
        let second = start + MIN_ASSUME_ROLE_RETRY_INTERVAL;
        let just_before = second - Duration::from_millis(1);
        assert_eq!(first.failure(just_before), Some(&failure()));
        assert_eq!(first.failure(second), None);
        let mut last = AssumeRoleBackoff::after(Some(&first), failure(), second);
        assert_eq!(last.interval, MIN_ASSUME_ROLE_RETRY_INTERVAL * 2);
        for _ in 0..40 {
            last = AssumeRoleBackoff::after(Some(&last), failure(), second);
        }
        assert_eq!(last.interval, MAX_ASSUME_ROLE_RETRY_INTERVAL);
    }
}
