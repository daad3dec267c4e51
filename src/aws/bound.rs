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
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// In bytes. A page of CloudTrail's events may have some megabytes, and so may a credential report with thousands of users.
pub(super) const LARGEST: usize = 16 << 20;

/// Larger ones, in bytes, wait for their turn: one at a time in an account, a few at once altogether. Hardly any answer of AWS
/// is that large.
const LARGE: usize = 1 << 20;
static LARGE_AT_ONCE: Semaphore = Semaphore::const_new(8);

/// Looks at every answer of an account before it is read.
#[derive(Clone, Debug)]
pub(super) struct BoundAnswer {
    turns: Arc<Semaphore>,
}

impl Default for BoundAnswer {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(1)),
        }
    }
}

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
        *body = SdkBody::from_body_1_x(self.bound(whole));
        Ok(())
    }
}

impl BoundAnswer {
    fn bound(&self, body: SdkBody) -> InTurn {
        InTurn {
            body: Limited::new(body, LARGEST),
            read: 0,
            turn: Turn::NotNeeded(self.turns.clone()),
        }
    }
}

/// A body that waits for its turn once it is large.
struct InTurn {
    body: Limited<SdkBody>,
    read: usize,
    turn: Turn,
}

/// That of its account and that of all, given back with the body.
type Permits = (
    Option<OwnedSemaphorePermit>,
    Option<SemaphorePermit<'static>>,
);

enum Turn {
    NotNeeded(Arc<Semaphore>),
    Awaited(Pin<Box<dyn Future<Output = Permits> + Send + Sync>>),
    Has(#[expect(dead_code, reason = "held, not read")] Permits),
}

impl Turn {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::NotNeeded(turns) = self {
            let turns = turns.clone();
            // Never closed, so there is always a permit to wait for.
            *self = Self::Awaited(Box::pin(async move {
                let of_account = turns.acquire_owned().await.ok();
                (of_account, LARGE_AT_ONCE.acquire().await.ok())
            }));
        }
        if let Self::Awaited(permits) = self {
            *self = Self::Has(ready!(permits.as_mut().poll(context)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    /// Its one frame is read, and whether its end could be.
    fn begun(account: &BoundAnswer, size: usize) -> (InTurn, bool) {
        let mut body = account.bound(SdkBody::from(vec![b' '; size]));
        let mut context = Context::from_waker(Waker::noop());
        let frame = Pin::new(&mut body).poll_frame(&mut context);
        assert!(matches!(frame, Poll::Ready(Some(Ok(_)))));
        let end = Pin::new(&mut body).poll_frame(&mut context);
        (body, end.is_ready())
    }

    #[test]
    fn one_account_holds_up_no_other() {
        let (one, other) = (BoundAnswer::default(), BoundAnswer::default());
        let first = begun(&one, LARGE + 1);
        let second = begun(&one, LARGE + 1);
        let third = begun(&one.clone(), LARGE + 1);
        assert!(first.1 && !second.1 && !third.1);
        assert!(begun(&one, LARGE).1, "a small one needs no turn");
        assert!(begun(&other, LARGE + 1).1);
        drop((first, second, third));
        assert!(begun(&one, LARGE + 1).1);
    }
}
