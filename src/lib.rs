//! Prometheus exporter for the security of the AWS root user.
//!
//! ```text
//! config -> discover -> schedule -> collect == Observation ==> state -> snapshot -> publish -> web
//!           (targets)   (when)      (aws)      (a value)       fold     render      swap       read
//!           '--------- talks to AWS ---------'     ^           '-- pure: facts, checks, metrics --'
//!                                                  '-- the only thing that crosses
//! ```
//! Data flows one way. Collectors turn AWS's answers into facts; one writer keeps the last good facts; everything served
//! is recomputed from them by pure functions and swapped in whole. What is not known is not exported. A snapshot is made for
//! machines, as metrics, and for people, as [`posture`], from which [`web`] makes the page and the JSON when they are asked for.
//!
//! Only [`aws`], [`collect`] and [`discover`] name the SDK; [`facts`], [`checks`], [`metrics`], [`posture`], [`state`] and [`snapshot`] know no
//! I/O and no clock. The package `aws-simulator` is an independent witness: it shares nothing with the rest.

pub mod aws;
pub mod cached_body;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod core_dump;
pub mod discover;
pub mod docs;
pub mod logging;
pub mod program;
pub mod publish;
pub mod schedule;
pub mod web;
