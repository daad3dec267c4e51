//! A web server for Prometheus exporters: exporter-toolkit's web configuration file for axum. TLS, client certificates, users
//! with bcrypt passwords, headers, and limits that keep one client from denying service to the others.
//!
//! The format: <https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md>. What is not supported is
//! refused by name, never ignored. The files are watched: a changed file takes effect without a restart, a broken one changes
//! nothing, and none switches TLS or authentication off.

mod activity;
mod config;
mod connection;
mod file;
pub mod limits;
mod password;
mod server;
mod tls;
pub mod yaml;

pub use config::{WebConfig, WebConfigWatcher};
pub use password::Authentication;
pub use server::{Listen, Server, bind};
