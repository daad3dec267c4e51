//! The real program against the simulator, over HTTP.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and compares what it wrote itself"
)]

mod absent;
mod accounts;
mod architecture;
mod catalogue;
mod certificates;
mod clock;
mod collectors;
mod crash_recovery;
mod credential_harness;
mod credential_renewal;
mod credential_sources;
mod credentials;
mod dashboards;
mod documents;
mod environment;
mod fuzzed;
mod golden;
mod harness;
mod hostile;
mod incomplete;
mod lookups;
mod monitoring;
mod mutations;
mod names;
mod organization;
mod pages;
mod paging;
mod panels;
mod passing_errors;
mod permissions;
mod posture;
mod principals;
mod program;
mod properties;
mod queries;
mod rate_limits;
mod rules;
mod secrets;
mod security;
mod unknown;
mod web_auth;
mod web_config;
mod web_limits;
mod web_tls;
