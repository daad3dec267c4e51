//! Starts the simulator and the exporter as processes, talks to them over HTTP and waits for what they should come to.
//!
//! It depends on neither: the program is a path, and all that is known of it comes from its ports, its log and `/proc`.
//! Everything here panics when something is not as expected: its users are tests and benchmarks.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test or benchmark fails by panicking, and compares values that it wrote itself"
)]

mod exporter;
mod files;
mod http;
mod process;
mod scrape;
mod simulator;
mod wait;

pub use exporter::{ACCESS_KEY, Exporter, KEY};
pub use files::{file, log_tail};
pub use http::{agent, get};
pub use process::{Process, command, libfaketime};
pub use scrape::{Scrape, is_posture, label};
pub use simulator::Simulator;
pub use wait::{Attempt, Condition, TIMEOUT, wait_until};
