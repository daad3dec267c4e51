//! The configuration file: read, validated, and printed. Errors name file, line, column, key, what is expected and, for
//! words, the nearest known one.
mod accounts;
mod collectors;
mod error;
mod limits;
mod regions;
mod secret;
mod shard;

pub use accounts::{Accounts, Mode, Role};
pub use collectors::{Collectors, RunSettings};
pub use exporter_web::yaml::ConfigError;
pub use limits::{Limits, MaxCalls};
pub use regions::Regions;
pub use secret::Secret;
pub use shard::Shard;

use error::{InvalidValue, ensure};
use exporter_web::yaml::or_default;
use root_model::{checks::CheckSettings, facts::root_activity::HISTORY};
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};

/// A commented file with every key at its default.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// The configuration in force: the file, and what the command line adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which accounts are monitored, and with which role.
    #[serde(deserialize_with = "or_default")]
    pub accounts: Accounts,
    /// Which regions are monitored.
    #[serde(deserialize_with = "or_default")]
    pub regions: Regions,
    /// How each collector runs.
    #[serde(deserialize_with = "or_default")]
    pub collectors: Collectors,
    /// Limits.
    #[serde(deserialize_with = "or_default")]
    pub limits: Limits,
    /// Thresholds of the checks, and which checks are disabled.
    #[serde(deserialize_with = "or_default")]
    pub checks: CheckSettings,
    /// Which share of the accounts this exporter monitors (`--shard`).
    #[serde(skip)]
    pub shard: Shard,
}

/// As a configuration file, without secrets.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        serde_saphyr::to_fmt_writer_with_options(f, self, options).map_err(|_| fmt::Error)
    }
}

