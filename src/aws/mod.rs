//! AWS: the only module that makes credentials and clients. With `collect` and `discover` the only one that names the SDK.
mod assume_role;
mod attempt;
mod call;
mod checked_credentials;
mod circuit_breaker;
mod clock_skew;
mod failure;
mod network;
mod paginator;
mod rate_limiter;
mod regions;
mod requests;
mod response_size;
mod root;
mod session;
mod truncated_xml;

#[cfg(test)]
pub(crate) use assume_role::AssumeRoleBackoff;
pub use call::Call;
pub use failure::CallError;
pub use network::Network;
pub use paginator::Paginator;
pub use regions::{default_regions, global_region};
pub use requests::Requests;
pub use session::Session;

use crate::{clock::Clock, config::Role, environment, limits::CONNECT_TIMEOUT};
use assume_role::AssumeRoleCredentials;
use attempt::LimitedClient;
use aws_config::{
    BehaviorVersion, Region, environment::EnvironmentVariableRegionProvider,
    identity::IdentityCache, imds::region::ImdsRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use aws_types::{
    SdkConfig,
    sdk_config::{SharedAsyncSleep, SharedTimeSource},
};
use checked_credentials::CheckedCredentials;
use std::sync::Arc;

/// Access to AWS: the exporter's own session, and those of roles in other accounts.
#[derive(Clone, Debug)]
pub struct Aws {
    base: Session,
    clock: Clock,
}

const NO_CERTIFICATES: &str = "no CA certificates found to verify AWS: install the package ca-certificates, or set AWS_CA_BUNDLE to a file with certificates";

/// What is called as AWS.
#[derive(Clone)]
pub enum Origin {
    /// Credentials, region and endpoints by the SDKs' conventions: environment, profile, web identity, EKS Pod Identity,
    /// ECS, IMDS.
    Environment(Box<Network>),
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
    /// Loads the configuration. AWS is not called yet.
    ///
    /// # Errors
    /// If there are no CA certificates to verify AWS, so that no call could ever succeed, or the profile names a region or
    /// an endpoint that cannot be used.
    pub async fn load(
        origin: Origin,
        requests: Requests,
        concurrency: usize,
        clock: Clock,
    ) -> Result<Self, String> {
        // One client for all: the SDK's own default would bring a second TLS stack.
        let (http, config) = match origin {
            Origin::Environment(network) => {
                let http = network.client()?;
                let config = by_environment(&network, http.clone()).await?;
                (http, config)
            }
            Origin::Simulator {
                url,
                access_key_id,
                secret_access_key,
            } => {
                let http = Network::loopback().client()?;
                let credentials =
                    Credentials::new(access_key_id, secret_access_key, None, None, "simulator");
                (http.clone(), of_simulator(url, credentials, http))
            }
        };
        let region = config.region().map_or("us-east-1", AsRef::as_ref).into();
        // Credentials have been loaded with the client itself: only calls are limited.
        let limited = SharedHttpClient::new(LimitedClient(http.clone()));
        let checked = config.credentials_provider().map(CheckedCredentials);
        let mut config = config.to_builder().http_client(limited);
        config.set_credentials_provider(checked.map(SharedCredentialsProvider::new));
        let config = config.build();
        Ok(Self {
            base: Session::base(config, region, requests, concurrency, clock.clone()),
            clock,
        })
    }

    /// The session with the credentials that the exporter was started with.
    #[must_use]
    pub fn session(&self) -> Session {
        self.base.clone()
    }

    /// A session in another account. Its role is assumed when credentials are first needed.
    #[must_use]
    pub fn assume(&self, account: &str, role: Role) -> Session {
        let role = AssumeRoleCredentials::new(self.base.clone(), role, self.clock.clone());
        let role = Arc::new(role);
        let provider: Arc<dyn ProvideCredentials> = role.clone();
        let provider = SharedCredentialsProvider::new(provider);
        self.base.in_account(account, provider, Some(role))
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
}

/// An attempt that waits for its turn uploads nothing, and its time is limited by `attempt`.
fn stalled_streams() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::enabled()
        .upload_enabled(false)
        .build()
}

/// By the SDKs' conventions.
async fn by_environment(network: &Network, http: SharedHttpClient) -> Result<SdkConfig, String> {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .region(region_by_environment(http));
    let config = loader.load().await;
    // The environment's own are checked at start: these are the profile's.
    let endpoint = config.endpoint_url().map_or(Ok(()), environment::check_url);
    endpoint.map_err(|error| format!("endpoint_url of the profile cannot be used: {error}"))?;
    let region = config
        .region()
        .map_or(Ok(()), |region| environment::check_region(region.as_ref()));
    region.map_err(|error| format!("region of the profile cannot be used: {error}"))?;
    let plain = |url: &str| url.starts_with("http://");
    if !network.has_certificates() && !config.endpoint_url().is_some_and(plain) {
        return Err(NO_CERTIFICATES.to_owned());
    }
    Ok(config)
}

/// Whatever the environment says.
fn of_simulator(url: String, credentials: Credentials, http: SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .timeout_config(timeouts())
        .stalled_stream_protection(stalled_streams())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .identity_cache(IdentityCache::lazy().build())
        .build()
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
