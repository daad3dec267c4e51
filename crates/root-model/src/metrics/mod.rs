//! The catalogue: every metric family, where its samples come from, and the only place where a name is spelled.
//!
//! A family is a value. `# HELP`, the metrics table of the documentation and the checks of dashboards and rules are all
//! made from it; the number of its labels is checked when it is compiled.
mod activity;
mod checks;
mod credentials;
mod desc;
mod exporter;
mod logging;
mod organization;
pub mod samples;

pub use desc::{Desc, MetricType};
pub use exporter::{AWS_REQUEST_DURATION, AWS_REQUESTS, HTTP_REQUESTS, PANICS};

use crate::{facts::account::Account, view::View};
use samples::{Samples, Value};

/// A metric family.
#[derive(Debug)]
pub struct Family {
    pub desc: Desc,
    pub source: Source,
}

/// Where a family's samples come from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// From what is known about each account.
    Account(fn(&Account, &mut Samples)),
    /// From all that is known.
    View(fn(&View, &mut Samples)),
    /// Counted as it happens: the calls of the program itself.
    Live,
}

/// Every family, in the order of the documentation.
pub fn families() -> impl Iterator<Item = &'static Family> {
    [
        organization::ACCOUNT,
        credentials::FAMILIES,
        activity::FAMILIES,
        logging::FAMILIES,
        organization::FAMILIES,
        checks::FAMILIES,
        exporter::FAMILIES,
        exporter::LIVE,
    ]
    .into_iter()
    .flatten()
}

/// Takes the samples of one family with `L` labels.
struct Out<'a, 'b, const L: usize>(&'a mut Samples<'b>);

impl<const L: usize> Out<'_, '_, L> {
    /// Adds a sample, if there is a value.
    fn put(&mut self, values: [&str; L], value: impl Value) {
        if let Some(value) = value.value() {
            self.0.push(values, value);
        }
    }
}

const fn count(labels: &[&str]) -> usize {
    labels.len()
}

/// Families as values: `source kind "name" [labels] "help" => samples;`. The help is one string.
macro_rules! catalogue {
    ($($source:ident $kind:ident $name:literal [$($label:literal),*] $help:literal => $samples:expr;)+) => {
        &[$($crate::metrics::Family {
            desc: $crate::metrics::Desc {
                name: $name,
                metric_type: $crate::metrics::MetricType::$kind,
                labels: &[$($label),*],
                help: $help,
            },
            source: $crate::metrics::Source::$source(|from, samples| {
                const LABELS: usize = $crate::metrics::count(&[$($label),*]);
                let put: fn(&catalogue!(@ $source), &mut $crate::metrics::Out<LABELS>) = $samples;
                put(from, &mut $crate::metrics::Out(samples));
            }),
        }),+]
    };
    (@ Account) => { $crate::facts::account::Account };
    (@ View) => { $crate::view::View };
}
use catalogue;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_well_formed() {
        let mut seen = HashSet::new();
        for Family { desc: family, .. } in families() {
            let name = family.name;
            assert!(seen.insert(name), "{name} is listed twice");
            assert!(name.starts_with("aws_root_"), "{name}");
            assert_eq!(
                name.ends_with("_total"),
                family.metric_type == MetricType::Counter,
                "{name}"
            );
            assert!(family.help.ends_with('.'), "{name}: the help is a sentence");
            assert!(!family.help.contains('\n'), "{name}");
            assert!(
                !family.labels.contains(&"region"),
                "{name}: targets often carry that label"
            );
        }
    }
}