impl Config {
    /// Reads and validates the file; without a file, the defaults.
    ///
    /// # Errors
    /// If the file cannot be read, is not YAML, or holds an unknown key or a value that is not allowed.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &name),
            Err(source) => Err(ConfigError::Read { path: name, source }),
        }
    }

    /// Reads and validates the text of the file at `path`.
    ///
    /// # Errors
    /// If it is not YAML, or holds an unknown key or a value that is not allowed.
    pub fn parse(text: &str, path: &str) -> Result<Self, ConfigError> {
        error::parse(text, path, Self::validate)
    }

    /// Whether it selects the same accounts as `other`.
    #[must_use]
    pub fn finds_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.accounts, &other.accounts);
        self.shard == other.shard
            && (ours.mode, &ours.ids, &ours.exclude) == (theirs.mode, &theirs.ids, &theirs.exclude)
    }

    fn validate(&self) -> Result<(), InvalidValue> {
        self.accounts.validate()?;
        self.regions.validate()?;
        self.collectors.validate()?;
        self.limits.validate()?;
        ensure(
            self.checks.login_quiet_period <= HISTORY,
            "checks.login_quiet_period",
            "expected at most 90d: AWS keeps events for 90 days",
        )
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

    /// The example has every key that is printed, and no other; `lookback` and `enabled` included.
    #[test]
    fn the_example_has_every_key() {
        type Tree = serde_json::Value;
        let example: Tree = serde_saphyr::from_str(EXAMPLE).unwrap();
        let printed: Tree = serde_saphyr::from_str(&Config::default().to_string()).unwrap();
        assert_eq!(example, printed);
    }

    #[test]
    fn what_is_printed_reads_back() {
        let text = "accounts: { mode: list, ids: ['012345678901'], session_name: '1234' }\n\
            regions: [us-gov-east-1, eu-west-1, eu-west-1]\n\
            collectors: { iam: { enabled: false }, guardduty: { interval: 90s } }\n\
            checks: { disabled: [root-scp], max_administrators: 0 }\n";
        let config = Config::parse(text, "test").unwrap();
        let regions = ["eu-west-1", "us-gov-east-1"].map(Into::into);
        assert_eq!(config.regions, Regions::These(regions.into()));
        assert_eq!(
            Config::parse(&config.to_string(), "printed").unwrap(),
            config
        );
    }

    #[test]
    fn the_external_id_is_never_printed() {
        let config = Config::parse("accounts: { external_id: hunter2 }", "test").unwrap();
        for printed in [config.to_string(), format!("{config:?}")] {
            assert!(!printed.contains("hunter2") && printed.contains("(set)"));
        }
        let wrong = error("accounts:\n  external_id: [hunter2]\n");
        assert!(
            wrong.contains("line 2") && wrong.contains("accounts.external_id: "),
            "{wrong}"
        );
        assert!(!wrong.contains("hunter2"), "{wrong}");
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
        let discovery = error("collectors:\n  discovery: { interval: 5m }\n");
        assert!(
            discovery.contains("line 2") && discovery.contains("unknown key 'discovery'"),
            "{discovery}"
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

    /// Each error names file, line, key and what is expected.
    #[test]
    fn values_that_are_not_allowed_are_named() {
        for (text, line, expected) in [
            (
                "collectors:\n  iam: { interval: soon }\n",
                2,
                "collectors.iam.interval: invalid duration 'soon': expected",
            ),
            (
                "collectors:\n  iam: { interval: 5 }\n",
                2,
                "collectors.iam.interval: invalid duration '5': expected",
            ),
            (
                "collectors:\n  iam:\n    interval: 0s\n",
                3,
                "collectors.iam.interval: expected at least 1s",
            ),
            (
                "collectors: { iam: { timeout: 0s } }",
                1,
                "collectors.iam.timeout: expected at least 1ms",
            ),
            (
                "collectors:\n  iam:\n    enabled: maybe\n",
                3,
                "collectors.iam.enabled: expected true or false",
            ),
            (
                "# none\nregions: []",
                2,
                "regions: expected at least one region",
            ),
            (
                "regions: everywhere",
                1,
                "regions: expected `all` or a list of regions",
            ),
            (
                "accounts: { mode: organisation }",
                1,
                "accounts.mode: unknown value 'organisation'; did you mean 'organization'?",
            ),
            (
                "accounts:\n  role: root-exporter\n  mode: list\n",
                1,
                "accounts.ids: mode `list` needs at least one account id",
            ),
            (
                "accounts:\n  mode: list\n  ids: ['1']\n",
                3,
                "accounts.ids: expected account ids of 12 digits",
            ),
            (
                "limits:\n  concurrency: 0\n",
                2,
                "limits.concurrency: expected auto, or a whole number from 1 to 1024",
            ),
            (
                "limits:\n  concurrency: many\n",
                2,
                "limits.concurrency: expected auto, or a whole number from 1 to 1024",
            ),
            (
                "limits:\n  concurrency: 1025\n",
                2,
                "limits.concurrency: expected auto, or a whole number from 1 to 1024",
            ),
            (
                "limits:\n  stale_after: 1\n",
                2,
                "limits.stale_after: expected a whole number of 2 or more",
            ),
            (
                "checks:\n  max_administrators: few\n",
                2,
                "checks.max_administrators: expected a whole number",
            ),
            (
                "checks: { disabled: [root_mfa] }",
                1,
                "checks.disabled[0]: unknown value 'root_mfa'; did you mean 'root-mfa'?",
            ),
            (
                "checks: { login_quiet_period: 91d }",
                1,
                "checks.login_quiet_period: expected at most 90d: AWS keeps events for 90 days",
            ),
        ] {
            assert_named(text, line, expected);
        }
    }

    fn assert_named(text: &str, line: usize, expected: &str) {
        let error = error(text);
        let start = format!("config.yaml: line {line}, column ");
        assert!(error.starts_with(&start), "{text}: {error}");
        assert!(error.contains(&format!(": {expected}")), "{text}: {error}");
    }

    #[test]
    fn some_keys_are_of_root_activity_alone() {
        for (text, line, expected) in [
            (
                "collectors: { iam: { quiet_interval: 1d } }",
                1,
                "collectors.iam.quiet_interval: only root_activity",
            ),
            (
                "collectors: { root_activity: { quiet_interval: 1m } }",
                1,
                "collectors.root_activity.quiet_interval: expected at least the interval",
            ),
            (
                "collectors: { iam: { lookback: 1d } }",
                1,
                "collectors.iam.lookback: only root_activity has a lookback",
            ),
            (
                "collectors: { root_activity: { lookback: 91d } }",
                1,
                "collectors.root_activity.lookback: expected at most 90d",
            ),
        ] {
            assert_named(text, line, expected);
        }
    }

    #[test]
    fn what_is_no_yaml_or_stands_twice_is_refused_with_its_line() {
        assert!(error("accounts: [").contains("line"));
        let twice = error("limits: {}\nlimits: {}\n");
        assert!(
            twice.contains("line 2") && twice.ends_with("duplicate key 'limits'"),
            "{twice}"
        );
    }
}
