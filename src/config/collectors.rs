//! Settings of the collectors: the section `collectors`, with one key for each [`Collector::configurable`].
use super::error::{InvalidValue, ensure};
use root_model::{collector::Collector, duration::HumanDuration, facts::root_activity::HISTORY};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_saphyr::FlowMap;
use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

/// The settings in force of every configurable collector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<Key, Option<Overrides>>")]
pub struct Collectors(BTreeMap<Collector, CollectorSettings>);

/// The settings of one collector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct CollectorSettings {
    enabled: bool,
    interval: HumanDuration,
    /// Only of `root_activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_interval: Option<HumanDuration>,
    timeout: HumanDuration,
    /// Only of `root_activity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lookback: Option<HumanDuration>,
}

/// The settings of one collector that the file changes.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Overrides {
    enabled: Option<bool>,
    interval: Option<HumanDuration>,
    quiet_interval: Option<HumanDuration>,
    timeout: Option<HumanDuration>,
    lookback: Option<HumanDuration>,
}

/// How a collector runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSettings {
    /// From the end of a run to the start of the next, before jitter.
    pub interval: Duration,
    /// The same where little is to be expected; the interval, for a collector without a quiet interval.
    pub quiet_interval: Duration,
    /// The longest that a run may take.
    pub timeout: Duration,
    /// After how many intervals without success its facts are no longer exported.
    pub stale_after: u32,
    /// How much longer they are, because AWS renews them no sooner.
    pub grace: Duration,
    /// How far back events are looked up.
    pub lookback: Duration,
}

impl RunSettings {
    /// The interval in force after a run that found the place quiet, or not.
    #[must_use]
    pub fn interval_if(&self, quiet: bool) -> Duration {
        if quiet {
            self.quiet_interval
        } else {
            self.interval
        }
    }

    /// How long the facts of that run are exported after its end.
    #[must_use]
    pub fn valid_if(&self, quiet: bool) -> Duration {
        self.interval_if(quiet) * self.stale_after + self.grace
    }
}

impl CollectorSettings {
    /// The defaults of a collector; `None` for discovery, which `accounts.refresh` configures.
    fn default_of(collector: Collector) -> Option<Self> {
        let minutes = Duration::from_mins;
        let (interval, timeout) = match collector {
            Collector::Discovery => return None,
            Collector::AccountSummary => (minutes(5), minutes(1)),
            Collector::MfaDevices => (minutes(15), minutes(1)),
            Collector::RootActivity => (minutes(2), minutes(2)),
            Collector::CloudTrail | Collector::GuardDuty => (minutes(10), minutes(1)),
            // It reads every service control policy, and Organizations allows two calls a second.
            Collector::Organization => (minutes(15), minutes(5)),
            Collector::CredentialReport | Collector::SecurityContact | Collector::Iam => {
                (minutes(60), minutes(1))
            }
            // Each run leaves events by root in the member's CloudTrail.
            Collector::RootCredentials => (Duration::from_hours(24), minutes(1)),
        };
        let looks_up = collector == Collector::RootActivity;
        Some(Self {
            enabled: true,
            interval: HumanDuration(interval),
            timeout: HumanDuration(timeout),
            quiet_interval: looks_up.then_some(HumanDuration(minutes(15))),
            lookback: looks_up.then_some(HumanDuration(HISTORY)),
        })
    }

    fn apply(&mut self, overrides: &Overrides) {
        let Overrides {
            enabled,
            interval,
            quiet_interval,
            timeout,
            lookback,
        } = overrides;
        let interval = interval.unwrap_or(self.interval);
        // A longer interval is meant for quiet regions too.
        let at_least = |quiet: HumanDuration| HumanDuration(quiet.0.max(interval.0));
        *self = Self {
            enabled: enabled.unwrap_or(self.enabled),
            interval,
            quiet_interval: quiet_interval.or(self.quiet_interval.map(at_least)),
            timeout: timeout.unwrap_or(self.timeout),
            lookback: lookback.or(self.lookback),
        };
    }
}

impl Default for Collectors {
    fn default() -> Self {
        let defaults = Collector::configurable()
            .filter_map(|it| Some((it, CollectorSettings::default_of(it)?)));
        Self(defaults.collect())
    }
}

impl From<BTreeMap<Key, Option<Overrides>>> for Collectors {
    fn from(written: BTreeMap<Key, Option<Overrides>>) -> Self {
        let mut collectors = Self::default();
        for (Key(collector), overrides) in written {
            if let (Some(settings), Some(overrides)) = (collectors.0.get_mut(&collector), overrides)
            {
                settings.apply(&overrides);
            }
        }
        collectors
    }
}

/// One line for each collector.
impl Serialize for Collectors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = self
            .0
            .iter()
            .map(|(key, settings)| (key, FlowMap(settings)));
        serializer.collect_map(lines)
    }
}

impl Collectors {
    /// How the collector runs; `None` if it is disabled, and for discovery.
    #[must_use]
    pub fn settings(&self, collector: Collector, stale_after: u32) -> Option<RunSettings> {
        let settings = self.0.get(&collector).filter(|it| it.enabled)?;
        let interval = settings.interval.0;
        Some(RunSettings {
            interval,
            quiet_interval: settings.quiet_interval.map_or(interval, |quiet| quiet.0),
            timeout: settings.timeout.0,
            stale_after,
            grace: collector.grace(),
            lookback: settings.lookback.map_or(HISTORY, |lookback| lookback.0),
        })
    }

    pub(super) fn validate(&self) -> Result<(), InvalidValue> {
        for (collector, settings) in &self.0 {
            let ensure = |valid, key, message| {
                ensure(valid, &format!("collectors.{collector}.{key}"), message)
            };
            ensure(
                settings.interval.0 >= Duration::from_secs(1),
                "interval",
                "expected at least 1s",
            )?;
            ensure(
                settings.timeout.0 >= Duration::from_millis(1),
                "timeout",
                "expected at least 1ms",
            )?;
            ensure(
                settings.quiet_interval.is_none() || *collector == Collector::RootActivity,
                "quiet_interval",
                "only root_activity has a quiet_interval",
            )?;
            ensure(
                settings
                    .quiet_interval
                    .is_none_or(|quiet| quiet.0 >= settings.interval.0),
                "quiet_interval",
                "expected at least the interval",
            )?;
            ensure(
                settings.lookback.is_none() || *collector == Collector::RootActivity,
                "lookback",
                "only root_activity has a lookback",
            )?;
            ensure(
                settings.lookback.is_none_or(|it| it.0 <= HISTORY),
                "lookback",
                "expected at most 90d: AWS keeps events for 90 days",
            )?;
        }
        Ok(())
    }
}

/// A key of the section.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(Collector);

static KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| Collector::configurable().map(Collector::as_str).collect());

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Collector::configurable()
            .find(|collector| collector.as_str() == key)
            .map(Self)
            .ok_or_else(|| D::Error::unknown_field(&key, &KEYS))
    }
}
