//! The log: on standard error, in logfmt or JSON. Only events of this workspace's packages are written: the SDK's hold requests
//! and answers.
use clap::ValueEnum;
use std::io;
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// The packages whose events are written.
const PACKAGES: [&str; 4] = [
    env!("CARGO_CRATE_NAME"),
    "aws_simulator",
    "exporter_web",
    "root_model",
];

/// `--log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// `key=value` pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// Starts the log. Called once.
pub fn start(level: Level, format: Format) {
    let filter = Targets::new().with_targets(PACKAGES.map(|package| (package, level)));
    let layer = match format {
        Format::Logfmt => tracing_logfmt::builder()
            .layer()
            .with_writer(io::stderr)
            .boxed(),
        Format::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr)
            .boxed(),
    };
    // A second start would be a mistake of the caller; the first log stays.
    let _ = tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init();
}
