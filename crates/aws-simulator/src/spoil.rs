//! The way out: an answer becomes bytes, and what spoils it on its way is done here.

use super::server::status_only;
use super::state::PreparedResponse;
use super::wire::HttpResponse;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Interval, Sleep, interval, sleep};

/// How an answer gets spoilt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TransportFault {
    Hang,
    CutOff,
    Truncate,
    Garbage,
    Huge,
    EndlessBody,
    Deep,
    NotUtf8,
}

impl TransportFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hang => "hang",
            Self::CutOff => "cut_off",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
            Self::Huge => "huge",
            Self::EndlessBody => "endless_body",
            Self::Deep => "deep",
            Self::NotUtf8 => "not_utf8",
        }
    }
}

const PROXY_PAGE: &str = "<!DOCTYPE html><html><head><title>Web access</title></head>\
    <body><h1>Please sign in to the proxy</h1><br></body></html>";
const BLANK_CHUNK: &[u8] = &[b' '; 1 << 16];
const HUGE_BODY_BYTES: usize = 64 << 20;
const NESTING_DEPTH: usize = 100_000;

/// Writes the answer, however it comes out.
pub(crate) async fn deliver(prepared: PreparedResponse) -> Response {
    let PreparedResponse {
        mut answer,
        transport_fault,
        ..
    } = prepared;
    let text = std::mem::take(&mut answer.body);
    let half = text.len() / 2;
    let Some(transport_fault) = transport_fault else {
        return into_http(answer, Body::from(text));
    };
    let body = match transport_fault {
        TransportFault::Hang => {
            sleep(Duration::from_mins(10)).await;
            return status_only(StatusCode::GATEWAY_TIMEOUT, Body::empty());
        }
        TransportFault::CutOff => {
            let length = ("content-length", text.len().to_string());
            answer.headers.push(length);
            let paginate = Tail::CutOff(Box::pin(sleep(Duration::from_millis(20))));
            return into_http(answer, with_tail(Bytes::from(text).slice(..half), paginate));
        }
        TransportFault::Garbage => {
            answer.headers = vec![("content-type", "text/html".to_owned())];
            Body::from(PROXY_PAGE)
        }
        TransportFault::Truncate => Body::from(text.as_bytes()[..half].to_vec()),
        TransportFault::Huge => with_tail(text.into(), Tail::Blank(HUGE_BODY_BYTES)),
        TransportFault::EndlessBody => {
            let slowly = Tail::Trickle(interval(Duration::from_millis(100)));
            with_tail(Bytes::from(text).slice(..half), slowly)
        }
        TransportFault::Deep => Body::from(deeply_nested(&text)),
        TransportFault::NotUtf8 => Body::from(invalid_utf8(&text)),
    };
    answer.status = 200;
    into_http(answer, body)
}

fn into_http(answer: HttpResponse, body: Body) -> Response {
    let headers = answer.headers.into_iter();
    let builder = headers.fold(
        Response::builder().status(answer.status),
        |builder, (name, value)| builder.header(name, value),
    );
    let internal = |_| status_only(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    builder.body(body).unwrap_or_else(internal)
}

/// With a member more than there should be, in front of the others.
fn deeply_nested(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('{') {
        let (open, close) = ("[".repeat(NESTING_DEPTH), "]".repeat(NESTING_DEPTH));
        let comma = if rest.starts_with('}') { "" } else { "," };
        return format!("{{\"Deep\":{open}{close}{comma}{rest}");
    }
    let (head, rest) = text.split_once("Result>").unwrap_or((text, ""));
    let (open, close) = (
        "<Deep>".repeat(NESTING_DEPTH),
        "</Deep>".repeat(NESTING_DEPTH),
    );
    format!("{head}Result>{open}{close}{rest}")
}

/// With a byte that no text has at the beginning of each.
fn invalid_utf8(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 2);
    let xml = text.starts_with('<');
    let mut before = [0, 0];
    for byte in text.bytes() {
        let begins = if xml {
            before[1] == b'>' && byte != b'<'
        } else {
            before == *b":\""
        };
        if begins {
            bytes.push(0xff);
        }
        bytes.push(byte);
        before = [before[1], byte];
    }
    bytes
}

fn with_tail(head: Bytes, rest: Tail) -> Body {
    Body::new(BodyWithTail {
        head: Some(head),
        rest,
    })
}

/// A body that goes on after its head.
struct BodyWithTail {
    head: Option<Bytes>,
    rest: Tail,
}

enum Tail {
    /// It fails, so that the connection closes.
    CutOff(Pin<Box<Sleep>>),
    /// So many blanks.
    Blank(usize),
    /// A blank now and then.
    Trickle(Interval),
}

impl http_body::Body for BodyWithTail {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        let blanks =
            |count: usize| Some(Ok(Frame::data(Bytes::from_static(&BLANK_CHUNK[..count]))));
        match &mut self.rest {
            Tail::CutOff(end) => {
                let paginate = io::ErrorKind::ConnectionAborted;
                end.as_mut()
                    .poll(context)
                    .map(|()| Some(Err(paginate.into())))
            }
            Tail::Blank(0) => Poll::Ready(None),
            Tail::Blank(left) => {
                let count = BLANK_CHUNK.len().min(*left);
                *left -= count;
                Poll::Ready(blanks(count))
            }
            Tail::Trickle(pace) => pace.poll_tick(context).map(|_| blanks(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{deeply_nested, invalid_utf8};

    #[test]
    fn texts_are_spoilt_in_both_languages() {
        let json = deeply_nested(r#"{"a":1}"#);
        assert!(json.starts_with(r#"{"Deep":[["#) && json.ends_with(r#"]],"a":1}"#));
        assert!(deeply_nested("{}").ends_with("]]}"));
        let xml = deeply_nested("<R><XResult><a>1</a></XResult></R>");
        assert!(
            xml.starts_with("<R><XResult><Deep>") && xml.ends_with("</Deep><a>1</a></XResult></R>")
        );
        assert_eq!(invalid_utf8(r#"{"a":"b"}"#), b"{\"a\":\"\xffb\"}");
        assert_eq!(invalid_utf8("<a><b>c</b></a>"), b"<a><b>\xffc</b></a>");
    }
}
