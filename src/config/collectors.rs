//! Settings of each collector. The names are those of the collectors, whichever there are.
use super::{Span, span};
use crate::{
    collect::{COLLECTORS, Collector},
    schedule::Settings,
};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt, sync::LazyLock, time::Duration};

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| COLLECTORS.iter().map(|collector| collector.name).collect());

/// The collector that looks back.
const LOOKS_BACK: &str = "root_activity";

/// What is written about each collector, by name.
#[derive(Clone, Debug, Default)]
pub struct Collectors(BTreeMap<&'static str, CollectorConfig>);

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
                    let name = NAMES
                        .iter()
                        .find(|name| **name == key)
                        .ok_or_else(|| de::Error::unknown_field(&key, &NAMES))?;
                    let config: Option<CollectorConfig> = map.next_value()?;
                    collectors.0.insert(name, config.unwrap_or_default());
                }
                Ok(collectors)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Collectors {
    /// How the collector is to run; `None` if it is off or there is none of that name.
    #[must_use]
    pub fn settings(&self, name: &str, stale_after: u32) -> Option<Settings> {
        let collector = COLLECTORS.iter().find(|collector| collector.name == name)?;
        let written = self.0.get(name).cloned().unwrap_or_default();
        let interval = written.interval.unwrap_or(collector.interval);
        written.enabled.unwrap_or(true).then(|| Settings {
            interval,
            timeout: written.timeout.unwrap_or(collector.timeout),
            valid: interval * stale_after + collector.grace,
            lookback: written
                .lookback
                .unwrap_or(crate::facts::root_activity::HISTORY),
        })
    }

    /// A key whose value makes no sense, and why.
    pub(super) fn nonsense(&self) -> Option<(String, String)> {
        self.0.iter().find_map(|(name, written)| {
            let too_short = |value: Option<Duration>, least| value.is_some_and(|v| v < least);
            let wrong = |key: &str, message: &str| {
                Some((format!("collectors.{name}.{key}"), message.to_owned()))
            };
            if too_short(written.interval, Duration::from_secs(1)) {
                return wrong("interval", "must be at least 1s");
            }
            if too_short(written.timeout, Duration::from_millis(1)) {
                return wrong("timeout", "must be more than nothing");
            }
            match written.lookback {
                Some(_) if *name != LOOKS_BACK => {
                    wrong("lookback", "only root_activity looks back")
                }
                Some(lookback) if lookback > crate::facts::root_activity::HISTORY => {
                    wrong("lookback", "AWS keeps events for 90 days")
                }
                _ => None,
            }
        })
    }

    /// One line a collector, with what is in force.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        COLLECTORS.iter().map(|Collector { name, .. }| {
            let Some(settings) = self.settings(name, 1) else {
                return format!("  {name}: {{ enabled: false }}");
            };
            let lookback = if *name == LOOKS_BACK {
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
        NAMES
            .iter()
            .all(|name| self.settings(name, 1) == other.settings(name, 1))
    }
}

impl Eq for Collectors {}
