//! How many calls to AWS may be in flight: more while work waits for its turn, fewer when AWS throttles and when its answers
//! take longer than they did.
use super::{
    ENDPOINT_SHARE, LATENCY_MEMORY, LATENCY_TOLERANCE, MAX_CALLS, MIN_CALLS, MIN_WINDOW_CALLS,
    START_CALLS, Slot, Slots, WINDOW,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use tracing::debug;

/// The calls in flight, all accounts together.
#[derive(Clone, Debug)]
pub(crate) struct Concurrency(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    slots: Slots,
    /// Whether work has waited since the last look.
    wanted: AtomicBool,
    control: Mutex<Control>,
}

/// What an answer says about the load.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answered {
    /// What was asked for, after this time.
    In(Duration),
    /// AWS has throttled the call.
    Throttled,
}

impl Concurrency {
    /// With so many calls at most; `None`: as many as there is memory for.
    pub(crate) fn new(max: Option<usize>) -> Self {
        let control = Control::new(max.unwrap_or(MAX_CALLS), Instant::now());
        Self(Arc::new(Shared {
            slots: Slots::new(control.limit()),
            wanted: AtomicBool::new(false),
            control: Mutex::new(control),
        }))
    }

    /// Waits until another call may be sent.
    pub(crate) async fn acquire(&self) -> Slot {
        if let Some(slot) = self.0.slots.try_acquire() {
            return slot;
        }
        self.want_more();
        self.0.slots.acquire().await
    }

    /// How many of the calls one endpoint may have.
    pub(crate) fn endpoint_share(&self) -> usize {
        self.0.slots.size() / ENDPOINT_SHARE
    }

    /// Work waits that more calls in flight would help.
    pub(crate) fn want_more(&self) {
        self.0.wanted.store(true, Ordering::Relaxed);
    }

    /// AWS has answered a call of that action in that region.
    pub(crate) fn observe(&self, action: &'static str, region: &Arc<str>, answered: Answered) {
        let shared = &self.0;
        let control = shared.control.lock();
        let mut control = control.unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        control.observe(action, region, answered, now);
        if control.is_due(now) {
            let wanted = shared.wanted.swap(false, Ordering::Relaxed);
            control.adjust(wanted, now);
            shared.slots.resize(control.limit());
        }
    }
}

/// The limit, and what it follows.
#[derive(Debug)]
struct Control {
    limit: f64,
    max: f64,
    latencies: HashMap<(&'static str, Arc<str>), Latency>,
    /// Since the last adjustment.
    window: Window,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    calls: u32,
    throttled: u32,
    /// The sum, over all calls, of how many times as long as usual they took.
    slowness: f64,
}

impl Window {
    fn starting(began: Instant) -> Self {
        Self {
            began,
            calls: 0,
            throttled: 0,
            slowness: 0.0,
        }
    }
}

/// How long AWS takes for one action in one region, in seconds.
#[derive(Clone, Copy, Debug)]
struct Latency {
    /// Lately.
    now: f64,
    /// At best, slowly forgotten.
    best: f64,
    /// When it was recorded last.
    at: Instant,
}

impl Latency {
    /// How many times as long as at best it takes lately.
    fn record(&mut self, took: f64, at: Instant) -> f64 {
        let forgotten = (at - self.at).as_secs_f64() / LATENCY_MEMORY.as_secs_f64();
        self.at = at;
        self.now += (took - self.now) / 8.0;
        self.best = (self.best * (1.0 + forgotten)).min(self.now);
        self.now / self.best
    }
}

impl Control {
    fn new(max: usize, now: Instant) -> Self {
        let max = f64::from(u32::try_from(max).unwrap_or(u32::MAX)).max(1.0);
        Self {
            limit: f64::from(START_CALLS).min(max),
            max,
            latencies: HashMap::new(),
            window: Window::starting(now),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 1 and the maximum"
    )]
    fn limit(&self) -> usize {
        self.limit as usize
    }

