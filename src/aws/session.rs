//! A session: an account's credentials at one region. Every call to AWS is made by it.
use super::{
    Call, CallError, Requests,
    assume_role::AssumeRoleCredentials,
    attempt::{self, ObserveAttempts},
    circuit_breaker::CircuitBreakers,
    clock_skew::SigningTime,
    credentials::BaseCredentials,
    incomplete::RejectIncomplete,
    rate_limiter::RateLimiter,
    response_size::ResponseSizeLimit,
    root::OwnKeys,
};
use crate::{
    clock::Clock,
    limits::{
        Concurrency, MAX_ASSUME_ROLE_CALLS, MAX_RUNS_PER_ACCOUNT, Service, Slot, Slots,
        max_attempts,
    },
};
use aws_config::{Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use root_model::failure::{Failure, Reason};
use std::{pin::Pin, sync::Arc};

/// An open session in one account, at one region.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) account: Arc<AccountSession>,
    pub(super) region: Arc<str>,
    /// Whether messages name the region: not where the observation that carries them does.
    names_region: bool,
    /// Where the exporter's own credentials have to be of this account.
    own_account: Option<Arc<str>>,
}

/// What a session is at any region.
#[derive(Debug)]
pub(super) struct AccountSession {
    name: Arc<str>,
    /// `None` for the exporter's own credentials and for root sessions.
    pub(super) role: Option<Arc<AssumeRoleCredentials>>,
    /// Only for the exporter's own credentials.
    base: Option<Arc<BaseCredentials>>,
    config: SdkConfig,
    run_slots: Slots,
    pub(super) rate_limiter: RateLimiter,
    response_size: ResponseSizeLimit,
    pub(super) shared: Arc<Shared>,
}

/// What all sessions share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) requests: Requests,
    pub(super) own_keys: OwnKeys,
    pub(super) assume_role_slots: Slots,
    pub(super) circuits: CircuitBreakers,
    pub(super) concurrency: Concurrency,
}

/// One method per service: a client at the session's region.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $sdk:ident, $service:ident;)+) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $sdk::Client {
            let retries = RetryConfig::standard().with_max_attempts(max_attempts(Service::$service));
            let mut config = $sdk::config::Builder::from(&self.account.config);
            // Who switches the SDK's correction off wants the host's time.
            if self.account.config.disable_clock_skew_correction() != Some(true) {
                config = config.time_source(SigningTime(self.account.shared.clock.timeline()));
            }
            let config = config
                .region(Region::new(self.region.to_string()))
                .retry_config(retries)
                // Retries are budgeted by account, so that one that is throttled takes none from the others.
                .retry_partition(RetryPartition::new(self.account.name.to_string()))
                .interceptor(ObserveAttempts)
                .interceptor(self.account.response_size.clone())
                .interceptor(RejectIncomplete)
                .build();
            $sdk::Client::from_conf(config)
        })+
    };
}

impl Session {
    /// The session with the exporter's own credentials.
    pub(super) fn base(
        config: SdkConfig,
        region: Arc<str>,
        requests: Requests,
        concurrency: Concurrency,
        credentials: Arc<BaseCredentials>,
        clock: Clock,
    ) -> Self {
        Self {
            account: Arc::new(AccountSession {
                name: "base".into(),
                role: None,
                base: Some(credentials),
                config,
                run_slots: Slots::new(MAX_RUNS_PER_ACCOUNT),
                rate_limiter: RateLimiter::default(),
                response_size: ResponseSizeLimit::new(),
                shared: Arc::new(Shared {
                    clock,
                    requests,
                    own_keys: OwnKeys::default(),
                    assume_role_slots: Slots::new(MAX_ASSUME_ROLE_CALLS),
                    circuits: CircuitBreakers::new(concurrency.clone()),
                    concurrency,
                }),
            }),
            region,
            names_region: true,
            own_account: None,
        }
    }

    /// The same session, which works only while its credentials are of that account.
    pub(super) fn in_own_account(&self, account: Arc<str>) -> Self {
        Self {
            own_account: Some(account),
            ..self.clone()
        }
    }

