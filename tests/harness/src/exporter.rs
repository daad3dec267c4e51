//! The exporter: started against a simulator, scraped, and waited for.
use crate::{
    files::{file, log_tail},
    http::{get, try_get},
    process::{Process, command},
    scrape::Scrape,
    simulator::Simulator,
    wait::{Condition, TIMEOUT, wait, wait_until},
};
use serde_json::Value;
use std::{
    fs::{self, File},
    path::PathBuf,
};

const SUCCESS: &str = "aws_root_collector_success";
const LAST_SUCCESS: &str = "aws_root_collector_last_success_timestamp_seconds";

/// A key of the principal that the exporter is.
pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// The environment of an exporter that uses it.
pub const KEY: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
];

/// An exporter that runs.
pub struct Exporter {
    /// The process.
    pub process: Process,
    log: PathBuf,
    /// Its configuration file.
    pub config: PathBuf,
    /// Where it listens.
    pub url: String,
}

impl Exporter {
    /// Starts it with the key that the worlds of tests and benchmarks know.
    pub fn start(simulator: &Simulator, config: &str) -> Self {
        Self::with(simulator, config, &KEY, &[])
    }

    /// Starts the simulator's program as an exporter with this configuration, environment and flags, on a free port unless a
    /// flag names another. Returns when it listens.
    pub fn with(
        simulator: &Simulator,
        config: &str,
        environment: &[(&str, &str)],
        flags: &[&str],
    ) -> Self {
        let config = file("config.yaml", config);
        let log = config.with_file_name("log");
        let child = command(
            simulator.program(),
            &[
                "serve",
                "--web.listen-address",
                "127.0.0.1:0",
                "--config.file",
            ],
        )
        .arg(&config)
        .args(flags)
        .env("AWS_ENDPOINT_URL", &simulator.url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
        let process = Process(child);
        let address = wait_until("the exporter listens", TIMEOUT, || {
            let text = fs::read_to_string(&log).unwrap();
            assert!(!process.has_ended(), "the exporter ended:\n{text}");
            address(&text).ok_or(text)
        });
        Self {
            process,
            log,
            config,
            url: format!("http://{address}"),
        }
    }

    /// Status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(&format!("{}{path}", self.url))
    }

    /// What is served as JSON.
    pub fn posture(&self) -> Value {
        let (status, body) = self.get("/api/v1/posture");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// What it serves to Prometheus now.
    pub fn scrape(&self) -> Scrape {
        self.try_scrape()
            .unwrap_or_else(|seen| panic!("scrape of {}: {seen}", self.url))
    }

    fn try_scrape(&self) -> Result<Scrape, String> {
        let scrape = match try_get(&format!("{}/metrics", self.url))? {
            (200, text) => Scrape::parse(&text),
            (status, text) => return Err(format!("{status}: {text}")),
        };
        if scrape.count() == 0 {
            return Err("an empty scrape".to_owned());
        }
        Ok(scrape)
    }

    /// Waits for a scrape of which this is true. An empty one is none.
    pub fn wait_until<C: Condition>(&self, what: &str, is: impl Fn(&Scrape) -> C) -> Scrape {
        self.wait(what, || {
            let scrape = self.try_scrape()?;
            match is(&scrape).outcome() {
                Ok(()) => Ok(scrape),
                Err(seen) => Err(format!("{seen} {}", scrape.summary())),
            }
        })
    }

    /// Waits until every collector has run in every account.
    pub fn wait_until_ready(&self) -> Scrape {
        self.wait("every collector has run in every account", || {
            self.try_ready()?;
            self.try_scrape()
        })
    }

    fn try_ready(&self) -> Result<(), String> {
        match try_get(&format!("{}/-/ready", self.url))? {
            (200, _) => Ok(()),
            (status, body) => Err(format!("/-/ready: {status}: {body}")),
        }
    }

    /// Waits until every collector has run in every account and region, and the latest run of each succeeded.
    pub fn wait_until_all_succeed(&self) -> Scrape {
        self.wait("all collectors succeed in all accounts", || {
            self.try_ready()?;
            self.try_all_succeed()
        })
    }

    fn try_all_succeed(&self) -> Result<Scrape, String> {
        let scrape = self.try_scrape()?;
        if !scrape.unsuccessful().is_empty() {
            return Err(scrape.summary());
        }
        // The metrics are silent about what has not run yet; the JSON names it.
        let posture = self.posture();
        for account in posture["accounts"].as_array().unwrap() {
            for collector in account["collectors"].as_array().unwrap() {
                let id = account["id"].as_str().unwrap();
                let name = collector["name"].as_str().unwrap();
                let success = scrape.value(SUCCESS, &[("account_id", id), ("collector", name)]);
                if collector["state"] != "ok" || success != Some(1.0) {
                    let state = &collector["state"];
                    return Err(format!("{name} in {id}: {state}, {success:?}"));
                }
            }
        }
        if !scrape.has(SUCCESS) {
            return Err("no account is known".to_owned());
        }
        Ok(scrape)
    }

    /// Waits until the posture is the same as it was then, and all collectors succeed.
    pub fn wait_until_as_before(&self, then: &Scrape) {
        self.wait("the posture is as it was before", || {
            let now = self.try_all_succeed()?.posture();
            if now == *then {
                return Ok(());
            }
            let (missing, new) = (then.differing_from(&now), now.differing_from(then));
            Err(format!("missing {missing:?}, new {new:?}"))
        });
    }

    /// Waits until collectors have succeeded, and go on succeeding until this many seconds later.
    pub fn wait_for_successes(&self, seconds: f64) {
        let latest = |scrape: &Scrape| {
            let successes = scrape.family(LAST_SUCCESS);
            successes.map(|(_, at)| at).fold(0.0, f64::max)
        };
        let first = self.wait_until("a collector succeeds", |scrape| latest(scrape) > 0.0);
        let begun = latest(&first);
        let what = format!("a collector succeeds {seconds} s later");
        self.wait_until(&what, |scrape| latest(scrape) >= begun + seconds);
    }

    fn wait<T>(&self, what: &str, mut attempt: impl FnMut() -> Result<T, String>) -> T {
        let checked = || {
            assert!(!self.process.has_ended(), "it ended:\n{}", self.log());
            attempt()
        };
        wait(TIMEOUT, checked).unwrap_or_else(|seen| {
            let whole = file("metrics", &self.get("/metrics").1);
            panic!(
                "not within {TIMEOUT:?}: {what}\nlast seen: {seen}\nlast scrape: {}\nend of the log:\n{}",
                whole.display(),
                log_tail(&self.log)
            );
        })
    }

    /// Replaces the configuration and asks for it to be read again.
    pub fn reload(&self, config: &str) {
        fs::write(&self.config, config).unwrap();
        self.signal("HUP");
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until it ends: its exit code.
    pub fn wait_for_exit(&mut self) -> Option<i32> {
        self.process.wait_for_exit()
    }
}

/// The address that a log in either format says it listens at.
fn address(log: &str) -> Option<String> {
    let mut lines = log.split_inclusive('\n');
    let line = lines.find(|line| line.contains("listening") && line.ends_with('\n'))?;
    let rest = line.split("address").nth(1)?;
    let rest = rest.trim_start_matches(['=', '"', ':']);
    Some(rest.split([' ', '"', '\n']).next()?.to_owned())
}
