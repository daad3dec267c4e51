//! The simulator of AWS, and its control interface.
use crate::{
    files::file,
    http::{agent, get},
    process::{Process, command},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
};

/// A simulator that runs.
pub struct Simulator {
    /// The process.
    pub process: Process,
    program: PathBuf,
    /// Where it listens.
    pub url: String,
}

impl Simulator {
    /// Starts the program as a simulator of this world (YAML or JSON).
    pub fn start(program: impl Into<PathBuf>, world: &str) -> Self {
        Self::with(program, world, &[])
    }

    /// The same with this environment.
    pub fn with(program: impl Into<PathBuf>, world: &str, environment: &[(&str, &str)]) -> Self {
        let program = program.into();
        let path = file("world.yaml", world);
        let mut child = command(
            &program,
            &["simulate", "--listen", "127.0.0.1:0", "--scenario"],
        )
        .arg(path)
        .envs(environment.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .trim()
            .strip_prefix("simulator listening on ")
            .expect("the simulator's address")
            .to_owned();
        Self {
            process: Process(child),
            program,
            url,
        }
    }

    /// The program it was started from.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// Changes the world by a JSON merge patch.
    pub fn patch(&self, patch: &Value) {
        let url = format!("{}/_simulator/world", self.url);
        let mut answer = agent().patch(&url).send(patch.to_string()).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        assert_eq!(answer.status(), 200, "{patch}: {body}");
    }

    /// The world as it is now.
    pub fn world(&self) -> Value {
        serde_json::from_str(&get(&format!("{}/_simulator/world", self.url)).1).unwrap()
    }

    /// Makes these events happen in an account.
    pub fn add_events(&self, account: &str, events: &Value) {
        let url = format!("{}/_simulator/events/{account}", self.url);
        let mut answer = agent().post(&url).send(events.to_string()).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        assert_eq!(answer.status(), 200, "{events}: {body}");
    }

    /// Makes this fault the only one.
    pub fn inject_only(&self, fault: &Value) {
        self.clear_faults();
        self.patch(&json!({ "faults": { "only": fault } }));
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.patch(&json!({ "faults": null }));
    }

    /// The calls since the last time this was asked: service, operation, account, region, result and count.
    pub fn take_calls(&self) -> Vec<Value> {
        let url = format!("{}/_simulator/calls", self.url);
        let calls: Vec<Value> = serde_json::from_str(&get(&url).1).unwrap();
        agent().delete(&url).call().unwrap();
        calls
    }
}
