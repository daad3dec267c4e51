//! All of `/metrics` for a fixed world at a fixed time, which `cargo xtask generate` writes.

pub(crate) const GOLDEN: &str = include_str!("golden.prom");
