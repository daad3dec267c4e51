//! The exporter's parsers and what they need of it, from its own source.
#![allow(dead_code, reason = "the rest of the exporter is not here")]

#[path = "../../src/checks/mod.rs"]
pub mod checks;
#[path = "../../src/clock.rs"]
pub mod clock;
#[path = "../../src/config/mod.rs"]
pub mod config;
#[path = "../../src/facts/mod.rs"]
pub mod facts;
#[path = "../../src/observation.rs"]
pub mod observation;
pub mod web;

// What the configuration knows of the half of the exporter that talks to AWS.
pub mod aws {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Role {
        pub arn: String,
        pub external_id: Option<String>,
        pub session_name: String,
    }
}

pub mod schedule {
    use std::time::Duration;

    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Settings {
        pub interval: Duration,
        pub timeout: Duration,
        pub valid: Duration,
        pub lookback: Duration,
    }
}

pub mod collect {
    use std::time::Duration;

    pub struct Collector {
        pub name: &'static str,
        pub interval: Duration,
        pub timeout: Duration,
        pub grace: Duration,
    }

    const fn collector(name: &'static str) -> Collector {
        Collector {
            name,
            interval: Duration::from_mins(5),
            timeout: Duration::from_mins(1),
            grace: Duration::from_hours(4),
        }
    }

    pub const COLLECTORS: &[Collector] = &[
        collector("account_summary"),
        collector("credential_report"),
        collector("root_activity"),
    ];
}
