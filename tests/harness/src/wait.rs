//! Waits that say what they waited for and what they saw last.
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// How long to wait for anything that a busy machine may delay. It costs time only when a test fails.
pub const TIMEOUT: Duration = Duration::from_mins(3);
/// Between two attempts.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// What one attempt came to: the value, or what was seen in its place.
pub trait Attempt {
    /// What is waited for.
    type Value;

    /// # Errors
    /// What was seen in place of the value.
    fn outcome(self) -> Result<Self::Value, String>;
}

impl<T> Attempt for Option<T> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(|| "nothing yet".to_owned())
    }
}

impl<T> Attempt for Result<T, String> {
    type Value = T;

    fn outcome(self) -> Self {
        self
    }
}

/// Whether something is so; if not, perhaps with what is the case instead.
pub trait Condition {
    /// # Errors
    /// What is the case instead. Empty if that is not known.
    fn outcome(self) -> Result<(), String>;
}

impl Condition for bool {
    fn outcome(self) -> Result<(), String> {
        self.then_some(()).ok_or_else(String::new)
    }
}

impl Condition for Result<(), String> {
    fn outcome(self) -> Self {
        self
    }
}

/// Tries until there is a value.
///
/// # Panics
/// After the timeout, with what was waited for and what was seen last.
pub fn wait_until<A: Attempt>(
    what: &str,
    timeout: Duration,
    mut attempt: impl FnMut() -> A,
) -> A::Value {
    wait(timeout, || attempt().outcome()).unwrap_or_else(|seen| {
        panic!("not within {timeout:?}: {what}\nlast seen: {seen}");
    })
}

/// Tries until there is a value: it, or what was seen last.
pub(crate) fn wait<T>(
    timeout: Duration,
    mut attempt: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        let began = Instant::now();
        match attempt() {
            Ok(value) => return Ok(value),
            Err(seen) if start.elapsed() > timeout => return Err(seen),
            // Where answers are slow the machine is busy: asking takes a quarter of the time at most.
            Err(_) => sleep(POLL_INTERVAL.max(began.elapsed() * 3)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_wait_says_what_it_waited_for_and_saw() {
        let failed = std::panic::catch_unwind(|| {
            wait_until("the tide", Duration::ZERO, || {
                Err::<(), _>("low water".to_owned())
            });
        });
        let message = failed.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("the tide") && message.contains("last seen: low water"));
    }
}
