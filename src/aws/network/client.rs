//! The HTTP client of everything that calls AWS, the sources of credentials among them: it chooses a proxy for each request,
//! and says why there is no answer.
use super::{
    no_answer::NoAnswer,
    proxy::{Proxies, Proxy},
    resolver::SystemResolver,
};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use http::Uri;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Timeouts of connecting and reading.
type Timeouts = (Option<Duration>, Option<Duration>);

#[derive(Debug)]
pub(super) struct Client {
    proxies: Arc<Proxies>,
    tls: TlsContext,
    /// One for each choice of timeouts, so that connections are used again.
    connectors: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

#[derive(Debug)]
struct Routes {
    proxies: Arc<Proxies>,
    direct: Connector,
    http_proxy: Option<Connector>,
    https_proxy: Option<Connector>,
}

impl Client {
    pub(super) fn new(proxies: Proxies, tls: TlsContext) -> Self {
        Self {
            proxies: Arc::new(proxies),
            tls,
            connectors: Mutex::default(),
        }
    }

    fn routes(&self, settings: &HttpConnectorSettings) -> Routes {
        let connector = |proxy: ProxyConfig| {
            Connector::builder()
                .connector_settings(settings.clone())
                .proxy_config(proxy)
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(self.tls.clone())
                .build_with_resolver(SystemResolver)
        };
        let through = |proxy: &Option<Proxy>| proxy.as_ref().map(|it| connector(it.config()));
        Routes {
            proxies: self.proxies.clone(),
            direct: connector(ProxyConfig::disabled()),
            http_proxy: through(&self.proxies.http),
            https_proxy: through(&self.proxies.https),
        }
    }
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let connectors = self.connectors.lock();
        let mut connectors = connectors.unwrap_or_else(PoisonError::into_inner);
        let made = connectors
            .entry(timeouts)
            .or_insert_with(|| SharedHttpConnector::new(self.routes(settings)));
        made.clone()
    }
}

impl Routes {
    fn of(&self, uri: &Uri) -> (&Connector, Option<&Proxy>) {
        let Some(proxy) = self.proxies.of(uri) else {
            return (&self.direct, None);
        };
        let https = uri.scheme_str() == Some("https");
        let connector = if https {
            &self.https_proxy
        } else {
            &self.http_proxy
        };
        match connector {
            Some(connector) => (connector, Some(proxy)),
            None => (&self.direct, None),
        }
    }
}

impl HttpConnector for Routes {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: Uri = request.uri().parse().unwrap_or_default();
        let host = uri.host().unwrap_or_default().to_owned();
        let (connector, proxy) = self.of(&uri);
        let (answer, proxy) = (connector.call(request), proxy.cloned());
        HttpConnectorFuture::new(async move {
            let why = match answer.await {
                Ok(response) => {
                    let by_proxy = |it| NoAnswer::of_response(&host, it, &response);
                    match proxy.as_ref().and_then(by_proxy) {
                        Some(why) => why,
                        None => return Ok(response),
                    }
                }
                // A mistake of ours is not one of the network.
                Err(error) if error.is_user() => return Err(error),
                Err(error) => NoAnswer::new(&host, proxy.as_ref(), &error),
            };
            Err(why.into())
        })
    }
}
