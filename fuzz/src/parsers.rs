//! The configuration file's parser, from the exporter's own source: a build with the SDK would take ten minutes.

#[path = "../../src/config/mod.rs"]
pub mod config;
