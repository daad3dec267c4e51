//! The web server: hands out what is ready. No request waits for AWS, encodes anything or takes a lock across I/O.
mod page;

use crate::publish::Published;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
};

/// A request to read the configuration again, and where to say what came of it.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// What the server needs.
#[derive(Clone, Debug)]
pub struct Site {
    /// What is served.
    pub published: Arc<Published>,
    /// Where the metrics are.
    pub telemetry_path: String,
    /// Where reloads are asked for; `None` unless `--web.enable-lifecycle`.
    pub reload: Option<mpsc::Sender<Reload>>,
}

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// Whether it is an error if it cannot be had; IPv6 by default is not.
    pub required: bool,
}

/// Opens the listeners.
///
/// # Errors
/// If a required address cannot be had.
pub async fn bind(listens: &[Listen]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners = Vec::new();
    for listen in listens {
        let mut bound = TcpListener::bind(listen.address).await;
        if bound.is_err() && listen.address.ip() == Ipv6Addr::UNSPECIFIED {
            // A host without IPv6: all addresses are those of IPv4.
            bound = TcpListener::bind((Ipv4Addr::UNSPECIFIED, listen.address.port())).await;
        }
        match bound {
            Ok(listener) => listeners.push(listener),
            Err(error) if listen.required => return Err((listen.address, error)),
            Err(error) => {
                tracing::debug!(address = %listen.address, %error, "not listening here");
            }
        }
    }
    Ok(listeners)
}

/// Serves until `stop` says so, then lets requests under way end.
///
/// # Errors
/// If a listener breaks.
pub async fn serve(
    listeners: Vec<TcpListener>,
    site: Site,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut servers = JoinSet::new();
    for listener in listeners {
        let mut stop = stop.clone();
        let server =
            axum::serve(listener, router(site.clone())).with_graceful_shutdown(async move {
                // An error means that whoever could say stop is gone.
                let _ = stop.wait_for(|stop| *stop).await;
            });
        servers.spawn(server.into_future());
    }
    while let Some(ended) = servers.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok(())
}

fn router(site: Site) -> Router {
    let mut router = Router::new()
        .route("/", get(page::index))
        .route("/-/healthy", get(|| async { "OK\n" }))
        .route("/-/ready", get(ready));
    if site.telemetry_path != "/" {
        router = router.route(&site.telemetry_path, get(metrics));
    }
    if site.reload.is_some() {
        router = router.route("/-/reload", post(reload).put(reload));
    }
    router.with_state(Arc::new(site))
}

async fn metrics(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let snapshot = site.published.load();
    if snapshot.metrics.is_empty() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "nothing is published yet\n",
        )
            .into_response();
    }
    let gzip = accepts_gzip(&headers);
    if gzip {
        site.published.ask_for_gzip();
    }
    let (body, encoding) = match &snapshot.gzip {
        Some(compressed) if gzip => (compressed, Some("gzip")),
        _ => (&snapshot.metrics, None),
    };
    let mut response = Body::from(body.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether `Accept-Encoding` takes gzip: by its name, else by `*`, and not with `q=0`.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let taken = |wanted: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|coding| {
                let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
                let weight = parameters.trim().to_ascii_lowercase();
                let weight = weight
                    .strip_prefix("q=")
                    .and_then(|q| q.parse::<f32>().ok());
                let named = name.trim().eq_ignore_ascii_case(wanted);
                named.then(|| weight.is_none_or(|q| q > 0.0))
            })
    };
    taken("gzip").or_else(|| taken("*")).unwrap_or(false)
}

async fn ready(State(site): State<Arc<Site>>) -> (StatusCode, String) {
    let snapshot = site.published.load();
    if snapshot.metrics.is_empty() {
        let text = "not ready\nnothing is published yet\n".to_owned();
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    }
    let mut lines = snapshot.missing.clone();
    lines.extend(Some(snapshot.look_backs.clone()).filter(|text| !text.is_empty()));
    let (status, word) = if snapshot.missing.is_empty() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    lines.insert(0, word.to_owned());
    (status, lines.join("\n") + "\n")
}

async fn reload(State(site): State<Arc<Site>>) -> (StatusCode, String) {
    let failed = |message: &str| (StatusCode::INTERNAL_SERVER_ERROR, format!("{message}\n"));
    let Some(reload) = &site.reload else {
        return (StatusCode::NOT_FOUND, String::new());
    };
    let (answer, result) = oneshot::channel();
    if reload.send(answer).await.is_err() {
        return failed("the exporter is stopping");
    }
    match tokio::time::timeout(Duration::from_secs(10), result).await {
        Ok(Ok(Ok(()))) => (StatusCode::OK, "reloaded\n".to_owned()),
        Ok(Ok(Err(message))) => failed(&message),
        _ => failed("the configuration was not read in time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_by_accept_encoding() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepts_gzip(&headers)
        };
        assert!(accepts("gzip") && accepts("deflate, GZIP;q=0.5") && accepts("*"));
        assert!(!accepts("gzip;q=0, *") && !accepts("gzip; Q=0.0") && !accepts("*;q=0"));
        assert!(!accepts("gzip;q=0") && !accepts("identity") && !accepts("br, deflate"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
