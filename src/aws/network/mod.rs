//! How AWS is reached: proxies, CA certificates, and the one HTTP client that heeds both.
mod certificates;
mod client;
mod no_answer;
mod no_proxy;
mod proxy;
mod resolver;

pub(crate) use no_answer::NoAnswer;

use crate::environment;
use aws_config::profile;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use certificates::Certificates;
use client::Client;
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
        let proxies = Proxies::new(environment::get)?;
        let certificates = Certificates::load(environment::get, bundle_of_profile().await)?;
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

/// `ca_bundle` of the profile in force. A profile that cannot be read is told where its credentials are asked for.
async fn bundle_of_profile() -> Option<String> {
    let files = EnvConfigFiles::default();
    let profiles = profile::load(&Fs::real(), &Env::real(), &files, None)
        .await
        .ok()?;
    let bundle = profiles.get("ca_bundle")?.trim();
    (!bundle.is_empty()).then(|| bundle.to_owned())
}
