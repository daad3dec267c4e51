//! The configuration file: as written -> as meant. What is not understood is an error that names it, its line and the
//! nearest known word.
mod collectors;
mod print;
mod span;

pub use collectors::{CollectorConfig, Collectors};
pub use span::Span;

use serde::{Deserialize, Deserializer};
use std::{fmt, path::Path, str::FromStr, sync::Arc, time::Duration};

/// A commented file with every key at its default.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// The whole configuration file, with what the command line adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which accounts, and how they are entered.
    pub accounts: Accounts,
    /// Which regions.
    pub regions: Regions,
    /// Settings of each collector.
    pub collectors: Collectors,
    /// Bounds.
    pub limits: Limits,
    /// Settings of the checks.
    pub checks: Checks,
    /// Which share of the accounts (`--shard`).
    #[serde(skip)]
    pub shard: Shard,
}

/// Which accounts, and how they are entered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Where the list of accounts comes from.
    pub mode: Mode,
    /// Which accounts (`list`), or only these (`organization`).
    pub ids: Vec<String>,
    /// Which not.
    pub exclude: Vec<String>,
    /// The role that is assumed in every other account.
    pub role: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// The name of the sessions.
    pub session_name: String,
    /// Whether members' root credentials are audited with `sts:AssumeRoot`.
    pub assume_root: bool,
    /// How often accounts and regions are discovered again.
    #[serde(deserialize_with = "span::duration")]
    pub refresh: Duration,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            mode: Mode::Own,
            ids: Vec::new(),
            exclude: Vec::new(),
            role: "root-exporter".to_owned(),
            external_id: None,
            session_name: "aws-root-exporter".to_owned(),
            assume_root: false,
            refresh: Duration::from_mins(15),
        }
    }
}

/// Where the list of accounts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The account of the exporter's own credentials.
    #[serde(rename = "self")]
    Own,
    /// The configured ids.
    List,
    /// The organization.
    Organization,
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

/// Settings of the checks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checks {
    /// Checks to leave out.
    pub disabled: Vec<String>,
    /// Age at which an active root access key is too old.
    #[serde(deserialize_with = "span::duration")]
    pub root_key_max_age: Duration,
    /// Time without a root sign-in that counts as quiet.
    #[serde(deserialize_with = "span::duration")]
    pub login_quiet_period: Duration,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            disabled: Vec::new(),
            root_key_max_age: Duration::from_hours(90 * 24),
            login_quiet_period: Duration::from_hours(30 * 24),
        }
    }
}

/// One of several exporters that share the accounts: `i/n`, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl Shard {
    /// Whether the account is this shard's. Stable: FNV-1a of its id.
    #[must_use]
    pub fn has(self, account: &str) -> bool {
        let hash = account
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        hash % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let shard = Self {
                index: index.parse().ok()?,
                count: count.parse().ok()?,
            };
            (shard.index < shard.count).then_some(shard)
        };
        parse().ok_or_else(|| format!("'{text}' is not of the form i/n with i from 0 to n-1"))
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not understood.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: String,
        /// What and where.
        message: String,
    },
    /// It is understood but makes no sense.
    #[error("{path}: {key}: {message}")]
    Value {
        /// The file.
        path: String,
        /// Which key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
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
        // A file of nothing but comments is a file without keys.
        let config: Option<Self> =
            serde_saphyr::from_str(text).map_err(|error| ConfigError::Parse {
                path: path.to_owned(),
                message: explain(&error),
            })?;
        let config = config.unwrap_or_default();
        match config.nonsense() {
            None => Ok(config),
            Some((key, message)) => Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                message,
            }),
        }
    }

    /// A key whose value makes no sense, and why.
    fn nonsense(&self) -> Option<(String, String)> {
        let wrong = |key: &str, message: &str| Some((key.to_owned(), message.to_owned()));
        if self.accounts.mode != Mode::Own {
            return wrong(
                "accounts.mode",
                "this version monitors only its own account: `self`",
            );
        }
        if self.accounts.assume_root {
            return wrong(
                "accounts.assume_root",
                "this version does not use sts:AssumeRoot",
            );
        }
        if self.regions == Regions::These(Vec::new()) {
            return wrong(
                "regions",
                "the list is empty; leave it out for all enabled regions",
            );
        }
        if self.limits.concurrency == 0 || self.limits.stale_after == 0 {
            return wrong("limits", "concurrency and stale_after must be at least 1");
        }
        if self.accounts.refresh < Duration::from_secs(1) {
            return wrong("accounts.refresh", "must be at least 1s");
        }
        self.collectors.nonsense()
    }
}

/// The parser's error for people: line and column, and the nearest known key for one that is not known.
fn explain(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    let place = error
        .location()
        .map(|at| format!("line {}, column {}: ", at.line(), at.column()))
        .unwrap_or_default();
    match error.without_snippet() {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            format!("{place}unknown key '{field}'{}", nearest(field, expected))
        }
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            format!(
                "{place}unknown value '{variant}'{}",
                nearest(variant, expected)
            )
        }
        other => {
            let text = other.to_string();
            // The library puts its own place before or after the message's first line.
            let line = text.lines().next().unwrap_or_default();
            format!("{place}{line}")
        }
    }
}

fn nearest(word: &str, known: &[&'static str]) -> String {
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min();
    match best {
        Some((distance, candidate)) if distance <= 3.max(word.len() / 3) => {
            format!("; did you mean '{candidate}'?")
        }
        _ => format!("; known are: {}", known.join(", ")),
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
    }

    #[test]
    fn shards() {
        let shard = |text: &str| text.parse::<Shard>();
        assert!(shard("3/3").is_err() && shard("x/2").is_err() && shard("1").is_err());
        let ids: Vec<String> = (0..1000).map(|n| format!("{n:012}")).collect();
        let all = ["0/3", "1/3", "2/3"].map(|text| shard(text).unwrap());
        for id in &ids {
            assert_eq!(all.iter().filter(|s| s.has(id)).count(), 1, "{id}");
        }
        for part in all {
            let count = ids.iter().filter(|id| part.has(id)).count();
            assert!((250..450).contains(&count), "{count}");
        }
    }
}
