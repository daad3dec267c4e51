//! What describes a metric family: its name, type, labels and meaning. The only place where samples and catalogue meet.
use strum::{Display, IntoStaticStr};

/// The type of a metric family, as `# TYPE` has it.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum MetricType {
    /// A value that can go down.
    Gauge,
    /// A value that only goes up.
    Counter,
    /// Observations in buckets.
    Histogram,
}

impl MetricType {
    /// As `# TYPE` has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The description of a metric family.
#[derive(Debug)]
pub struct Desc {
    pub name: &'static str,
    pub metric_type: MetricType,
    /// The label names.
    pub labels: &'static [&'static str],
    /// The meaning, in one sentence or two: `# HELP`.
    pub help: &'static str,
}