    /// The account of which the credentials have to be, if that matters.
    pub(super) fn own_account(&self) -> Option<&str> {
        self.own_account.as_deref()
    }

    /// A session with other credentials, in the account of that name.
    pub(super) fn in_account(
        &self,
        account: &str,
        credentials: SharedCredentialsProvider,
        role: Option<Arc<AssumeRoleCredentials>>,
    ) -> Self {
        // Nothing caches these: a role does it itself, and those of a root session do not change.
        let config = self.account.config.to_builder();
        let config = config.credentials_provider(credentials).build();
        Self {
            account: Arc::new(AccountSession {
                name: account.into(),
                role,
                base: None,
                config,
                run_slots: Slots::new(MAX_RUNS_PER_ACCOUNT),
                rate_limiter: RateLimiter::default(),
                response_size: self.account.response_size.for_account(),
                shared: self.account.shared.clone(),
            }),
            own_account: None,
            ..self.clone()
        }
    }

    /// The same session at another region, which messages name.
    #[must_use]
    pub fn at(&self, region: Arc<str>) -> Self {
        Self {
            region,
            names_region: true,
            ..self.clone()
        }
    }

    /// The same session for runs whose target is that region: their observations name it, so messages do not.
    #[must_use]
    pub fn for_target(&self, region: Arc<str>) -> Self {
        Self {
            names_region: false,
            ..self.at(region)
        }
    }

    /// Whether it has the same credentials, at whatever region.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.account, &other.account)
    }

    /// Waits until another run may start in the account.
    pub(crate) async fn run_slot(&self) -> Slot {
        self.account.run_slots.acquire().await
    }

    /// The session's region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// ` in us-east-1`, where messages name the region.
    pub(super) fn place(&self) -> String {
        if self.names_region {
            format!(" in {}", self.region)
        } else {
            String::new()
        }
    }

    clients! {
        /// Account Management.
        account: aws_sdk_account, Account;
        /// CloudTrail.
        cloudtrail: aws_sdk_cloudtrail, CloudTrail;
        /// GuardDuty.
        guardduty: aws_sdk_guardduty, GuardDuty;
        /// IAM.
        iam: aws_sdk_iam, Iam;
        /// Organizations.
        organizations: aws_sdk_organizations, Organizations;
        /// Organizations, for calls about service control policies: they are retried more often.
        organizations_policies: aws_sdk_organizations, OrganizationsPolicies;
        /// STS.
        sts: aws_sdk_sts, Sts;
    }

    /// Makes sure that the session has credentials.
    ///
    /// # Errors
    /// Why its role could not be assumed.
    pub async fn open(&self) -> Result<(), Failure> {
        match &self.account.role {
            Some(role) => role.ensure_valid().await,
            None => Ok(()),
        }
    }

    /// Makes one call: the future of a client's request, which is sent within all limits and retried by the SDK.
    ///
    /// # Errors
    /// Why the call failed.
    pub fn call<'a, T, E>(
        &'a self,
        call: Call,
        request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Result<T, CallError>> + Send + 'a
    where
        T: 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        // Boxed at once: the SDK's calls are large, and each function that passes one on would hold it twice.
        let request = Box::pin(request);
        async move {
            // Before the attempt, so that the request is not signed before the role is assumed.
            self.open().await?;
            self.send(call, request).await
        }
    }

    /// The same without making sure that there are credentials.
    pub(super) async fn send<T, E>(
        &self,
        call: Call,
        request: Pin<Box<impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send>>,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = attempt::scope(self, call, request).await;
        answer.map_err(|error| {
            let error = CallError::new(call, self, &error);
            // Without a code there were none that AWS could refuse.
            if error.failure.reason == Reason::Credentials && error.code.is_some() {
                self.credentials_refused();
            }
            error
        })
    }

    /// AWS refuses the session's credentials.
    fn credentials_refused(&self) {
        match (&self.account.role, &self.account.base) {
            (Some(role), _) => role.invalidate(),
            (None, Some(base)) => base.refused(),
            (None, None) => {}
        }
    }
}
