//! Credentials of a role in another account, from STS. All collectors of an account share one session: renewed before
//! it ends, kept while it lasts if it cannot be renewed, and asked for again with backoff if it was refused.
use super::{CallError, Session};
use crate::clock::Clock;
use arc_swap::ArcSwapOption;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use root_model::failure::{Failure, Reason};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, timeout},
};

const CALL: &str = "sts:AssumeRole";
/// The longest that a role assumed by a role may last.
const LIFETIME: Duration = Duration::from_hours(1);
/// Renewed when less than this share of its time is left.
const RENEWAL: u32 = 4;
/// After a refusal it is asked again after this, then twice as long, and so on.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LAST_RETRY: Duration = Duration::from_mins(15);
/// How long STS may take, its queue included.
const PATIENCE: Duration = Duration::from_secs(12);

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
    issued: ArcSwapOption<Issued>,
    /// Held while STS is asked, so that it is asked once.
    refused: Mutex<Option<Refused>>,
}

#[derive(Debug)]
struct Issued {
    credentials: Credentials,
    since: SystemTime,
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
            issued: ArcSwapOption::empty(),
            refused: Mutex::default(),
        }
    }

    /// The session that assumes it.
    pub(super) fn base(&self) -> &Session {
        &self.base
    }

    /// Sees to it that there are credentials, and renews them in time.
    pub(super) async fn ready(&self) -> Result<(), Failure> {
        if self.lasting(|issued| issued.renew).is_some() {
            return Ok(());
        }
        let mut refused = self.refused.lock().await;
        // Whoever held the lock before may have got them.
        if self.lasting(|issued| issued.renew).is_some() {
            return Ok(());
        }
        if let Err(failure) = self.renew(&mut refused).await {
            // What cannot be renewed is good while it lasts.
            return self.lasting(|issued| issued.end).map(drop).ok_or(failure);
        }
        Ok(())
    }

    /// AWS takes them no more, whatever it said of their end, or the clocks of it: the next call gets others, but not again and
    /// again where AWS takes none.
    pub(super) fn rejected(&self) {
        let known = self.issued.load();
        let age = |issued: &Arc<Issued>| self.clock.now().duration_since(issued.since).ok();
        if known.as_ref().and_then(age) >= Some(FIRST_RETRY) {
            // Unless there are others already.
            self.issued.compare_and_swap(&known, None);
        }
    }

    /// Asks STS, unless it has refused not long ago.
    async fn renew(&self, refused: &mut Option<Refused>) -> Result<(), Failure> {
        let now = self.clock.now();
        if let Some(refused) = refused.as_ref().filter(|refused| now < refused.until) {
            return Err(refused.failure.clone());
        }
        // Boxed: it is large, seldom needed, and part of every call.
        let answer = timeout(PATIENCE, Box::pin(self.assume())).await;
        match answer.unwrap_or_else(|_| Err(late())) {
            Ok(issued) => {
                self.issued.store(Some(Arc::new(issued)));
                *refused = None;
                Ok(())
            }
            Err(failure) => {
                let again = refused.as_ref();
                let wait = again.map_or(FIRST_RETRY, |again| (again.wait * 2).min(LAST_RETRY));
                *refused = Some(Refused {
                    failure: failure.clone(),
                    wait,
                    until: self.clock.now() + wait,
                });
                Err(failure)
            }
        }
    }

    /// The credentials, if it is not yet that time of theirs.
    fn lasting(&self, until: impl Fn(&Issued) -> SystemTime) -> Option<Credentials> {
        let issued = self.issued.load();
        let issued = issued.as_ref()?;
        (self.clock.now() < until(issued)).then(|| issued.credentials.clone())
    }

    async fn assume(&self) -> Result<Issued, Failure> {
        let base = &self.base.entry;
        base.paces.wait(&self.base.region, CALL).await?;
        // Never closed, so there is always a permit to wait for.
        let _permit = self.permits.acquire().await;
        let now = self.clock.now();
        let request = self
            .base
            .sts()
            .assume_role()
            .role_arn(&self.role.arn)
            .role_session_name(&self.role.session_name)
            .set_external_id(self.role.external_id.clone())
            .duration_seconds(i32::try_from(LIFETIME.as_secs()).unwrap_or(i32::MAX));
        // Not by the session's own `call`, whose permits may all be held by calls that wait for this one.
        let note = |throttled| {
            let region = &self.base.region;
            base.paces.note(region, CALL, throttled, Instant::now());
        };
        let answer = request.send().await.map_err(|error| {
            let error = CallError::new(CALL, self.base.region(), &error);
            if error.failure.reason == Reason::Throttled {
                note(true);
            }
            explained(error.failure)
        })?;
        note(false);
        let issued = answer
            .credentials
            .ok_or_else(|| Failure::malformed(CALL, "no Credentials"))?;
        let end = SystemTime::try_from(issued.expiration)
            .map_err(|_| Failure::malformed(CALL, "no valid Expiration"))?;
        // No longer than was asked for, whatever is said.
        let end = end.min(now + LIFETIME);
        let left = end.duration_since(now).unwrap_or_default();
        Ok(Issued {
            credentials: Credentials::new(
                issued.access_key_id,
                issued.secret_access_key,
                Some(issued.session_token),
                Some(end),
                "AssumeRole",
            ),
            since: now,
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

/// STS did not answer in time.
fn late() -> Failure {
    Failure {
        reason: Reason::Timeout,
        call: CALL,
        message: format!("no answer within {PATIENCE:?}; it is tried again"),
    }
}

impl ProvideCredentials for AssumedRole {
    /// Those that there are: a call has seen to it before that there are some, and holds a permit now.
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            if self.lasting(|issued| issued.end).is_none() {
                self.ready()
                    .await
                    .map_err(CredentialsError::provider_error)?;
            }
            self.lasting(|issued| issued.end)
                .ok_or_else(|| CredentialsError::provider_error(late()))
        })
    }
}
