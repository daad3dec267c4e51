//! A scrape, read as Prometheus reads it, and questions to it.
use std::collections::{BTreeMap, BTreeSet};

/// What `/metrics` said: value by series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Reads the text format.
    pub fn parse(text: &str) -> Self {
        let samples = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let series = samples.map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        });
        Self(series.collect())
    }

    /// The series of one family.
    pub fn family<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0
            .iter()
            .filter(move |(series, _)| series.split('{').next() == Some(name))
            .map(|(series, value)| (series.as_str(), *value))
    }

    /// The value of the one series of the family that has all these labels; `None` if there is none.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        let found: Vec<(&str, f64)> = self
            .family(name)
            .filter(|(series, _)| wanted.iter().all(|label| series.contains(label.as_str())))
            .collect();
        assert!(found.len() < 2, "{name} {labels:?} is ambiguous: {found:?}");
        found.first().map(|(_, value)| *value)
    }

    /// Whether the family has any series.
    pub fn has(&self, family: &str) -> bool {
        self.family(family).next().is_some()
    }

    /// Whether the collector's latest run succeeded.
    pub fn success(&self, collector: &str) -> Option<bool> {
        self.value("aws_root_collector_success", &[("collector", collector)])
            .map(|value| value == 1.0)
    }

    /// The checks whose verdict is unknown in some account.
    pub fn unknown_checks(&self) -> BTreeSet<String> {
        self.family("aws_root_check_unknown")
            .filter(|(_, value)| *value == 1.0)
            .map(|(series, _)| label(series, "check"))
            .collect()
    }

    /// Where and why collectors are failing: collector, region, reason.
    pub fn failing(&self) -> Vec<(String, String, String)> {
        self.family("aws_root_collector_region_failed")
            .map(|(series, _)| {
                (
                    label(series, "collector"),
                    label(series, "aws_region"),
                    label(series, "reason"),
                )
            })
            .collect()
    }

    /// What is said about accounts and does not change with time alone.
    pub fn posture(&self) -> Self {
        let mut posture = self.clone();
        posture.0.retain(|series, _| is_posture(series));
        posture
    }

    /// All series with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0
            .iter()
            .map(|(series, value)| (series.as_str(), *value))
    }

    /// All series.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value of this series.
    pub fn get(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    /// Whether any series bears this text.
    pub fn names(&self, text: &str) -> bool {
        self.0.keys().any(|series| series.contains(text))
    }

    /// How many series there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// All but one family.
    pub fn without(mut self, family: &str) -> Self {
        self.0.retain(|series, _| !series.starts_with(family));
        self
    }

    /// The families that begin so, alone.
    pub fn only(mut self, families: &str) -> Self {
        self.0.retain(|series, _| series.starts_with(families));
        self
    }

    /// The collectors whose latest run failed.
    pub fn unsuccessful(&self) -> BTreeSet<String> {
        self.family("aws_root_collector_success")
            .filter(|(_, value)| *value == 0.0)
            .map(|(series, _)| label(series, "collector"))
            .collect()
    }

    /// Series of `self` that `other` does not have with the same value.
    pub fn differing_from<'a>(&'a self, other: &'a Self) -> Vec<(&'a str, f64)> {
        let differs = |(series, value): &(&String, &f64)| other.0.get(*series) != Some(*value);
        self.0
            .iter()
            .filter(differs)
            .map(|(series, value)| (series.as_str(), *value))
            .collect()
    }

    /// What fails and what is unknown, in a few lines.
    pub(crate) fn summary(&self) -> String {
        let count = self.count();
        let failed: Vec<_> = self
            .family("aws_root_collector_region_failed")
            .map(|(series, _)| {
                ["account_id", "collector", "aws_region", "reason"]
                    .map(|name| label(series, name))
                    .join(" ")
            })
            .take(20)
            .collect();
        let ran: BTreeSet<String> = self
            .family("aws_root_collector_success")
            .map(|(series, value)| {
                let [account, collector] =
                    ["account_id", "collector"].map(|name| label(series, name));
                format!("{account} {collector} {value}")
            })
            .take(60)
            .collect();
        let unknown = self.unknown_checks();
        format!(
            "{count} series\nfailed (the first 20): {failed:?}\nran: {ran:?}\nunknown: {unknown:?}"
        )
    }

    /// Holds that of `well` nothing is missing but what is concerned, and that nothing is otherwise than there.
    pub fn assert_lacks_only(&self, well: &Self, concerned: impl Fn(&str) -> bool, what: &str) {
        assert_eq!(self.differing_from(well), [], "{what}: wrong values");
        let mut others = well.differing_from(self);
        others.retain(|(series, _)| !concerned(series));
        assert!(others.is_empty(), "{what}: ended too: {others:?}");
    }
}

/// The value of a label.
pub fn label(series: &str, name: &str) -> String {
    let start = series.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    series[start..].split('"').next().unwrap().to_owned()
}

/// Whether a series is about an account, and does not change with time alone.
pub fn is_posture(series: &str) -> bool {
    // The labels of account_info are empty while they are not known; what is unknown, and the score of what is known,
    // follow from the rest.
    let apart = [
        "aws_root_account_info",
        "aws_root_check_info",
        "aws_root_check_unknown",
        "aws_root_posture_score_ratio",
        "aws_root_collector_",
        "aws_root_exporter_",
        "aws_root_aws_",
        "process_",
    ];
    !series.contains("_age_seconds") && !apart.iter().any(|prefix| series.starts_with(prefix))
}
