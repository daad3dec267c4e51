//! The web server: hands out what is ready. No request waits for AWS, and no scrape encodes anything, though a plain one of a
//! long text decompresses it; the page and the JSON are made when somebody asks for them, once between two publishes.
mod account;
mod assets;
mod headers;
mod http_metrics;
mod page;
mod text;

pub use http_metrics::HttpMetrics;

use crate::{
    cached_body::CachedBody,
    limits::RELOAD_TIMEOUT,
    metrics_text::{Decompressed, MetricsText},
    publish::{Published, Served},
};
use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use exporter_web::{Authentication, Server, WebConfig};
use root_model::posture::Posture;
use std::sync::Arc;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
};

/// A request to read the configuration again, and where to say what came of it.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// What the server needs.
#[derive(Clone, Debug)]
pub struct AppState {
    /// What is served.
    pub published: Arc<Published>,
    /// Where the metrics are.
    pub telemetry_path: String,
    /// Where reloads are asked for; `None` unless `--web.enable-lifecycle`.
    pub reload: Option<mpsc::Sender<Reload>>,
    pub http_metrics: HttpMetrics,
    /// The web configuration in force.
    pub web_config: watch::Receiver<Arc<WebConfig>>,
}

/// Serves until `stop` says so, then lets requests under way end.
pub async fn serve(listeners: Vec<TcpListener>, state: AppState, stop: watch::Receiver<bool>) {
    let server = Server {
        config: state.web_config.clone(),
        router: router(state),
        stop,
    };
    server.serve(listeners).await;
}

/// Whether the server uses that path itself, so that the metrics cannot be there.
#[must_use]
pub fn is_reserved(path: &str) -> bool {
    let within = |folder: &str| path.starts_with(folder);
    path == "/" || ["/-/", "/api/", "/assets/"].into_iter().any(within)
}

fn router(state: AppState) -> Router {
    let mut router = Router::new()
        .route("/", get(page))
        .route("/api/v1/posture", get(posture))
        .route("/assets/{name}", get(assets::asset))
        .route("/-/healthy", get(|| async { "OK\n" }))
        .route("/-/ready", get(ready));
    if !is_reserved(&state.telemetry_path) {
        router = router.route(&state.telemetry_path, get(metrics));
    }
    if state.reload.is_some() {
        router = router.route("/-/reload", post(reload).put(reload));
    }
    let state = Arc::new(state);
    router
        .layer(from_fn_with_state(state.clone(), around))
        .with_state(state)
}

/// Who sends a request: a probe gets less than an authenticated client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// Somebody who may read the metrics.
    Admitted,
    /// A probe, which has no password.
    Probe,
}

/// What surrounds every handler: who asks is authenticated, and every answer, a refusal too, gets the security headers and is
/// counted. One layer, not three: each copies the service within it and allocates its future, for every request.
async fn around(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let mut response = match authenticate(&state, request.uri().path(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal,
    };
    headers::secure(response.headers_mut(), &state.web_config.borrow());
    state.http_metrics.count(response.status());
    response
}

/// Authenticates a request, or says how it is refused. Probes need no password.
async fn authenticate(
    state: &AppState,
    path: &str,
    headers: &HeaderMap,
) -> Result<Caller, Response> {
    let config = state.web_config.borrow().clone();
    let authorization = headers.get(header::AUTHORIZATION);
    let probed = ["/-/healthy", "/-/ready"].contains(&path);
    if probed && authorization.is_none() && config.has_users() {
        return Ok(Caller::Probe);
    }
    match config.authenticate(authorization).await {
        Authentication::Accepted => Ok(Caller::Admitted),
        Authentication::Refused => {
            let ask = [(
                header::WWW_AUTHENTICATE,
                "Basic realm=\"aws-root-exporter\"",
            )];
            Err((StatusCode::UNAUTHORIZED, ask, "unauthorized\n").into_response())
        }
        Authentication::Busy => {
            let later = [(header::RETRY_AFTER, "10")];
            let text = "too many passwords are being checked\n";
            Err((StatusCode::TOO_MANY_REQUESTS, later, text).into_response())
        }
    }
}

async fn metrics(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    const TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
    let Some(served) = state.published.load() else {
        return nothing_yet();
    };
    let gzip = accepts_gzip(&headers);
    if gzip {
        state.published.ask_for_gzip();
    }
    match &served.metrics {
        MetricsText::Short {
            gzip: Some(body), ..
        }
        | MetricsText::Long { gzip: body, .. }
            if gzip =>
        {
            ready_made(body.clone(), TYPE, true)
        }
        MetricsText::Short { plain, .. } => ready_made(plain.clone(), TYPE, false),
        MetricsText::Long { gzip, length } => {
            let body = Decompressed::new(gzip.clone(), *length);
            ready_made(Body::new(body), TYPE, false)
        }
    }
}

async fn page(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    const TYPE: &str = "text/html; charset=utf-8";
    let Some(served) = state.published.load() else {
        return ready_made(page::waiting(), TYPE, false);
    };
    let make = move |posture: &Posture| page::render(posture, &state.telemetry_path).into();
    let gzip = accepts_gzip(&headers);
    document(served, |served| &served.page, make, TYPE, gzip).await
}

async fn posture(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let Some(served) = state.published.load() else {
        return nothing_yet();
    };
    // Nothing in it can fail to be written as JSON.
    let make = |posture: &Posture| serde_json::to_vec(posture).unwrap_or_default();
    let gzip = accepts_gzip(&headers);
    document(
        served,
        |served| &served.json,
        make,
        "application/json",
        gzip,
    )
    .await
}

/// A document of what is served, made unless it is there.
async fn document(
    served: Arc<Served>,
    which: impl Fn(&Served) -> &CachedBody,
    make: impl FnOnce(&Posture) -> Vec<u8> + Send + 'static,
    content_type: &'static str,
    gzip: bool,
) -> Response {
    let source = served.clone();
    let make = move || make(&source.posture);
    let document = which(&served);
    let body = if gzip {
        document.gzip(make).await
    } else {
        document.plain(make).await
    };
    match body {
        Ok(body) => ready_made(body, content_type, gzip),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn ready_made(body: impl Into<Body>, content_type: &'static str, gzip: bool) -> Response {
    let mut response = body.into().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn nothing_yet() -> Response {
    let text = "nothing is published yet\n";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
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

async fn ready(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
) -> (StatusCode, String) {
    let Some(served) = state.published.load() else {
        let text = "not ready\nnothing is published yet\n".to_owned();
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    };
    let posture = &served.posture;
    let (status, word) = if posture.missing.is_empty() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    if caller == Caller::Probe {
        // The rest names accounts.
        return (status, format!("{word}\n"));
    }
    let lines = posture.missing.iter().chain(&posture.look_backs);
    let lines: Vec<&str> = lines.map(String::as_str).collect();
    (status, [&[word][..], &lines, &[""]].concat().join("\n"))
}

async fn reload(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    let failed = |message: &str| (StatusCode::INTERNAL_SERVER_ERROR, format!("{message}\n"));
    let Some(reload) = &state.reload else {
        return (StatusCode::NOT_FOUND, String::new());
    };
    let (answer, result) = oneshot::channel();
    if reload.send(answer).await.is_err() {
        return failed("the exporter is stopping");
    }
    match tokio::time::timeout(RELOAD_TIMEOUT, result).await {
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
