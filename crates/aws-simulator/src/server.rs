//! The HTTP server of the simulator.

use crate::control;
use crate::faults::{Disconnect, deliver, status_only};
use crate::http::HttpRequest;
use crate::limits::{ACCEPT_RETRY_INTERVAL, MAX_REQUEST_BYTES};
use crate::pipeline::{PreparedResponse, Simulation};
use crate::scenario::Scenario;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

type SharedSimulation = Arc<Mutex<Simulation>>;

/// A running simulator. It stops when it is dropped.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts to serve a scenario. With port 0, a free port is chosen.
    ///
    /// # Errors
    ///
    /// If listening on the address fails.
    pub async fn start(listen: SocketAddr, scenario: Scenario) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let simulation = Arc::new(Mutex::new(Simulation::new(scenario)));
        let task = tokio::spawn(accept(listener, simulation));
        Ok(Self { address, task })
    }

    /// The address on which the simulator listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server fails.
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

/// Serves every connection. All of them end with the task.
async fn accept(listener: TcpListener, simulation: SharedSimulation) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve(stream, simulation.clone()));
            }
            Err(error) => {
                // Such as too many open files: there may be fewer later.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_RETRY_INTERVAL).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Serves one connection. Served by hyper itself, since a fault can end it without a response.
async fn serve(stream: TcpStream, simulation: SharedSimulation) {
    let requests = Mutex::new(0_u64);
    let service = service_fn(|request| {
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests += 1;
        handle(simulation.clone(), request, *requests > 1)
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let Err(error) = (&mut connection).await else {
        return;
    };
    let disconnect = error.source().and_then(|it| it.downcast_ref());
    if disconnect == Some(&Disconnect::Reset) {
        // Closed with this set, it is reset. Nothing is lost if that fails: it is closed in the usual way.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

async fn handle(
    simulation: SharedSimulation,
    request: Request<Incoming>,
    reuses_connection: bool,
) -> Result<Response, Disconnect> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(Body::new(body), MAX_REQUEST_BYTES).await else {
        return Ok(status_only(StatusCode::PAYLOAD_TOO_LARGE, Body::empty()));
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
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
        reuses_connection,
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
