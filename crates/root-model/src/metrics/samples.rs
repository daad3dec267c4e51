//! Samples -> Prometheus' own data model -> text. One family at a time, so that only one is ever held.
use super::{Desc, Family, MetricType};
use crate::{id::id, missing::Known, time::epoch_seconds};
use prometheus::{
    Encoder, TextEncoder,
    proto::{self, LabelPair, MetricFamily},
};
use std::{collections::HashSet, time::SystemTime};

/// The samples of one family.
pub struct Samples {
    desc: &'static Desc,
    metrics: Vec<proto::Metric>,
    /// Hashes of the label values: the values themselves would take as much room as the samples.
    seen: HashSet<u64>,
}

impl Samples {
    /// None yet.
    #[must_use]
    pub fn new(family: &'static Family) -> Self {
        Self {
            desc: &family.desc,
            metrics: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Adds a sample; `values` are those of the family's labels, in order. A second one with the same labels would
    /// make the whole scrape invalid, so the first stands.
    pub(crate) fn push<const L: usize>(&mut self, values: [&str; L], value: f64) {
        if !self.seen.insert(id(values)) {
            return;
        }
        let labels = self.desc.labels.iter().zip(values).map(|(name, value)| {
            let mut pair = LabelPair::default();
            pair.set_name((*name).to_owned());
            pair.set_value(value.to_owned());
            pair
        });
        let mut metric = proto::Metric::from_label(labels.collect());
        match self.desc.metric_type {
            MetricType::Counter => {
                let mut counter = proto::Counter::default();
                counter.set_value(value);
                metric.set_counter(counter);
            }
            MetricType::Gauge | MetricType::Histogram => {
                let mut gauge = proto::Gauge::default();
                gauge.set_value(value);
                metric.set_gauge(gauge);
            }
        }
        self.metrics.push(metric);
    }

    /// Writes the family, if it has samples.
    pub fn encode(self, out: &mut Vec<u8>) {
        let mut family = MetricFamily::default();
        family.set_name(self.desc.name.to_owned());
        family.set_help(self.desc.help.to_owned());
        family.set_field_type(match self.desc.metric_type {
            MetricType::Counter => proto::MetricType::COUNTER,
            MetricType::Gauge | MetricType::Histogram => proto::MetricType::GAUGE,
        });
        family.set_metric(self.metrics);
        encode(&[family], out);
    }
}

/// Writes families that the crate's own registry holds.
pub fn encode(families: &[MetricFamily], out: &mut Vec<u8>) {
    for family in families
        .iter()
        .filter(|family| !family.get_metric().is_empty())
    {
        let start = out.len();
        if let Err(error) = TextEncoder::new().encode(std::slice::from_ref(family), out) {
            out.truncate(start);
            tracing::error!(family = family.name(), %error, "a metric family could not be encoded");
        }
    }
}

/// What can be a sample's value. `None` makes no sample: a value that is not known is not exported.
pub trait Value {
    /// The value, if there is one.
    fn value(self) -> Option<f64>;
}

impl Value for f64 {
    fn value(self) -> Option<f64> {
        Some(self)
    }
}

impl Value for bool {
    fn value(self) -> Option<f64> {
        Some(f64::from(u8::from(self)))
    }
}

impl Value for usize {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn value(self) -> Option<f64> {
        Some(self as f64)
    }
}

impl Value for i64 {
    #[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
    fn value(self) -> Option<f64> {
        Some(self as f64)
    }
}

impl Value for u64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn value(self) -> Option<f64> {
        Some(self as f64)
    }
}

/// Seconds since the Unix epoch.
impl Value for SystemTime {
    fn value(self) -> Option<f64> {
        Some(epoch_seconds(self))
    }
}

impl<T: Value> Value for Known<T> {
    fn value(self) -> Option<f64> {
        self.ok().and_then(Value::value)
    }
}

impl<T: Value> Value for Option<T> {
    fn value(self) -> Option<f64> {
        self.and_then(Value::value)
    }
}
