//! The configuration file: as written -> as meant. What is not understood is an error that names it, its line and the
//! nearest known word.
mod accounts;
mod checks;
mod collectors;
mod print;
mod shard;
mod span;

pub use accounts::{Accounts, Mode};
pub use checks::Checks;
pub use collectors::{CollectorConfig, Collectors};
pub use exporter_web::yaml::ConfigError;
pub use shard::Shard;
pub use span::Span;

use exporter_web::yaml::{from_yaml, or_default};
use serde::{Deserialize, Deserializer};
use std::{fmt, path::Path, sync::Arc};

/// A commented file with every key at its default.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// The whole configuration file, with what the command line adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which accounts, and how they are entered.
    #[serde(deserialize_with = "or_default")]
    pub accounts: Accounts,
    /// Which regions.
    pub regions: Regions,
    /// Settings of each collector.
    pub collectors: Collectors,
    /// Bounds.
    #[serde(deserialize_with = "or_default")]
    pub limits: Limits,
    /// Settings of the checks.
    #[serde(deserialize_with = "or_default")]
    pub checks: Checks,
    /// Which share of the accounts (`--shard`).
    #[serde(skip)]
    pub shard: Shard,
}

/// Which regions are monitored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Regions {
    /// Those enabled for the account.
    #[default]
    All,
    /// These.
    These(Vec<Arc<str>>),
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Regions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a list of regions")
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Regions, E> {
                Ok(Regions::All)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Regions, E> {
                match text {
                    "all" => Ok(Regions::All),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Regions, A::Error> {
                let mut regions: Vec<Arc<str>> = Vec::new();
                while let Some(region) = seq.next_element::<String>()? {
                    regions.push(region.into());
                }
                regions.sort_unstable();
                regions.dedup();
                Ok(Regions::These(regions))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Bounds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// AWS calls in flight, all accounts together.
    pub concurrency: usize,
    /// Intervals without success after which a value is withdrawn.
    pub stale_after: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            stale_after: 3,
        }
    }
}

impl Config {
    /// Reads the file; without one, the defaults.
    ///
    /// # Errors
    /// If it cannot be read, is not understood or makes no sense.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: name.clone(),
            source,
        })?;
        Self::parse(&text, &name)
    }

    /// Reads the text of a file called `path`.
    ///
    /// # Errors
    /// If it is not understood or makes no sense.
    pub fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        let config: Self = from_yaml(text, path)?.unwrap_or_default();
        match config.nonsense() {
            None => Ok(config),
            Some((key, message)) => Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                message,
            }),
        }
    }

    /// Whether it finds the same accounts as another.
    #[must_use]
    pub fn finds_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.accounts, &other.accounts);
        self.shard == other.shard
            && (ours.mode, &ours.ids, &ours.exclude) == (theirs.mode, &theirs.ids, &theirs.exclude)
    }

    /// A key whose value makes no sense, and why.
    fn nonsense(&self) -> Option<(String, String)> {
        let wrong = |key: &str, message: &str| Some((key.to_owned(), message.to_owned()));
        if let Some(wrong) = self.accounts.nonsense() {
            return Some(wrong);
        }
        if self.regions == Regions::These(Vec::new()) {
            return wrong(
                "regions",
                "the list is empty; leave it out for all enabled regions",
            );
        }
        if self.limits.concurrency == 0 {
            return wrong("limits.concurrency", "must be at least 1");
        }
        if self.limits.stale_after < 2 {
            return wrong(
                "limits.stale_after",
                "must be at least 2: the next run ends later than one interval after the last",
            );
        }
        self.checks
            .nonsense()
            .or_else(|| self.collectors.nonsense())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse(text, "config.yaml").unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_the_default() {
        assert_eq!(
            Config::parse(EXAMPLE, "example").unwrap(),
            Config::default()
        );
        assert_eq!(
            Config::parse("# nothing\n", "empty").unwrap(),
            Config::default()
        );
        assert_eq!(Config::parse("", "empty").unwrap(), Config::default());
        let sections = "accounts:\nregions:\ncollectors:\nlimits:\nchecks:\n";
        assert_eq!(Config::parse(sections, "empty").unwrap(), Config::default());
    }

    #[test]
    fn unknown_keys_are_named_with_line_and_suggestion() {
        let misspelt = error("accounts:\n  mode: self\n  rolle: x\n");
        assert!(misspelt.contains("line 3"), "{misspelt}");
        assert!(
            misspelt.contains("'rolle'; did you mean 'role'?"),
            "{misspelt}"
        );
        let collector = error("collectors:\n  guard_duty: { interval: 5m }\n");
        assert!(
            collector.contains("line 2") && collector.contains("did you mean 'guardduty'?"),
            "{collector}"
        );
        let inner = error("collectors:\n  iam: { intervall: 5m }\n");
        assert!(
            inner.contains("line 2") && inner.contains("did you mean 'interval'?"),
            "{inner}"
        );
        let top = error("colectors: {}\n");
        assert!(
            top.contains("line 1") && top.contains("did you mean 'collectors'?"),
            "{top}"
        );
    }

    #[test]
    fn values_that_make_no_sense_are_named() {
        assert!(error("collectors:\n  iam: { interval: soon }\n").contains("line 2"));
        assert!(error("collectors: { iam: { interval: 0s } }").contains("collectors.iam.interval"));
        assert!(error("collectors: { iam: { lookback: 1d } }").contains("collectors.iam.lookback"));
        assert!(error("regions: []").contains("regions"));
        assert!(error("regions: everywhere").contains("line 1"));
        assert!(error("accounts: { mode: organisation }").contains("did you mean 'organization'?"));
        assert!(error("accounts: [").contains("line"));
        let check = error("checks: { disabled: [root_mfa] }");
        assert!(check.contains("did you mean 'root-mfa'?"), "{check}");
        assert!(error("checks: { login_quiet_period: 91d }").contains("90 days"));
        let twice = error("limits: {}\nlimits: {}\n");
        assert!(
            twice.contains("line 2") && twice.ends_with("'limits' stands here twice"),
            "{twice}"
        );
    }
}
