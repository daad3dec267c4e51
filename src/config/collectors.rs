//! Settings of each collector. The names are those of the collectors, whichever there are.
use super::{Span, span};
use crate::{collect::spec, schedule::RunSettings};
use root_model::collector::Collector;
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt, sync::LazyLock, time::Duration};

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| Collector::configurable().map(Collector::as_str).collect());

/// What is written about each collector, by name.
#[derive(Clone, Debug, Default)]
pub struct Collectors(BTreeMap<Collector, CollectorConfig>);

/// What may be written about a collector.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectorConfig {
    enabled: Option<bool>,
    #[serde(deserialize_with = "span::optional")]
    interval: Option<Duration>,
    #[serde(deserialize_with = "span::optional")]
    timeout: Option<Duration>,
    #[serde(deserialize_with = "span::optional")]
    lookback: Option<Duration>,
}

impl<'de> Deserialize<'de> for Collectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Collectors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of collectors")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Collectors, E> {
                Ok(Collectors::default())
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Collectors, A::Error> {
                let mut collectors = Collectors::default();
                while let Some(key) = map.next_key::<String>()? {
                    let collector = Collector::configurable()
                        .find(|collector| collector.as_str() == key)
                        .ok_or_else(|| de::Error::unknown_field(&key, &NAMES))?;
                    let config: Option<CollectorConfig> = map.next_value()?;
                    collectors.0.insert(collector, config.unwrap_or_default());
                }
                Ok(collectors)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Collectors {
    /// How the collector is to run; `None` if it is disabled.
    #[must_use]
    pub fn settings(&self, collector: Collector, stale_after: u32) -> Option<RunSettings> {
        let spec = spec(collector)?;
        let written = self.0.get(&collector).cloned().unwrap_or_default();
        let interval = written.interval.unwrap_or(spec.interval);
        written.enabled.unwrap_or(true).then(|| RunSettings {
            interval,
            timeout: written.timeout.unwrap_or(spec.timeout),
            valid: interval * stale_after + collector.grace(),
            lookback: written
                .lookback
                .unwrap_or(root_model::facts::root_activity::HISTORY),
        })
    }

    /// A key whose value makes no sense, and why.
    pub(super) fn nonsense(&self) -> Option<(String, String)> {
        self.0.iter().find_map(|(collector, written)| {
            let too_short = |value: Option<Duration>, least| value.is_some_and(|v| v < least);
            let wrong = |key: &str, message: &str| {
                Some((format!("collectors.{collector}.{key}"), message.to_owned()))
            };
            if too_short(written.interval, Duration::from_secs(1)) {
                return wrong("interval", "must be at least 1s");
            }
            if too_short(written.timeout, Duration::from_millis(1)) {
                return wrong("timeout", "must be more than nothing");
            }
            match written.lookback {
                Some(_) if *collector != Collector::RootActivity => {
                    wrong("lookback", "only root_activity looks back")
                }
                Some(lookback) if lookback > root_model::facts::root_activity::HISTORY => {
                    wrong("lookback", "AWS keeps events for 90 days")
                }
                _ => None,
            }
        })
    }

    /// One line a collector, with what is in force.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        Collector::configurable().map(|collector| {
            let name = collector.as_str();
            let Some(settings) = self.settings(collector, 1) else {
                return format!("  {name}: {{ enabled: false }}");
            };
            let lookback = if collector == Collector::RootActivity {
                format!(", lookback: {}", Span(settings.lookback))
            } else {
                String::new()
            };
            format!(
                "  {name}: {{ enabled: true, interval: {}, timeout: {}{lookback} }}",
                Span(settings.interval),
                Span(settings.timeout)
            )
        })
    }
}

/// Equal if the same is in force.
impl PartialEq for Collectors {
    fn eq(&self, other: &Self) -> bool {
        Collector::configurable()
            .all(|collector| self.settings(collector, 1) == other.settings(collector, 1))
    }
}

impl Eq for Collectors {}
