//! Bounds the size of answers: one that never ends must not fill the memory, nor must many that are large.
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::Limited;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// In bytes. A page of CloudTrail's events may have some megabytes, and so may a credential report with thousands of users.
pub(super) const LARGEST: usize = 16 << 20;

/// Of larger ones only a few are read at once. In bytes; hardly any answer of AWS is.
const LARGE: usize = 1 << 20;
static LARGE_AT_ONCE: Semaphore = Semaphore::const_new(8);

/// Looks at every answer before it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoundAnswer;

impl Intercept for BoundAnswer {
    fn name(&self) -> &'static str {
        "BoundAnswer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::empty());
        *body = SdkBody::from_body_1_x(InTurn {
            body: Limited::new(whole, LARGEST),
            read: 0,
            turn: Turn::NotNeeded,
        });
        Ok(())
    }
}

/// A body that waits for its turn once it is large.
struct InTurn {
    body: Limited<SdkBody>,
    read: usize,
    turn: Turn,
}

type Permit = Result<SemaphorePermit<'static>, AcquireError>;

enum Turn {
    NotNeeded,
    Awaited(Pin<Box<dyn Future<Output = Permit> + Send + Sync>>),
    Has(#[expect(dead_code, reason = "it is given back with the body")] Permit),
}

impl Turn {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if matches!(self, Self::NotNeeded) {
            *self = Self::Awaited(Box::pin(LARGE_AT_ONCE.acquire()));
        }
        if let Self::Awaited(permit) = self {
            *self = Self::Has(ready!(permit.as_mut().poll(context)));
        }
        Poll::Ready(())
    }
}

impl Body for InTurn {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.read > LARGE {
            ready!(self.turn.poll(context));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.read += frame.data_ref().map_or(0, Bytes::len);
        }
        Poll::Ready(frame)
    }
}
