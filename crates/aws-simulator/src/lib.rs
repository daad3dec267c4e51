//! Simulator of the AWS APIs that concern the root user.

mod api;
mod clock;
mod control;
mod faults;
mod http;
mod identity;
mod ids;
mod limits;
mod pipeline;
mod policy;
mod regions;
mod scenario;
mod server;
mod services;
mod wire;
mod world;

pub use scenario::{Scenario, ScenarioError};
pub use server::Simulator;
