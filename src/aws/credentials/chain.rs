//! The sources of credentials in the SDKs' order. The first that has any is used. One that is configured and has none ends
//! the search: another source would be another principal, which nobody asked for.
use super::{
    LoadError, Unavailable, check,
    files::{Stamps, stamps},
    sources::Sources,
};
use crate::limits::CREDENTIALS_TIMEOUT;
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_types::os_shim_internal::Env;
use strum::{Display, VariantArray};
use tokio::time::{Instant, timeout_at};

/// Where the exporter's own credentials come from.
#[derive(Debug)]
pub(in crate::aws) enum Source {
    /// The environment, by the SDKs' conventions. With the configuration of the clients that ask for credentials.
    Environment(Box<SdkConfig>),
    /// These, for the demo.
    Fixed(Credentials),
}

/// A place that credentials may come from, in the SDKs' order.
#[derive(Clone, Copy, Debug, Display, VariantArray)]
#[strum(serialize_all = "lowercase")]
enum Place {
    Environment,
    Profile,
    #[strum(serialize = "web identity")]
    WebIdentity,
    Container,
    #[strum(serialize = "instance metadata")]
    InstanceMetadata,
}

impl Source {
    /// The state of the files that credentials may come from.
    pub(super) async fn stamps(&self) -> Stamps {
        match self {
            Self::Environment(_) => stamps(&Env::real()).await,
            Self::Fixed(_) => Stamps::default(),
        }
    }

    /// # Errors
    /// Why there are none: what was tried.
    pub(super) async fn load(&self) -> Result<Credentials, LoadError> {
        let config = match self {
            Self::Environment(config) => config,
            Self::Fixed(credentials) => return Ok(credentials.clone()),
        };
        let sources = Sources::new(config, &Env::real()).await;
        let deadline = Instant::now() + CREDENTIALS_TIMEOUT;
        let mut tried = Vec::new();
        for place in Place::VARIANTS {
            // Boxed: the SDK's providers are large.
            let loaded = timeout_at(deadline, Box::pin(place.load(&sources))).await;
            let late = |_| {
                let what = format!("no answer within {CREDENTIALS_TIMEOUT:?}");
                Err(Unavailable::from(what))
            };
            match loaded.unwrap_or_else(late) {
                Ok(credentials) => {
                    return match check(&credentials) {
                        Ok(()) => Ok(credentials),
                        Err(unusable) => {
                            Err(LoadError::from(unusable.to_string()).of(no_credentials(*place)))
                        }
                    };
                }
                Err(Unavailable::NotConfigured(what)) => tried.push(format!("{place}: {what}")),
                Err(Unavailable::Failed(what)) => {
                    return Err(what.of(no_credentials(*place)));
                }
            }
        }
        Err(format!("no credentials: {}", tried.join("; ")).into())
    }
}

fn no_credentials(place: Place) -> String {
    format!("no credentials: {place}")
}

impl Place {
    async fn load(self, sources: &Sources) -> Result<Credentials, Unavailable> {
        match self {
            Self::Environment => sources.environment().await,
            Self::Profile => sources.profile().await,
            Self::WebIdentity => sources.web_identity().await,
            Self::Container => sources.container().await,
            Self::InstanceMetadata => sources.instance_metadata().await,
        }
    }
}
