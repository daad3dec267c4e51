//! AWS: the only module that makes credentials and clients. With `collect` and `discover` the only one that names the SDK.
mod assume_role;
mod attempt;
mod call;
mod checked_credentials;
mod circuit_breaker;
mod failure;
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
pub use paginator::Paginator;
pub use regions::{default_regions, global_region};
pub use requests::Requests;
pub use session::Session;

use crate::{clock::Clock, config::Role, limits::CONNECT_TIMEOUT};
use assume_role::AssumeRoleCredentials;
use attempt::LimitedClient;
use aws_config::{
    BehaviorVersion, Region, environment::EnvironmentVariableRegionProvider,
    imds::region::ImdsRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider, provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use checked_credentials::CheckedCredentials;
use rustls_native_certs::load_native_certs;
use std::sync::Arc;

/// Access to AWS: the exporter's own session, and those of roles in other accounts.
#[derive(Clone, Debug)]
pub struct Aws {
    base: Session,
    clock: Clock,
}

const NO_CERTIFICATES: &str = "no CA certificates found to verify AWS: install the package ca-certificates, or set SSL_CERT_FILE or SSL_CERT_DIR to a file or directory with certificates";

/// What is called as AWS.
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
    /// Loads the configuration. AWS is not called yet.
    ///
    /// # Errors
    /// If there are no CA certificates to verify AWS: no call could ever succeed.
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
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        // An attempt that waits for its turn uploads nothing, and its time is limited by `attempt`.
        let stalled = StalledStreamProtectionConfig::enabled()
            .upload_enabled(false)
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .timeout_config(timeouts)
            .stalled_stream_protection(stalled);
        let loader = match origin {
            Origin::Environment => loader.region(region_by_environment(http.clone())),
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
        // Credentials have been loaded with the client itself: only calls are limited.
        let limited = SharedHttpClient::new(LimitedClient(http.clone()));
        let checked = config.credentials_provider().map(CheckedCredentials);
        let mut config = config.to_builder().http_client(limited);
        config.set_credentials_provider(checked.map(SharedCredentialsProvider::new));
        let config = config.build();
        Ok(Self {
            base: Session::base(config, region, requests, concurrency),
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
