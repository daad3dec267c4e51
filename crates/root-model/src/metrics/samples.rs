//! Samples -> Prometheus' own data model -> text. Some samples at a time, so that only they are ever held.
use super::{Desc, Family, MetricType};
use crate::{id::id, missing::Known, time::epoch_seconds};
use prometheus::{
    Encoder, TextEncoder,
    proto::{self, LabelPair, MetricFamily},
};
use std::{collections::HashSet, io::Write, time::SystemTime};

/// So many samples are written at once: about 50 kB of text. As Prometheus' data model they take ten times as much.
const BLOCK: usize = 512;

/// The samples of one family, on their way to `out`.
pub struct Samples<'a> {
    desc: &'static Desc,
    out: &'a mut dyn Write,
    /// Those that are not written yet.
    metrics: Vec<proto::Metric>,
    /// Whether any have been.
    begun: bool,
    /// Hashes of the label values: the values themselves would take as much room as the samples.
    seen: HashSet<u64>,
}

impl<'a> Samples<'a> {
    /// None yet.
    pub fn new(family: &'static Family, out: &'a mut dyn Write) -> Self {
        Self {
            desc: &family.desc,
            out,
            metrics: Vec::new(),
            begun: false,
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
        if self.metrics.len() == BLOCK {
            self.write();
        }
    }

    /// Writes what is left, and nothing of a family without samples.
    pub fn finish(mut self) {
        if !self.metrics.is_empty() {
            self.write();
        }
    }

    fn write(&mut self) {
        let mut family = MetricFamily::default();
        family.set_name(self.desc.name.to_owned());
        family.set_help(self.desc.help.to_owned());
        family.set_field_type(match self.desc.metric_type {
            MetricType::Counter => proto::MetricType::COUNTER,
            MetricType::Gauge | MetricType::Histogram => proto::MetricType::GAUGE,
        });
        family.set_metric(std::mem::take(&mut self.metrics));
        let Some(text) = encoded(&family) else {
            return;
        };
        // `# HELP` and `# TYPE` stand once, before the first samples.
        let headers = if self.begun { 2 } else { 0 };
        let mut text = &text[..];
        for _ in 0..headers {
            let end = text.iter().position(|byte| *byte == b'\n');
            text = end.map_or(&[], |end| &text[end + 1..]);
        }
        write(text, self.out);
        self.begun = true;
    }
}

/// Writes families that the crate's own registry holds.
pub fn write_families(families: &[MetricFamily], out: &mut dyn Write) {
    let families = families.iter().filter(|it| !it.get_metric().is_empty());
    for text in families.filter_map(encoded) {
        write(&text, out);
    }
}

fn encoded(family: &MetricFamily) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let encoded = TextEncoder::new().encode(std::slice::from_ref(family), &mut text);
    if let Err(error) = &encoded {
        tracing::error!(family = family.name(), %error, "a metric family could not be encoded");
    }
    encoded.ok().map(|()| text)
}

fn write(text: &[u8], out: &mut dyn Write) {
    // `out` is memory.
    let written = out.write_all(text);
    debug_assert!(written.is_ok());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::families;

    #[test]
    fn a_family_has_one_head_and_every_sample_once() {
        let family = families().find(|it| it.desc.labels == ["account_id"]);
        let family = family.unwrap();
        let mut text = Vec::new();
        let mut samples = Samples::new(family, &mut text);
        for n in 0..=BLOCK * 2 {
            samples.push([&n.to_string()], 1.0);
            samples.push(["0"], 2.0);
        }
        samples.finish();
        let text = String::from_utf8(text).unwrap();
        let (head, samples): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert_eq!((head.len(), samples.len()), (2, BLOCK * 2 + 1));
        assert!(text.starts_with("# HELP ") && samples.iter().all(|it| it.ends_with(" 1")));
        let mut none = Vec::new();
        Samples::new(family, &mut none).finish();
        assert!(none.is_empty());
    }
}
