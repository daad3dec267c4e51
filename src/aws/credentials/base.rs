//! The exporter's own credentials as calls see them. A call in the exporter's own account gets only credentials that are
//! known to belong to that account, so that nothing of another one can be taken for its own.
use super::LoadError;
use crate::{
    aws::attempt,
    aws::identity::Identity,
    limits::{CREDENTIALS_POLL_INTERVAL, MIN_CREDENTIALS_AGE, RENEW_SHARE},
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use root_model::{
    failure::{Failure, Reason},
    id::id,
};
use std::{sync::Arc, time::SystemTime};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// The credentials that the exporter was started with, kept valid by [`super::Renewal`].
#[derive(Debug)]
pub(in crate::aws) struct BaseCredentials {
    state: watch::Sender<State>,
    /// Counts the access keys.
    keys: watch::Sender<u64>,
    /// Notified when AWS refuses the credentials.
    pub(super) refused: Notify,
}

/// What is known of the credentials.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// They are being loaded for the first time.
    Loading,
    /// There are none, for this reason.
    Failed(LoadError),
    Ready(Arc<Current>),
}

/// Credentials that are used.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) credentials: Credentials,
    pub(super) loaded: Instant,
    pub(super) expires: Option<SystemTime>,
    /// Whose they are; `None` until AWS has been asked.
    pub(super) identity: Option<Result<Identity, Failure>>,
}

impl Current {
    /// Loaded now.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            expires: credentials.expiry(),
            credentials,
            loaded: Instant::now(),
            identity: None,
        }
    }

    /// Tells access keys apart.
    pub(super) fn key(&self) -> u64 {
        id(self.credentials.access_key_id())
    }

    /// Young ones have not, whatever the time seems to be: it may still be that of a wrong clock. AWS says whether they have.
    pub(super) fn has_expired(&self, now: SystemTime) -> bool {
        let expired = self.expires.is_some_and(|expires| expires <= now);
        expired && self.loaded.elapsed() >= MIN_CREDENTIALS_AGE
    }

    /// Whether there is little left of their lifetime.
    pub(super) fn is_due(&self, now: SystemTime) -> bool {
        let Some(expires) = self.expires else {
            return false;
        };
        // By the time as it is known now: that of their loading may have been wrong.
        let left = expires.duration_since(now).unwrap_or_default();
        let age = self.loaded.elapsed();
        // A source that hands out the same ones until shortly before their end is asked ever more often, but not all the time.
        left <= (left + age) / RENEW_SHARE && age >= CREDENTIALS_POLL_INTERVAL
    }

    /// Whether they have been used for long enough that AWS's refusal is a reason to load them again.
    pub(super) fn is_settled(&self, now: Instant) -> bool {
        now - self.loaded >= MIN_CREDENTIALS_AGE
    }
}

impl BaseCredentials {
    pub(in crate::aws) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::Loading),
            keys: watch::Sender::new(0),
            refused: Notify::new(),
        }
    }

    /// Changes with each new access key. Both may be of other accounts.
    pub(in crate::aws) fn keys(&self) -> watch::Receiver<u64> {
        self.keys.subscribe()
    }

    /// Waits until they have been loaded, or could not be.
    pub(in crate::aws) async fn loaded(&self) {
        self.wait_for(|state| !matches!(state, State::Loading))
            .await;
    }

    /// AWS refuses them, whatever their expiration: they are loaded again, unless they are new.
    pub(in crate::aws) fn refused(&self) {
        if self
            .current()
            .is_some_and(|it| it.is_settled(Instant::now()))
        {
            self.refused.notify_one();
        }
    }

    pub(super) fn current(&self) -> Option<Arc<Current>> {
        match &*self.state.borrow() {
            State::Ready(current) => Some(current.clone()),
            State::Loading | State::Failed(_) => None,
        }
    }

    pub(super) fn publish(&self, state: State) {
        if let State::Ready(new) = &state
            && self.current().is_none_or(|old| old.key() != new.key())
        {
            // First, so that whoever waits for credentials has seen that these are new.
            self.keys.send_modify(|count| *count += 1);
        }
        self.state.send_replace(state);
    }

    async fn wait_for(&self, is: impl FnMut(&State) -> bool) -> State {
        let mut states = self.state.subscribe();
        let state = states.wait_for(is).await.map(|state| state.clone());
        // The sender is gone only with `self`.
        state.unwrap_or(State::Loading)
    }

    /// The credentials, if they are those of `account`, where that matters.
    async fn of(&self, account: Option<&str>) -> Result<Credentials, (Reason, String)> {
        let is_known = |state: &State| match state {
            State::Loading => false,
            State::Failed(_) => true,
            State::Ready(current) => account.is_none() || current.identity.is_some(),
        };
        let refused = |why| Err((Reason::Credentials, why));
        let current = match self.wait_for(is_known).await {
            State::Ready(current) => current,
            State::Failed(why) => return Err((why.reason, why.message)),
            State::Loading => return refused("the credentials are being loaded".to_owned()),
        };
        match (account, &current.identity) {
            (None, _) => {}
            (Some(account), Some(Ok(identity))) if *identity.account == *account => {}
            (Some(_), Some(Err(failure))) => {
                let why = format!("the account of the new credentials is not known: {failure}");
                return Err((failure.reason, why));
            }
            (Some(_), _) => {
                return refused(
                    "the credentials now belong to another account: nothing of it is shown under this one".to_owned(),
                );
            }
        }
        Ok(current.credentials.clone())
    }
}

impl ProvideCredentials for BaseCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let current = attempt::current().map_err(CredentialsError::unhandled)?;
            let credentials = self.of(current.session.own_account()).await;
            credentials.map_err(|(reason, message)| {
                CredentialsError::provider_error(Failure {
                    reason,
                    call: current.call.action,
                    message,
                })
            })
        })
    }
}
