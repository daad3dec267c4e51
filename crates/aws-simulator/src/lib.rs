//! AWS on loopback: enough of the wire protocols for the real SDK to run against, unchanged.
//!
//! It knows nothing of the exporter, so it can be a witness. A [`Scenario`] is the world to start from;
//! a [`Simulator`] serves it. Every request is proved (signature, scope, token), authorised by its
//! principal's policy and checked against the parameters its operation declares, before it is answered.

mod bend;
mod clock;
mod control;
mod events;
mod failure;
mod faults;
mod identity;
mod ids;
mod limits;
mod page;
mod parameters;
mod policy;
mod regions;
mod report;
mod scenario;
mod server;
mod services;
mod signature;
mod spoil;
mod state;
mod story;
mod wire;
mod world;

pub use scenario::{Scenario, ScenarioError};
pub use server::Simulator;
