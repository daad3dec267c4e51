//! The one task that loads the exporter's own credentials: at the start, before they expire, when a file of theirs changes
//! and when AWS refuses them. What is in use stays so until it expires, if there is nothing better.
use super::{
    BaseCredentials, LoadError, Source,
    base::{Current, State},
};
use crate::{
    aws::Session,
    clock::Clock,
    limits::{
        CREDENTIALS_POLL_INTERVAL, MAX_CREDENTIALS_RETRY_INTERVAL, MIN_CREDENTIALS_RETRY_INTERVAL,
    },
    panics::caught,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use root_model::failure::Failure;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

/// What keeps the credentials valid.
pub(in crate::aws) struct Renewal {
    pub(in crate::aws) base: Arc<BaseCredentials>,
    pub(in crate::aws) source: Source,
    /// By which AWS is asked whose they are.
    pub(in crate::aws) session: Session,
    pub(in crate::aws) clock: Clock,
}

impl Renewal {
    /// Loads and renews, without end.
    pub(in crate::aws) async fn run(self) {
        let (mut failures, mut refused) = (0, false);
        loop {
            let files = self.source.stamps().await;
            let failed = self.load(refused).await.err();
            failures = if failed.is_some() { failures + 1 } else { 0 };
            let retry = Instant::now() + retry_interval(failures);
            refused = loop {
                tokio::select! {
                    () = sleep(CREDENTIALS_POLL_INTERVAL) => {}
                    () = self.base.refused.notified() => {
                        let current = self.base.current();
                        // Others may have been loaded since that call was made.
                        if current.is_some_and(|it| it.is_settled(Instant::now())) {
                            break true;
                        }
                    }
                }
                let now = self.clock.now();
                let current = self.base.current();
                if current.as_ref().is_some_and(|it| it.has_expired(now)) {
                    let why = failed
                        .clone()
                        .unwrap_or_else(|| "the credentials have expired".to_owned().into());
                    self.base.publish(State::Failed(why));
                }
                let due = match &failed {
                    Some(_) => retry <= Instant::now(),
                    None => current.is_some_and(|it| it.is_due(now)),
                };
                if due || self.source.stamps().await != files {
                    break false;
                }
            };
        }
    }

    /// Loads them once.
    ///
    /// # Errors
    /// Why there are none, or why it is not known whose they are.
    async fn load(&self, refused: bool) -> Result<(), LoadError> {
        let before = self.base.current();
        let usable = |it: &Arc<Current>| {
            let known = matches!(it.identity, Some(Ok(_)));
            known && !refused && !it.has_expired(self.clock.now())
        };
        let kept = before.clone().filter(usable);
        let loaded = caught(self.source.load()).await;
        let loaded = loaded.unwrap_or_else(|| {
            Err("no credentials: loading them was ended by a bug in the exporter; please report it with the log line \"panic\"".to_owned().into())
        });
        let credentials = match loaded {
            Ok(credentials) => credentials,
            Err(why) => {
                match kept {
                    Some(_) => warn!(
                        reason = %why.reason,
                        "{why}. The credentials loaded before are used until they expire"
                    ),
                    None => self.base.publish(State::Failed(why.clone())),
                }
                return Err(why);
            }
        };
        let mut new = Current::new(credentials);
        // The identity of an access key does not change.
        let known = before.filter(|old| old.key() == new.key());
        let known = known.and_then(|old| old.identity.clone()?.ok());
        if let Some(identity) = known {
            new.identity = Some(Ok(identity));
            self.base.publish(State::Ready(Arc::new(new)));
            return Ok(());
        }
        if kept.is_none() {
            // For calls to which it does not matter whose they are.
            let unknown = Current::new(new.credentials.clone());
            self.base.publish(State::Ready(Arc::new(unknown)));
        }
        let identity = caught(self.identity(new.credentials.clone())).await;
        let identity = identity.unwrap_or_else(|| Err(Failure::panicked("sts:GetCallerIdentity")));
        match (&identity, kept) {
            (Ok(new), Some(old)) => {
                let other = matches!(&old.identity, Some(Ok(old)) if old.account != new.account);
                if other {
                    info!("the credentials belong to another account now");
                }
            }
            (Err(failure), Some(_)) => {
                warn!(reason = %failure.reason, "new credentials are not used yet: {failure}");
                return Err(failure.to_string().into());
            }
            (_, None) => {}
        }
        let failed = identity.as_ref().err().map(ToString::to_string);
        new.identity = Some(identity);
        self.base.publish(State::Ready(Arc::new(new)));
        failed.map_or(Ok(()), |why| Err(why.into()))
    }

    async fn identity(&self, credentials: Credentials) -> Result<crate::aws::Identity, Failure> {
        let provider = SharedCredentialsProvider::new(credentials);
        self.session
            .in_account("new", provider, None)
            .identity()
            .await
    }
}

/// After that many failures in a row.
fn retry_interval(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    (MIN_CREDENTIALS_RETRY_INTERVAL.saturating_mul(doubled)).min(MAX_CREDENTIALS_RETRY_INTERVAL)
}
