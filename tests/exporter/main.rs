//! The real program against the simulator, over HTTP.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and compares what it wrote itself"
)]

mod accounts;
mod architecture;
mod catalogue;
mod certificates;
mod collectors;
mod crash_recovery;
mod credentials;
mod dashboards;
mod documents;
mod fuzzed;
mod golden;
mod harness;
mod hostile;
mod monitoring;
mod organization;
mod paging;
mod panels;
mod permissions;
mod planted;
mod posture;
mod principals;
mod program;
mod properties;
mod queries;
mod rules;
mod secrets;
mod security;
mod unknown;
mod web_auth;
mod web_config;
mod web_limits;
mod web_tls;
