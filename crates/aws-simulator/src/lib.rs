//! A simulator of the AWS APIs that concern the root user, for tests and demonstrations.
//!
//! It serves the wire protocols of AWS over HTTP on one address: Account Management, CloudTrail, `GuardDuty`, IAM,
//! Organizations and STS. Any AWS SDK can use it if its endpoint URL is set. It depends on no SDK and on no client, so
//! it is an independent check of both.
//!
//! A [`Scenario`] describes the world to start from, in YAML. A [`Simulator`] serves it. Tests read and change the world
//! over the control API under `/_simulator/`.
//!
//! It is strict. A request passes only if its signature, its credential scope and its session token are valid, the policy of its
//! principal allows the action, and its parameters are declared and valid. Unknown operations, unknown parameters and
//! unsupported elements of policies and scenarios are errors; nothing is ignored.
//!
//! The shapes of requests and responses are those of the API references of AWS and of botocore's service models, with
//! which the tests compare every response. Limits and their sources are in the module `limits`.
//!
//! ```text
//! server -> control                                  the control API
//!        -> pipeline -> wire                         decode the request, encode the response
//!                    -> identity -> policy           authenticate, authorize
//!                    -> faults                       inject faults of the scenario
//!                    -> services -> world            run the operation
//! ```

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
