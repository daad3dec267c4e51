//! The log: on standard error, in logfmt or JSON. Only the exporter's own events are written: the SDK's hold
//! requests and answers.
use clap::ValueEnum;
use std::io;
use tracing::Level;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

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
    let filter = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
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
