//! How AWS is reached: proxies, CA certificates, and the one HTTP client that heeds both.
mod certificates;
mod client;
mod no_answer;
mod no_proxy;
mod profile;
mod proxy;
mod resolver;

pub(crate) use no_answer::NoAnswer;

use crate::environment;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use certificates::Certificates;
use client::Client;
use profile::NetworkProfile;
use proxy::Proxies;
use tracing::info;

/// The network as the environment describes it.
#[derive(Clone, Debug)]
pub struct Network {
    proxies: Proxies,
    certificates: Certificates,
}

impl Network {
    /// Reads what the environment and the profile say of proxies and CA certificates.
    ///
    /// # Errors
    /// Which variable, setting or bundle cannot be used.
    pub async fn load() -> Result<Self, String> {
        environment::check()?;
        let profile = NetworkProfile::load().await?;
        let proxies = Proxies::new(environment::get, profile.metadata_endpoint)?;
        let certificates = Certificates::load(environment::get, profile.ca_bundle)?;
        let log = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                info!(name, value, "network setting");
            }
        };
        log("HTTP proxy", proxies.http.as_ref().map(ToString::to_string));
        log(
            "HTTPS proxy",
            proxies.https.as_ref().map(ToString::to_string),
        );
        log("CA certificates", certificates.source.clone());
        Ok(Self {
            proxies,
            certificates,
        })
    }

    /// Without proxies and CA certificates, for a simulator on loopback.
    #[must_use]
    pub fn loopback() -> Self {
        Self {
            proxies: Proxies::default(),
            certificates: Certificates::default(),
        }
    }

    /// Whether there is any CA certificate.
    pub(super) fn has_certificates(&self) -> bool {
        self.certificates.count > 0
    }

    /// # Errors
    /// If TLS cannot be set up.
    pub(super) fn client(&self) -> Result<SharedHttpClient, String> {
        let tls = self.certificates.tls_context()?;
        Ok(SharedHttpClient::new(Client::new(
            self.proxies.clone(),
            tls,
        )))
    }
}
