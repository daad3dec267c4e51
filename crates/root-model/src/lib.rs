//! What is known about AWS root users, and what follows from it. Pure: no I/O, no clock, no environment, no SDK. Time is
//! an argument.
//!
//! ```text
//! Observation ==> State -> View (facts, checks) -> Snapshot (metrics as text, posture for people)
//! ```
//! Each module uses only those above it in this list.

pub mod compact_map;
pub mod duration;
pub mod id;
pub mod names;
pub mod time;

pub mod collector;
pub mod failure;
pub mod missing;
pub mod partition;
pub mod severity;
pub mod target;

pub mod facts;

pub mod checks;
pub mod observation;

pub mod state;

pub mod view;

pub mod metrics;
pub mod posture;

pub mod snapshot;
