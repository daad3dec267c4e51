//! Prometheus exporter for the security of the AWS root user.
//!
//! ```text
//! config -> discover -> schedule -> collect == Observation ==> state -> view -> snapshot -> publish -> web
//!           (scope)     (when)      (aws)      (a value)       add      check   render      replace    read
//!           '--------- talks to AWS ---------'     ^           '--- pure: package root-model ---'
//!                                                  '-- the only thing that crosses
//! ```
//! Data flows one way. Collectors turn AWS's answers into facts. One writer keeps the last good facts. Everything served is
//! recomputed from them by pure functions and replaced as a whole; what is not known is not exported. A snapshot holds metrics for
//! machines, and the posture for people, from which [`web`] makes the page and the JSON on request.
//!
//! Only [`aws`], [`collect`] and [`discover`] use the SDK. The package `root-model` has facts, checks, metrics and posture,
//! without I/O and clock; `exporter-web` the web server; `aws-simulator` is an independent witness that shares nothing with
//! the rest.

pub mod aws;
pub mod cached_body;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod core_dump;
pub mod discover;
pub mod docs;
pub(crate) mod environment;
pub(crate) mod limits;
pub mod logging;
pub mod metrics_text;
pub mod panics;
pub mod program;
pub mod publish;
pub mod schedule;
pub mod web;
