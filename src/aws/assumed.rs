//! Credentials of a role in another account, from STS. All collectors of an account share one session: renewed before
//! it ends, kept while it lasts if it cannot be renewed, and asked for again with backoff if it was refused.
use super::{CallError, Session};
use crate::{
    clock::Clock,
    observation::{Failure, Reason},
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::{Mutex, Semaphore};

const CALL: &str = "sts:AssumeRole";
/// The longest that a role assumed by a role may last.
const LIFETIME: Duration = Duration::from_hours(1);
/// Renewed when less than this share of its time is left.
const RENEWAL: u32 = 4;
/// After a refusal it is asked again after this, then twice as long, and so on.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LAST_RETRY: Duration = Duration::from_mins(15);

/// Which role, and how it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
    /// The name of the session, for CloudTrail's records.
    pub session_name: String,
}

/// A role that is assumed when credentials are needed.
#[derive(Debug)]
pub(super) struct AssumedRole {
    base: Session,
    role: Role,
    clock: Clock,
    /// Bounds the requests to STS. Not the bound of all calls: those wait for these.
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Issued>,
    refused: Option<Refused>,
}

#[derive(Debug)]
struct Issued {
    credentials: Credentials,
    renew: SystemTime,
    end: SystemTime,
}

#[derive(Debug)]
struct Refused {
    failure: Failure,
    wait: Duration,
    until: SystemTime,
}

impl AssumedRole {
    pub(super) fn new(base: Session, role: Role, clock: Clock, permits: Arc<Semaphore>) -> Self {
        Self {
            base,
            role,
            clock,
            permits,
            state: Mutex::default(),
        }
    }

    /// Sees to it that there are credentials.
    pub(super) async fn ready(&self) -> Result<(), Failure> {
        self.credentials().await.map(|_| ())
    }

    /// The session's credentials. Whoever else needs them waits, so that STS is asked once.
    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(session) = state.session.as_ref().filter(|session| now < session.renew) {
            return Ok(session.credentials.clone());
        }
        let lasting = state.session.as_ref().filter(|session| now < session.end);
        let lasting = lasting.map(|session| session.credentials.clone());
        if let Some(refused) = state.refused.as_ref().filter(|refused| now < refused.until) {
            return lasting.ok_or_else(|| refused.failure.clone());
        }
        // Boxed: it is large, seldom needed, and part of every call.
        match Box::pin(self.assume(now)).await {
            Ok(issued) => {
                let credentials = issued.credentials.clone();
                *state = State {
                    session: Some(issued),
                    refused: None,
                };
                Ok(credentials)
            }
            Err(failure) => {
                let wait = match &state.refused {
                    Some(before) => (before.wait * 2).min(LAST_RETRY),
                    None => FIRST_RETRY,
                };
                state.refused = Some(Refused {
                    failure: failure.clone(),
                    wait,
                    until: now + wait,
                });
                lasting.ok_or(failure)
            }
        }
    }

    async fn assume(&self, now: SystemTime) -> Result<Issued, Failure> {
        // Never closed, so there is always a permit to wait for.
        let _permit = self.permits.acquire().await;
        let request = self
            .base
            .sts()
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(&self.role.session_name)
            .set_external_id(self.role.external_id.clone())
            .duration_seconds(i32::try_from(LIFETIME.as_secs()).unwrap_or(i32::MAX));
        // Not by the session's own `call`, whose permits may all be held by calls that wait for this one.
        let answer = request.send().await.map_err(|error| {
            let error = CallError::new(CALL, self.base.region(), &error);
            explained(error.failure)
        })?;
        let issued = answer
            .credentials
            .ok_or_else(|| Failure::malformed(CALL, "no Credentials"))?;
        let end = SystemTime::try_from(issued.expiration)
            .map_err(|_| Failure::malformed(CALL, "no valid Expiration"))?;
        let left = end.duration_since(now).unwrap_or_default();
        Ok(Issued {
            credentials: Credentials::new(
                issued.access_key_id,
                issued.secret_access_key,
                Some(issued.session_token),
                Some(end),
                "AssumeRole",
            ),
            renew: end - left / RENEWAL,
            end,
        })
    }
}

/// Says what to do about a refusal, which is seldom a matter of the exporter's own policy alone.
fn explained(failure: Failure) -> Failure {
    if failure.reason != Reason::AccessDenied {
        return failure;
    }
    Failure {
        message: "the role may not be assumed: it has to exist and to trust the exporter's principal (with the external id that is configured, if any), and the exporter's own policy has to allow sts:AssumeRole on it".to_owned(),
        ..failure
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.credentials()
                .await
                .map_err(CredentialsError::provider_error)
        })
    }
}
