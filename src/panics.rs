//! Panics: counted, logged by their place, and caught where a run or a probe can fail instead.
use prometheus::{IntCounter, Registry};
use root_model::metrics::PANICS;
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook},
    pin::pin,
    task::Poll,
    thread,
};
use tracing::error;

/// Registers the counter and replaces Rust's message about a panic by an event of the log. The panic's own text is not
/// logged: it can quote what AWS or the environment sent.
///
/// # Errors
/// If the counter is registered already.
pub fn report(registry: &Registry) -> prometheus::Result<()> {
    let total = IntCounter::new(PANICS.name, PANICS.help)?;
    registry.register(Box::new(total.clone()))?;
    set_hook(Box::new(move |panic| {
        total.inc();
        error!(
            place = place(panic),
            thread = thread::current().name(),
            "panic: this is a bug in the exporter, please report it with this line"
        );
    }));
    Ok(())
}

/// File, line and column, without the folders in which Cargo keeps the sources.
fn place(panic: &PanicHookInfo<'_>) -> String {
    let Some(place) = panic.location().map(ToString::to_string) else {
        return "unknown".to_owned();
    };
    let inside = place.split_once("/registry/src/");
    let inside = inside.and_then(|(_, inside)| inside.split_once('/'));
    inside.map_or(&*place, |(_, inside)| inside).to_owned()
}

/// The output of `future`; `None` if it panicked.
pub(crate) async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // Nothing is used after a panic but what `future` has borrowed mutably, and only as far as it had come.
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::caught;
    use tokio::task::yield_now;

    #[tokio::test]
    async fn a_panic_is_caught_at_any_await() {
        assert_eq!(caught(async { 1 }).await, Some(1));
        let at_once = async { panic!("at once") };
        assert_eq!(caught(at_once).await, None::<()>);
        let later = async {
            yield_now().await;
            panic!("later")
        };
        assert_eq!(caught(later).await, None::<()>);
    }
}
