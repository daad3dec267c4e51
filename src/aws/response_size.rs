//! Limits the size of responses, and the time to read them: a body that never ends must not fill the memory, nor must
//! many that are large.
use super::attempt::{self, AttemptTimeout};
use crate::limits::{
    LARGE_RESPONSE_BYTES, MAX_LARGE_RESPONSES, MAX_LARGE_RESPONSES_PER_ACCOUNT, MAX_RESPONSE_BYTES,
    Slot, Slots,
};
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
use tokio::time::{Instant, Sleep, sleep_until};

/// Wraps the body of every response of an account before it is read.
#[derive(Clone, Debug)]
pub(super) struct ResponseSizeLimit {
    of_account: Slots,
    of_all: Slots,
}

impl ResponseSizeLimit {
    /// For the first account.
    pub(super) fn new() -> Self {
        Self {
            of_account: Slots::new(MAX_LARGE_RESPONSES_PER_ACCOUNT),
            of_all: Slots::new(MAX_LARGE_RESPONSES),
        }
    }

    /// For another account.
    pub(super) fn for_account(&self) -> Self {
        Self {
            of_account: Slots::new(MAX_LARGE_RESPONSES_PER_ACCOUNT),
            of_all: self.of_all.clone(),
        }
    }

    fn limit(&self, body: SdkBody, deadline: Instant) -> LimitedBody {
        LimitedBody {
            body: Limited::new(body, MAX_RESPONSE_BYTES),
            read: 0,
            deadline: Box::pin(sleep_until(deadline)),
            slots: LargeSlots::NotNeeded(self.clone()),
        }
    }
}

impl Intercept for ResponseSizeLimit {
    fn name(&self) -> &'static str {
        "ResponseSizeLimit"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let deadline = attempt::current()?.deadline().unwrap_or_else(Instant::now);
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::empty());
        *body = SdkBody::from_body_1_x(self.limit(whole, deadline));
        Ok(())
    }
}

/// A body that waits for slots once it is large.
struct LimitedBody {
    body: Limited<SdkBody>,
    /// In bytes.
    read: usize,
    deadline: Pin<Box<Sleep>>,
    slots: LargeSlots,
}

/// That of the account and that of all, free again when the body is dropped.
enum LargeSlots {
    NotNeeded(ResponseSizeLimit),
    Awaited(Pin<Box<dyn Future<Output = [Slot; 2]> + Send + Sync>>),
    Held(#[expect(dead_code, reason = "held, not read")] [Slot; 2]),
}

impl LargeSlots {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::NotNeeded(limit) = self {
            let limit = limit.clone();
            *self = Self::Awaited(Box::pin(async move {
                [
                    limit.of_account.acquire().await,
                    limit.of_all.acquire().await,
                ]
            }));
        }
        if let Self::Awaited(slots) = self {
            *self = Self::Held(ready!(slots.as_mut().poll(context)));
        }
        Poll::Ready(())
    }
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(AttemptTimeout.into())));
        }
        if self.read > LARGE_RESPONSE_BYTES {
            ready!(self.slots.poll(context));
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
    use crate::limits::ATTEMPT_TIMEOUT;
    use std::{task::Waker, time::Duration};

    /// Its one frame is read, and whether its end could be.
    fn begun(account: &ResponseSizeLimit, size: usize) -> (LimitedBody, bool) {
        let body = SdkBody::from(vec![b' '; size]);
        let mut body = account.limit(body, Instant::now() + ATTEMPT_TIMEOUT);
        let mut context = Context::from_waker(Waker::noop());
        let frame = Pin::new(&mut body).poll_frame(&mut context);
        assert!(matches!(frame, Poll::Ready(Some(Ok(_)))));
        let end = Pin::new(&mut body).poll_frame(&mut context);
        (body, end.is_ready())
    }

    #[tokio::test]
    async fn one_account_holds_up_no_other() {
        let one = ResponseSizeLimit::new();
        let other = one.for_account();
        let first = begun(&one, LARGE_RESPONSE_BYTES + 1);
        let second = begun(&one, LARGE_RESPONSE_BYTES + 1);
        let third = begun(&one.clone(), LARGE_RESPONSE_BYTES + 1);
        assert!(first.1 && !second.1 && !third.1);
        assert!(
            begun(&one, LARGE_RESPONSE_BYTES).1,
            "a small one needs no slot"
        );
        assert!(begun(&other, LARGE_RESPONSE_BYTES + 1).1);
        drop((first, second, third));
        assert!(begun(&one, LARGE_RESPONSE_BYTES + 1).1);
    }

    #[tokio::test]
    async fn a_body_that_takes_too_long_fails() {
        let body = SdkBody::from("x");
        let deadline = Instant::now();
        tokio::time::sleep_until(deadline + Duration::from_millis(5)).await;
        let mut body = ResponseSizeLimit::new().limit(body, deadline);
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Err(error))) = Pin::new(&mut body).poll_frame(&mut context) else {
            panic!("read after its deadline");
        };
        assert!(error.is::<AttemptTimeout>());
    }
}
