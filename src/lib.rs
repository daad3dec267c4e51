//! Prometheus exporter for the security of the AWS root user.

pub mod simulator;
