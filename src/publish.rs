//! The single writer: owns the state, adds observations as they arrive, and replaces the snapshot that is served.
use crate::{
    cached_body::CachedBody,
    clock::Clock,
    config::Config,
    limits::{GZIP_TIMEOUT, MAX_PUBLISH_INTERVAL, MIN_PUBLISH_INTERVAL, PUBLISH_SHARE},
    metrics_text::{MetricsText, MetricsWriter},
};
use arc_swap::ArcSwapOption;
use prometheus::Registry;
use root_model::observation::Observation;
use root_model::posture::Posture;
use root_model::snapshot::render;
use root_model::state::State;
use root_model::target::Scope;
use root_model::view::{Build, View};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    sync::{mpsc, watch},
    task::block_in_place,
    time::{Instant, sleep_until},
};

/// This build of the program.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    revision: env!("BUILD_REVISION"),
    rust_version: env!("BUILD_RUST_VERSION"),
};

/// What is served from one publish to the next.
#[derive(Debug)]
pub struct Served {
    /// The metrics.
    pub metrics: MetricsText,
    /// The same for people.
    pub posture: Posture,
    /// The page, made at its first request.
    pub page: CachedBody,
    /// The JSON, made at its first request.
    pub json: CachedBody,
}

/// What is served now.
#[derive(Debug)]
pub struct Published {
    served: ArcSwapOption<Served>,
    gzip_asked: AtomicBool,
}

impl Default for Published {
    fn default() -> Self {
        Self {
            served: ArcSwapOption::default(),
            gzip_asked: AtomicBool::new(true),
        }
    }
}

impl Published {
    /// What to serve; `None` until something is published.
    #[must_use]
    pub fn load(&self) -> Option<Arc<Served>> {
        self.served.load_full()
    }

    /// A client accepts gzip: the next snapshots are compressed.
    pub fn ask_for_gzip(&self) {
        self.gzip_asked.store(true, Ordering::Relaxed);
    }
}

/// What the publisher reads.
pub struct Sources {
    /// The results of the collectors.
    pub observations: mpsc::Receiver<Observation>,
    /// What is monitored.
    pub scope: watch::Receiver<Arc<Scope>>,
    /// The configuration, for the settings of the checks.
    pub configs: watch::Receiver<Arc<Config>>,
    /// Whether the latest reading of the configuration succeeded.
    pub config_ok: watch::Receiver<bool>,
    /// The program's own counters.
    pub registry: Registry,
    /// The time.
    pub clock: Clock,
}

/// Publishes until the senders of observations are gone: soon after an observation, and at least every 15
/// seconds.
pub async fn run(mut from: Sources, published: Arc<Published>) {
    let mut state = State::default();
    let mut ready = false;
    let mut asked = Instant::now();
    let mut earliest = Instant::now();
    let mut next = earliest;
    loop {
        tokio::select! {
            observation = from.observations.recv() => match observation {
                Some(observation) => {
                    state.apply(observation);
                    next = next.min(earliest);
                }
                None => return,
            },
            Ok(()) = from.scope.changed() => next = next.min(earliest),
            Ok(()) = from.configs.changed() => next = next.min(earliest),
            Ok(()) = from.config_ok.changed() => next = next.min(earliest),
            () = sleep_until(next) => {
                let started = Instant::now();
                if published.gzip_asked.swap(false, Ordering::Relaxed) {
                    asked = started;
                }
                let gzip = started - asked < GZIP_TIMEOUT;
                let expected = published.load().map_or(0, |served| served.metrics.length());
                let (metrics, mut posture) =
                    block_in_place(|| snapshot(&mut state, &from, gzip, expected));
                // Once ready it stays so: a new region or account is no reason to take the exporter out of service.
                let missing = &mut posture.missing;
                ready |= missing.is_empty();
                if ready {
                    missing.clear();
                }
                let served = Served {
                    metrics,
                    posture,
                    page: CachedBody::default(),
                    json: CachedBody::default(),
                };
                published.served.store(Some(Arc::new(served)));
                let pause = started.elapsed() * PUBLISH_SHARE;
                earliest = Instant::now() + pause.clamp(MIN_PUBLISH_INTERVAL, MAX_PUBLISH_INTERVAL);
                next = Instant::now() + MAX_PUBLISH_INTERVAL;
            }
        }
    }
}

fn snapshot(
    state: &mut State,
    from: &Sources,
    gzip: bool,
    expected: usize,
) -> (MetricsText, Posture) {
    let scope = from.scope.borrow().clone();
    let config = from.configs.borrow().clone();
    let config_ok = *from.config_ok.borrow();
    if scope.discovered {
        state.retain(&scope);
    }
    let view = View::at(
        state,
        &scope,
        &config.checks,
        config_ok,
        from.clock.host_ahead(),
        BUILD,
        from.clock.now(),
    );
    let mut metrics = MetricsWriter::new(expected, gzip);
    let posture = render(&view, &from.registry.gather(), &mut metrics);
    (metrics.finish(), posture)
}
