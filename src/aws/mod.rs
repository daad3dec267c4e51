//! AWS: the only module that makes credentials and clients. With `collect` and `discover` the only one that names the SDK.
mod assume_role;
mod attempt;
mod call;
mod circuit_breaker;
mod clock_skew;
mod credentials;
mod failure;
mod identity;
mod incomplete;
mod names;
mod network;
mod paginator;
mod rate_limiter;
mod regions;
mod requests;
mod response_size;
mod root;
mod sdk_config;
mod session;

#[cfg(test)]
pub(crate) use assume_role::AssumeRoleBackoff;
pub use call::Call;
pub use failure::CallError;
pub use identity::Identity;
pub use network::Network;
pub use paginator::Paginator;
pub use regions::{default_regions, global_region};
pub use requests::Requests;
pub use session::Session;

use crate::{
    clock::Clock,
    config::{MaxCalls, Role},
    limits::Concurrency,
};
use assume_role::AssumeRoleCredentials;
use attempt::LimitedClient;
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use credentials::{BaseCredentials, Renewal, Source};
use std::sync::Arc;
use tokio::sync::watch;

/// Access to AWS: the exporter's own session, and those of roles in other accounts.
#[derive(Clone, Debug)]
pub struct Aws {
    base: Session,
    credentials: Arc<BaseCredentials>,
    clock: Clock,
}

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
    /// If there are no CA certificates to verify AWS, so that no call could ever succeed.
    pub async fn load(
        origin: Origin,
        requests: Requests,
        max_calls: MaxCalls,
        clock: Clock,
    ) -> Result<Self, String> {
        // One client for all: the SDK's own default would bring a second TLS stack.
        let (http, config, source) = match origin {
            Origin::Environment(network) => {
                let http = network.client()?;
                let config = sdk_config::of_environment(&network, http.clone()).await?;
                (http, config.clone(), Source::Environment(Box::new(config)))
            }
            Origin::Simulator {
                url,
                access_key_id,
                secret_access_key,
            } => {
                let http = Network::loopback().client()?;
                let (id, secret) = (access_key_id, secret_access_key);
                let credentials = Credentials::new(id, secret, None, None, "simulator");
                let config = sdk_config::of_simulator(url, http.clone());
                (http, config, Source::Fixed(credentials))
            }
        };
        let region = config.region().map_or("us-east-1", AsRef::as_ref).into();
        // Credentials are loaded with the client itself: only calls are limited.
        let limited = SharedHttpClient::new(LimitedClient(http));
        let credentials = Arc::new(BaseCredentials::new());
        let provider: Arc<dyn ProvideCredentials> = credentials.clone();
        let mut config = config.to_builder().http_client(limited);
        config.set_credentials_provider(Some(SharedCredentialsProvider::new(provider)));
        let base = Session::base(
            config.build(),
            region,
            requests,
            Concurrency::new(max_calls.number()),
            credentials.clone(),
            clock.clone(),
        );
        let renewal = Renewal {
            base: credentials.clone(),
            source,
            session: base.clone(),
            clock: clock.clone(),
        };
        tokio::spawn(renewal.run());
        Ok(Self {
            base,
            credentials,
            clock,
        })
    }

    /// The session with the credentials that the exporter was started with.
    #[must_use]
    pub fn session(&self) -> Session {
        self.base.clone()
    }

    /// The same in the exporter's own account: its calls fail while the credentials are not known to be of that account.
    #[must_use]
    pub fn own(&self, account: &str) -> Session {
        self.base.in_own_account(account.into())
    }

    /// Waits until there are credentials, or none could be loaded.
    pub async fn credentials_loaded(&self) {
        self.credentials.loaded().await;
    }

    /// Changes with each new access key of the exporter's own: it may be of another account.
    #[must_use]
    pub fn access_keys(&self) -> watch::Receiver<u64> {
        self.credentials.keys()
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
