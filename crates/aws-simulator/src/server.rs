//! The HTTP server of the simulator.

use crate::control;
use crate::faults::{deliver, status_only};
use crate::http::HttpRequest;
use crate::limits::MAX_REQUEST_BYTES;
use crate::pipeline::{PreparedResponse, Simulation};
use crate::scenario::Scenario;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A running simulator, until it is dropped.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts to serve a scenario; port 0 takes any free port.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn start(listen: SocketAddr, scenario: Scenario) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let simulation = Arc::new(Mutex::new(Simulation::new(scenario)));
        let router = Router::new().fallback(handle).with_state(simulation);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it stops, which it does not do by itself.
    pub async fn stopped(mut self) {
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the simulator stopped");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(State(simulation): State<Arc<Mutex<Simulation>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_REQUEST_BYTES).await else {
        return status_only(StatusCode::PAYLOAD_TOO_LARGE, Body::empty());
    };
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let incoming = HttpRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
    };
    let prepared = {
        let mut simulation = simulation.lock().unwrap_or_else(PoisonError::into_inner);
        match control::handle(&mut simulation, &incoming) {
            Some(response) => PreparedResponse {
                response,
                delay: time::Duration::ZERO,
                transport_fault: None,
            },
            None => simulation.handle(&incoming),
        }
    };
    sleep(prepared.delay.try_into().unwrap_or_default()).await;
    deliver(prepared.response, prepared.transport_fault).await
}
