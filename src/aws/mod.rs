//! Sessions: the only module that makes credentials and clients. With `collect` and `discover` the only one that names
//! the SDK.
mod assumed;
mod bound;
mod cut_off;
mod endpoints;
mod failure;
mod pace;
mod pages;
mod regions;
mod requests;
mod root;

pub use assumed::Role;
pub use failure::CallError;
pub use pages::Pages;
pub use regions::{default_regions, global_region};
pub use requests::Requests;

use crate::clock::Clock;
use assumed::AssumedRole;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableRegionProvider,
    identity::IdentityCache, imds::region::ImdsRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_sdk_iam::config::retry::RetryPartition;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::HttpClient, orchestrator::HttpResponse, result::SdkError,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bound::BoundAnswer;
use endpoints::Endpoints;
use pace::Paces;
use root::OwnKeys;
use root_model::failure::{Failure, Reason};
use rustls_native_certs::load_native_certs;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// The way to AWS: the exporter's own session, and what all sessions share.
#[derive(Clone, Debug)]
pub struct Aws {
    base: Session,
    clock: Clock,
    sts_permits: Arc<Semaphore>,
}

const NO_CERTIFICATES: &str = "there are no CA certificates to know AWS by: install them (the package ca-certificates), or name a file or directory of them with SSL_CERT_FILE or SSL_CERT_DIR";

/// Requests to STS in flight, all accounts together.
const STS_CONCURRENCY: usize = 16;

/// Where the way to AWS leads.
#[derive(Clone)]
pub enum Origin {
    /// Credentials, region and endpoints by the SDKs' conventions: environment, profile, web identity, EKS Pod Identity,
    /// ECS, IMDS.
    Environment,
    /// A simulator, for the demo.
    Simulator {
        /// Its address.
        url: String,
        /// An access key that it knows.
        access_key_id: String,
        /// Its secret.
        secret_access_key: String,
    },
}

impl Aws {
    /// Gets ready to call. Nothing is asked of AWS yet.
    ///
    /// # Errors
    /// If there are no CA certificates to know AWS by: no call could ever succeed.
    pub async fn load(
        origin: Origin,
        requests: Requests,
        concurrency: usize,
        clock: Clock,
    ) -> Result<Self, String> {
        // Without any the SDK would panic, even where it needs none.
        let known = !load_native_certs().certs.is_empty();
        // One client for all: the SDK's own default would bring a second TLS stack.
        let http = if known {
            let tls = Provider::Rustls(CryptoMode::Ring);
            Builder::new().tls_provider(tls).build_https()
        } else {
            Builder::new().build_http()
        };
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(10))
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(3));
        let loader = match origin {
            Origin::Environment => loader.region(region_by_environment(http)),
            Origin::Simulator {
                url,
                access_key_id,
                secret_access_key,
            } => loader
                .region(Region::new("us-east-1"))
                .endpoint_url(url)
                .credentials_provider(Credentials::new(
                    access_key_id,
                    secret_access_key,
                    None,
                    None,
                    "simulator",
                )),
        };
        let config = loader.load().await;
        let plain = |url: &str| url.starts_with("http://");
        if !known && !config.endpoint_url().is_some_and(plain) {
            return Err(NO_CERTIFICATES.to_owned());
        }
        let region = config.region().map_or("us-east-1", AsRef::as_ref).into();
        Ok(Self {
            base: Session {
                entry: Arc::new(Entry {
                    runs: Semaphore::new(RUNS_PER_ACCOUNT),
                    name: "base".into(),
                    role: None,
                    config,
                    requests,
                    bound: BoundAnswer::default(),
                    permits: Arc::new(Semaphore::new(concurrency.max(1))),
                    own_keys: Arc::default(),
                    paces: Paces::default(),
                    endpoints: Arc::new(Endpoints::new(concurrency)),
                }),
                region,
            },
            clock,
            sts_permits: Arc::new(Semaphore::new(STS_CONCURRENCY)),
        })
    }

    /// The session with the credentials that the exporter was started with.
    #[must_use]
    pub fn session(&self) -> Session {
        self.base.clone()
    }

    /// A session in another account. Its role is assumed when it is first needed.
    #[must_use]
    pub fn assume(&self, account: &str, role: Role) -> Session {
        let (base, permits) = (self.base.clone(), self.sts_permits.clone());
        let role = AssumedRole::new(base, role, self.clock.clone(), permits);
        let role = Arc::new(role);
        let provider: Arc<dyn ProvideCredentials> = role.clone();
        let provider = SharedCredentialsProvider::new(provider);
        self.base.entering(account, provider, Some(role))
    }
}

/// The SDK's own chain with a region at its end. Made by hand: the ready-made one panics in a program without the SDK's
/// own HTTP client, since it cannot be given another.
fn region_by_environment(http: impl HttpClient + 'static) -> RegionProviderChain {
    let with = ProviderConfig::default().with_http_client(http);
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(
            ProfileFileRegionProvider::builder()
                .configure(&with)
                .build(),
        )
        .or_else(ImdsRegionProvider::builder().configure(&with).build())
        .or_else("us-east-1")
}

