//! The way out: an answer becomes bytes, and what spoils it on its way is done here.

use super::server::plain;
use super::state::Outgoing;
use super::wire::Answer;
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
pub(crate) enum Spoilt {
    Hang,
    CutOff,
    Truncate,
    Garbage,
    Huge,
    EndlessBody,
    Deep,
    NotUtf8,
}

impl Spoilt {
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
const BLANKS: &[u8] = &[b' '; 1 << 16];
const HUGE: usize = 64 << 20;
const DEPTH: usize = 100_000;

/// Writes the answer, however it comes out.
pub(crate) async fn deliver(outgoing: Outgoing) -> Response {
    let Outgoing {
        mut answer, spoilt, ..
    } = outgoing;
    let text = std::mem::take(&mut answer.body);
    let half = text.len() / 2;
    let Some(spoilt) = spoilt else {
        return written(answer, Body::from(text));
    };
    let body = match spoilt {
        Spoilt::Hang => {
            sleep(Duration::from_mins(10)).await;
            return plain(StatusCode::GATEWAY_TIMEOUT, Body::empty());
        }
        Spoilt::CutOff => {
            let length = ("content-length", text.len().to_string());
            answer.headers.push(length);
            let cut = Rest::CutOff(Box::pin(sleep(Duration::from_millis(20))));
            return written(answer, going_on(Bytes::from(text).slice(..half), cut));
        }
        Spoilt::Garbage => {
            answer.headers = vec![("content-type", "text/html".to_owned())];
            Body::from(PROXY_PAGE)
        }
        Spoilt::Truncate => Body::from(text.as_bytes()[..half].to_vec()),
        Spoilt::Huge => going_on(text.into(), Rest::Blanks(HUGE)),
        Spoilt::EndlessBody => {
            let slowly = Rest::Trickle(interval(Duration::from_millis(100)));
            going_on(Bytes::from(text).slice(..half), slowly)
        }
        Spoilt::Deep => Body::from(deepened(&text)),
        Spoilt::NotUtf8 => Body::from(mangled(&text)),
    };
    answer.status = 200;
    written(answer, body)
}

fn written(answer: Answer, body: Body) -> Response {
    let headers = answer.headers.into_iter();
    let builder = headers.fold(
        Response::builder().status(answer.status),
        |builder, (name, value)| builder.header(name, value),
    );
    let internal = |_| plain(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    builder.body(body).unwrap_or_else(internal)
}

/// With a member more than there should be, in front of the others.
fn deepened(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('{') {
        let (open, close) = ("[".repeat(DEPTH), "]".repeat(DEPTH));
        let comma = if rest.starts_with('}') { "" } else { "," };
        return format!("{{\"Deep\":{open}{close}{comma}{rest}");
    }
    let (head, rest) = text.split_once("Result>").unwrap_or((text, ""));
    let (open, close) = ("<Deep>".repeat(DEPTH), "</Deep>".repeat(DEPTH));
    format!("{head}Result>{open}{close}{rest}")
}

/// With a byte that no text has at the beginning of each.
fn mangled(text: &str) -> Vec<u8> {
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

fn going_on(head: Bytes, rest: Rest) -> Body {
    Body::new(GoingOn {
        head: Some(head),
        rest,
    })
}

/// A body that goes on after its head.
struct GoingOn {
    head: Option<Bytes>,
    rest: Rest,
}

enum Rest {
    /// It fails, so that the connection closes.
    CutOff(Pin<Box<Sleep>>),
    /// So many blanks.
    Blanks(usize),
    /// A blank now and then.
    Trickle(Interval),
}

impl http_body::Body for GoingOn {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        let blanks = |count: usize| Some(Ok(Frame::data(Bytes::from_static(&BLANKS[..count]))));
        match &mut self.rest {
            Rest::CutOff(end) => {
                let cut = io::ErrorKind::ConnectionAborted;
                end.as_mut().poll(context).map(|()| Some(Err(cut.into())))
            }
            Rest::Blanks(0) => Poll::Ready(None),
            Rest::Blanks(left) => {
                let count = BLANKS.len().min(*left);
                *left -= count;
                Poll::Ready(blanks(count))
            }
            Rest::Trickle(pace) => pace.poll_tick(context).map(|_| blanks(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{deepened, mangled};

    #[test]
    fn texts_are_spoilt_in_both_languages() {
        let json = deepened(r#"{"a":1}"#);
        assert!(json.starts_with(r#"{"Deep":[["#) && json.ends_with(r#"]],"a":1}"#));
        assert!(deepened("{}").ends_with("]]}"));
        let xml = deepened("<R><XResult><a>1</a></XResult></R>");
        assert!(
            xml.starts_with("<R><XResult><Deep>") && xml.ends_with("</Deep><a>1</a></XResult></R>")
        );
        assert_eq!(mangled(r#"{"a":"b"}"#), b"{\"a\":\"\xffb\"}");
        assert_eq!(mangled("<a><b>c</b></a>"), b"<a><b>\xffc</b></a>");
    }
}
