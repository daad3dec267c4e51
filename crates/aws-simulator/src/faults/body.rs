//! HTTP bodies that fail, grow or never end after their first bytes.

use crate::limits::BLANK_CHUNK_BYTES;
use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::time::{Interval, Sleep};

/// Sent again and again for bodies that do not end.
const BLANK_CHUNK: &[u8] = &[b' '; BLANK_CHUNK_BYTES];

pub(crate) fn with_tail(head: Bytes, rest: Tail) -> Body {
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

pub(crate) enum Tail {
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
                let cut = io::ErrorKind::ConnectionAborted;
                end.as_mut().poll(context).map(|()| Some(Err(cut.into())))
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
