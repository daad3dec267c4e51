//! The HTTP server: bytes in, bytes out; what spoils an answer on its way is done here.

use super::faults::Spoilt;
use super::signature::Incoming;
use super::state::{Outgoing, State};
use super::wire::Answer;
use super::{Scenario, control};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

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
        let state = Arc::new(Mutex::new(State::new(scenario)));
        let router = Router::new().fallback(handle).with_state(state);
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

async fn handle(Shared(state): Shared<Arc<Mutex<State>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 1 << 20).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, Body::empty());
    };
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let incoming = Incoming {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
    };
    let outgoing = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match control::answer(&mut state, &incoming) {
            Some(answer) => Outgoing {
                answer,
                delay: time::Duration::ZERO,
                spoilt: None,
            },
            None => state.answer(&incoming),
        }
    };
    sleep(outgoing.delay.try_into().unwrap_or_default()).await;
    deliver(outgoing).await
}

const PROXY_PAGE: &str = "<!DOCTYPE html><html><head><title>Web access</title></head>\
    <body><h1>Please sign in to the proxy</h1><br></body></html>";

async fn deliver(
    Outgoing {
        mut answer, spoilt, ..
    }: Outgoing,
) -> Response {
    let half = answer.body.len() / 2;
    match spoilt {
        None => written(answer),
        Some(Spoilt::Truncate) => {
            answer.status = 200;
            answer.body = String::from_utf8_lossy(&answer.body.as_bytes()[..half]).into_owned();
            written(answer)
        }
        Some(Spoilt::Garbage) => {
            answer.status = 200;
            answer.headers = vec![("content-type", "text/html".to_owned())];
            PROXY_PAGE.clone_into(&mut answer.body);
            written(answer)
        }
        Some(Spoilt::CutOff) => {
            answer
                .headers
                .push(("content-length", answer.body.len().to_string()));
            let body = Bytes::from(std::mem::take(&mut answer.body)).slice(..half);
            let end = Box::pin(sleep(Duration::from_millis(20)));
            let mut response = written(answer);
            *response.body_mut() = Body::new(CutOff {
                half: Some(body),
                end,
            });
            response
        }
        Some(Spoilt::Hang) => {
            sleep(Duration::from_mins(10)).await;
            plain(StatusCode::GATEWAY_TIMEOUT, Body::empty())
        }
    }
}

fn written(answer: Answer) -> Response {
    let headers = answer.headers.into_iter();
    let builder = headers.fold(
        Response::builder().status(answer.status),
        |builder, (name, value)| builder.header(name, value),
    );
    let internal = |_| plain(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    builder
        .body(Body::from(answer.body))
        .unwrap_or_else(internal)
}

fn plain(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// A body that fails after its half, so that the connection closes.
struct CutOff {
    half: Option<Bytes>,
    end: Pin<Box<Sleep>>,
}

impl http_body::Body for CutOff {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        let cut = std::io::ErrorKind::ConnectionAborted;
        self.end
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(cut.into())))
    }
}
