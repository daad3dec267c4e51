//! The harness with the program, worlds, policies and configurations of these tests.
use crate::documents::read;
use root_model::collector::Collector;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    ops::Deref,
    path::Path,
    process::{Command, Output},
};

pub(crate) use ::harness::{
    ACCESS_KEY, Exporter, KEY, Process, Scrape, TIMEOUT, file, get, label, libfaketime, wait_until,
};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const WORLD: &str = include_str!("world.yaml");
const PROGRAM: &str = env!("CARGO_BIN_EXE_aws-root-exporter");

/// A command of the program.
pub(crate) fn command(arguments: &[&str]) -> Command {
    ::harness::command(Path::new(PROGRAM), arguments)
}

/// Runs a command of the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// HTTP with every status as an answer.
pub(crate) fn http() -> ureq::Agent {
    ::harness::agent()
}

/// The simulator with a world of these tests.
pub(crate) struct Simulator(::harness::Simulator);

impl Deref for Simulator {
    type Target = ::harness::Simulator;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Simulator {
    /// The world of `world.yaml`.
    pub(crate) fn start() -> Self {
        Self::with(WORLD)
    }

    /// One account, in which the exporter may do what its documentation asks for.
    pub(crate) fn with(world: &str) -> Self {
        let simulator = Self::as_is(world);
        simulator.allow(&documented_policy());
        simulator
    }

    /// A world that grants by itself what the exporter may do.
    pub(crate) fn as_is(world: &str) -> Self {
        Self(::harness::Simulator::start(PROGRAM, world))
    }

    /// Gives the exporter's principal and role this policy.
    pub(crate) fn allow(&self, policy: &Value) {
        self.patch_account(&json!({
            "principals": { ACCESS_KEY: { "policy": policy } },
            "roles": { "exporter": { "policy": policy } },
        }));
    }

    pub(crate) fn patch_account(&self, patch: &Value) {
        self.patch(&json!({ "accounts": { ACCOUNT: patch } }));
    }
}

pub(crate) fn documented_policy() -> Value {
    policy_for("account")
}

/// The policies for these scopes, such as `member+guardduty-administrator`, as one: that of a principal that has them all.
pub(crate) fn policy_for(scopes: &str) -> Value {
    let statements = scopes.split('+').flat_map(|scope| {
        let text = read(&format!("deploy/aws/policies/{scope}.json"));
        let policy: Value = serde_json::from_str(&text).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

/// Every collector every two seconds, except the one that is configured otherwise. Values stay valid for two minutes, so that
/// none ends because the machine is busy.
pub(crate) fn fast_config(except: &str, how: &str) -> String {
    config(60, |name| {
        if name == except {
            how
        } else {
            "interval: 2s, timeout: 30s"
        }
    })
}

/// These collectors every second, with this timeout; their values end five seconds after they were last seen. The others run seldom, and what
/// they saw stays valid for almost a minute, so that only what a test breaks can end.
pub(crate) fn short_validity_config(collectors: &BTreeSet<String>, timeout: &str) -> String {
    let known = |name: &str| Collector::configurable().any(|it| it.as_str() == name);
    assert_eq!(collectors.iter().find(|it| !known(it)), None);
    let short = format!("interval: 1s, timeout: {timeout}");
    config(5, |name| {
        if collectors.contains(name) {
            &short
        } else {
            "interval: 10s, timeout: 30s"
        }
    })
    .replace("refresh: 2s", "refresh: 10s")
}

fn config<'a>(stale_after: u32, how: impl Fn(&str) -> &'a str) -> String {
    let names = Collector::configurable().map(Collector::as_str);
    let lines = names.map(|name| {
        let mut how = how(name).to_owned();
        if name == "root_activity" {
            // As often in every region.
            let interval = how.split(", ").find(|key| key.starts_with("interval: "));
            how = format!("quiet_{}, {how}", interval.unwrap());
        }
        format!("  {name}: {{ {how} }}\n")
    });
    let lines = lines.collect::<Vec<_>>().concat();
    format!(
        "accounts: {{ refresh: 2s }}\nlimits: {{ stale_after: {stale_after} }}\ncollectors:\n{lines}"
    )
}