/// An open session in one account, at one region.
#[derive(Clone, Debug)]
pub struct Session {
    entry: Arc<Entry>,
    region: Arc<str>,
}

/// Runs of collectors that may be under way in one account: one that hangs must not take all there are.
const RUNS_PER_ACCOUNT: usize = 8;

/// What a session is at any region.
#[derive(Debug)]
struct Entry {
    runs: Semaphore,
    name: Arc<str>,
    role: Option<Arc<AssumedRole>>,
    config: SdkConfig,
    requests: Requests,
    bound: BoundAnswer,
    permits: Arc<Semaphore>,
    own_keys: Arc<OwnKeys>,
    paces: Paces,
    endpoints: Arc<Endpoints>,
}

/// One method per service: a client at the session's region.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $sdk:ident;)+) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $sdk::Client {
            // Retries are budgeted by account, so that one which is throttled takes none from the others.
            let config = $sdk::config::Builder::from(&self.entry.config)
                .region(Region::new(self.region.to_string()))
                .retry_partition(RetryPartition::new(self.entry.name.to_string()))
                .interceptor(self.entry.requests.clone())
                .interceptor(self.entry.bound.clone())
                .interceptor(cut_off::RefuseCutOff)
                .build();
            $sdk::Client::from_conf(config)
        })+
    };
}

impl Session {
    /// A session with other credentials, in the account of that name, which shares what all sessions share.
    fn entering(
        &self,
        account: &str,
        credentials: SharedCredentialsProvider,
        role: Option<Arc<AssumedRole>>,
    ) -> Self {
        let config = self.entry.config.to_builder();
        let config = config
            .credentials_provider(credentials)
            // A role keeps its credentials itself, and an audit's do not change.
            .identity_cache(IdentityCache::no_cache())
            .build();
        Self {
            entry: Arc::new(Entry {
                runs: Semaphore::new(RUNS_PER_ACCOUNT),
                name: account.into(),
                role,
                config,
                requests: self.entry.requests.clone(),
                bound: BoundAnswer::default(),
                permits: self.entry.permits.clone(),
                own_keys: self.entry.own_keys.clone(),
                paces: Paces::default(),
                endpoints: self.entry.endpoints.clone(),
            }),
            region: self.region.clone(),
        }
    }

    /// The same session at another region.
    #[must_use]
    pub fn at(&self, region: Arc<str>) -> Self {
        Self {
            region,
            ..self.clone()
        }
    }

    /// Whether it is the same session, at whatever region.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.entry, &other.entry)
    }

    /// Waits until another run may begin in the account.
    pub async fn run_slot(&self) -> Option<SemaphorePermit<'_>> {
        self.entry.runs.acquire().await.ok()
    }

    /// The session's region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    clients! {
        /// Account Management.
        account: aws_sdk_account;
        /// CloudTrail.
        cloudtrail: aws_sdk_cloudtrail;
        /// GuardDuty.
        guardduty: aws_sdk_guardduty;
        /// IAM.
        iam: aws_sdk_iam;
        /// Organizations.
        organizations: aws_sdk_organizations;
        /// STS.
        sts: aws_sdk_sts;
    }

    /// Sees to it that the session has credentials.
    ///
    /// # Errors
    /// Why its role could not be assumed.
    pub async fn open(&self) -> Result<(), Failure> {
        match &self.entry.role {
            Some(role) => role.ready().await,
            None => Ok(()),
        }
    }

    /// Makes one call, `action` as IAM spells it: at its pace, and within the bounds on calls to the endpoint and on all.
    ///
    /// # Errors
    /// Why the call failed, in words for people.
    pub fn call<'a, T, E>(
        &'a self,
        action: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send + 'a,
    ) -> impl Future<Output = Result<T, CallError>> + Send + 'a
    where
        T: 'a,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        // Boxed at once: the SDK's calls are large, and each function that passes one on would hold it twice.
        let call = Box::pin(call);
        async move {
            // First of all, so that waiting for STS holds no permit that another account could use.
            self.open().await?;
            self.entry.paces.wait(&self.region, action).await?;
            let mut attempt = self.entry.endpoints.begin(action, &self.region).await?;
            // Never closed, so there is always a permit to wait for.
            let _permit = self.entry.permits.acquire().await;
            attempt.send();
            let answer = call.await;
            let answer = answer.map_err(|error| CallError::new(action, &self.region, &error));
            let reason = answer.as_ref().err().map(|error| error.failure.reason);
            let answered = !matches!(reason, Some(Reason::Timeout | Reason::Network));
            attempt.end(answered);
            if let (Some(Reason::Credentials), Some(role)) = (reason, &self.entry.role) {
                role.rejected();
            }
            if answered {
                let throttled = reason == Some(Reason::Throttled);
                let paces = &self.entry.paces;
                paces.note(&self.region, action, throttled, Instant::now());
            }
            answer
        }
    }
}
