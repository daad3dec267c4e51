//! Faults of transport: responses that are damaged, delayed or cut off while they are sent.

use super::body::{Tail, with_tail};
use super::damage::{deeply_nested, invalid_utf8};
use crate::http::HttpResponse;
use crate::limits::{CUT_OFF_DELAY, HANG, HUGE_BODY_BYTES, TRICKLE_INTERVAL};
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use tokio::time::{interval, sleep};

/// How a response is damaged while it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TransportFault {
    Hang,
    CutOff,
    Reset,
    IdleClose,
    Truncate,
    Garbage,
    Huge,
    EndlessBody,
    Deep,
    NotUtf8,
    Foreign,
}

impl TransportFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hang => "hang",
            Self::CutOff => "cut_off",
            Self::Reset => "reset",
            Self::IdleClose => "idle_close",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
            Self::Huge => "huge",
            Self::EndlessBody => "endless_body",
            Self::Deep => "deep",
            Self::NotUtf8 => "not_utf8",
            Self::Foreign => "foreign",
        }
    }
}

const PROXY_PAGE: &str = "<!DOCTYPE html><html><head><title>Web access</title></head>\
    <body><h1>Please sign in to the proxy</h1><br></body></html>";

const FOREIGN_DOCUMENT: &str = r#"{"status":"ok","items":[],"total":0,"next":null}"#;

/// The connection ends without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Disconnect {
    #[error("the connection is closed")]
    Closed,
    #[error("the connection is reset")]
    Reset,
}

/// Sends the response, damaged by the fault if there is one.
pub(crate) async fn deliver(
    mut response: HttpResponse,
    fault: Option<TransportFault>,
) -> Result<Response, Disconnect> {
    let text = std::mem::take(&mut response.body);
    let half = text.len() / 2;
    let Some(fault) = fault else {
        return Ok(into_http(response, Body::from(text)));
    };
    let body = match fault {
        TransportFault::Hang => {
            sleep(HANG).await;
            return Ok(status_only(StatusCode::GATEWAY_TIMEOUT, Body::empty()));
        }
        TransportFault::Reset => return Err(Disconnect::Reset),
        TransportFault::IdleClose => return Err(Disconnect::Closed),
        TransportFault::CutOff => {
            let length = ("content-length", text.len().to_string());
            response.headers.push(length);
            let cut = Tail::CutOff(Box::pin(sleep(CUT_OFF_DELAY)));
            let head = Bytes::from(text).slice(..half);
            return Ok(into_http(response, with_tail(head, cut)));
        }
        TransportFault::Garbage => {
            response.headers = vec![("content-type", "text/html".to_owned())];
            Body::from(PROXY_PAGE)
        }
        TransportFault::Truncate => Body::from(text.as_bytes()[..half].to_vec()),
        TransportFault::Huge => with_tail(text.into(), Tail::Blank(HUGE_BODY_BYTES)),
        TransportFault::EndlessBody => {
            let trickle = Tail::Trickle(interval(TRICKLE_INTERVAL));
            with_tail(Bytes::from(text).slice(..half), trickle)
        }
        TransportFault::Foreign => Body::from(FOREIGN_DOCUMENT),
        TransportFault::Deep => Body::from(deeply_nested(&text)),
        TransportFault::NotUtf8 => Body::from(invalid_utf8(&text)),
    };
    response.status = 200;
    Ok(into_http(response, body))
}

fn into_http(response: HttpResponse, body: Body) -> Response {
    let headers = response.headers.into_iter();
    let builder = headers.fold(
        Response::builder().status(response.status),
        |builder, (name, value)| builder.header(name, value),
    );
    let internal = |_| status_only(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    builder.body(body).unwrap_or_else(internal)
}

pub(crate) fn status_only(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