    fn observe(
        &mut self,
        action: &'static str,
        region: &Arc<str>,
        answered: Answered,
        at: Instant,
    ) {
        let window = &mut self.window;
        window.calls += 1;
        let Answered::In(took) = answered else {
            // It says nothing about the time that an answer takes.
            window.throttled += 1;
            window.slowness += 1.0;
            return;
        };
        let took = took.as_secs_f64().max(0.000_1);
        let latency = self.latencies.entry((action, region.clone()));
        let latency = latency.or_insert(Latency {
            now: took,
            best: took,
            at,
        });
        window.slowness += latency.record(took, at);
    }

    fn is_due(&self, now: Instant) -> bool {
        now - self.window.began >= WINDOW && self.window.calls >= MIN_WINDOW_CALLS
    }

    /// Sets the limit by what the window saw, and begins a new one.
    fn adjust(&mut self, wanted: bool, now: Instant) {
        let window = std::mem::replace(&mut self.window, Window::starting(now));
        let calls = f64::from(window.calls);
        let answered = 1.0 - f64::from(window.throttled) / calls;
        let in_time = (LATENCY_TOLERANCE * calls / window.slowness).clamp(0.5, 1.0);
        let more = if wanted { self.limit / 8.0 } else { 0.0 };
        let limit = self.limit * answered * in_time + more;
        let limit = limit.clamp(f64::from(MIN_CALLS).min(self.max), self.max);
        let before = self.limit();
        self.limit = limit;
        if self.limit() != before {
            debug!(
                limit = self.limit(),
                answered, in_time, wanted, "calls in flight"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window of a second in which all calls took so many milliseconds, and so many of a hundred were throttled.
    fn second(control: &mut Control, milliseconds: u64, throttled: u32, wanted: bool) -> usize {
        let region = Arc::from("eu-west-1");
        for n in 0..100 {
            let answered = if n < throttled {
                Answered::Throttled
            } else {
                Answered::In(Duration::from_millis(milliseconds))
            };
            let at = control.window.began;
            control.observe("iam:GetAccountSummary", &region, answered, at);
        }
        let now = control.window.began + WINDOW;
        assert!(control.is_due(now) && !control.is_due(control.window.began));
        control.adjust(wanted, now);
        control.limit()
    }

    #[test]
    fn it_grows_while_work_waits_up_to_the_maximum() {
        let mut control = Control::new(MAX_CALLS, Instant::now());
        let start = control.limit();
        assert_eq!(second(&mut control, 120, 0, false), start);
        assert!(second(&mut control, 120, 0, true) > start);
        for _ in 0..60 {
            second(&mut control, 120, 0, true);
        }
        assert_eq!(control.limit(), MAX_CALLS);
        let mut configured = Control::new(10, Instant::now());
        assert_eq!(configured.limit(), 10);
        assert_eq!(second(&mut configured, 120, 0, true), 10);
    }

    #[test]
    fn it_shrinks_when_aws_throttles_and_no_further_than_the_minimum() {
        let mut control = Control::new(MAX_CALLS, Instant::now());
        let start = control.limit();
        let less = second(&mut control, 120, 50, true);
        assert!(less < start * 3 / 4, "{less}");
        for _ in 0..60 {
            second(&mut control, 120, 100, true);
        }
        assert_eq!(control.limit(), MIN_CALLS as usize);
        assert!(
            second(&mut control, 120, 0, true) > MIN_CALLS as usize,
            "it recovers"
        );
        let mut one = Control::new(1, Instant::now());
        assert_eq!(second(&mut one, 120, 100, true), 1);
    }

    #[test]
    fn it_shrinks_when_answers_take_longer() {
        let mut control = Control::new(MAX_CALLS, Instant::now());
        let start = second(&mut control, 120, 0, false);
        assert_eq!(second(&mut control, 180, 0, false), start, "as calls vary");
        let less = second(&mut control, 600, 0, true);
        assert!(less < start * 3 / 4, "{less}");
        for _ in 0..9 {
            second(&mut control, 120, 0, true);
        }
        assert!(control.limit() > less, "it recovers");
    }
}
