//! Real processes: the simulator and the exporter, and a way to talk to them.
use crate::{documents::read, scrape::Scrape};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const WORLD: &str = include_str!("world.yaml");
const PATIENCE: Duration = Duration::from_mins(1);

/// A command of the program.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aws-root-exporter"));
    command.env_clear().args(arguments);
    command
}

/// Runs a command of the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// A new file with this content.
pub(crate) fn file(name: &str, content: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    path
}

/// Asks again until there is an answer.
pub(crate) fn until<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < patience, "not in time: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// HTTP with every status as an answer.
pub(crate) fn http() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// Status and body.
pub(crate) fn get(url: &str) -> (u16, String) {
    let mut answer = http().get(url).call().unwrap();
    (
        answer.status().as_u16(),
        answer.body_mut().read_to_string().unwrap(),
    )
}

/// A process that ends with the test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The simulator.
pub(crate) struct Simulator {
    _process: Process,
    pub(crate) url: String,
}

impl Simulator {
    pub(crate) fn start() -> Self {
        Self::with(WORLD)
    }

    /// One account, in which the exporter may do what its documentation asks for.
    pub(crate) fn with(world: &str) -> Self {
        let simulator = Self::as_is(world);
        simulator.allow(&documented_policy());
        simulator
    }

    pub(crate) fn as_is(world: &str) -> Self {
        let path = file("world.yaml", world);
        let mut child = command(&["simulate", "--listen", "127.0.0.1:0", "--scenario"])
            .arg(path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
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
            _process: Process(child),
            url,
        }
    }

    /// Gives the exporter's principal and role this policy.
    pub(crate) fn allow(&self, policy: &Value) {
        self.patch_account(&json!({
            "principals": { ACCESS_KEY: { "policy": policy } },
            "roles": { "exporter": { "policy": policy } },
        }));
    }

    pub(crate) fn patch(&self, patch: &Value) {
        let url = format!("{}/_simulator/world", self.url);
        let mut answer = http().patch(&url).send(patch.to_string()).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        assert_eq!(answer.status(), 200, "{patch}: {body}");
    }

    pub(crate) fn patch_account(&self, patch: &Value) {
        self.patch(&json!({ "accounts": { ACCOUNT: patch } }));
    }

    /// Makes this fault the only one.
    pub(crate) fn break_with(&self, fault: &Value) {
        self.mend();
        self.patch(&json!({ "faults": { "only": fault } }));
    }

    pub(crate) fn mend(&self) {
        self.patch(&json!({ "faults": null }));
    }

    /// Calls since the last time, and whether each was answered well.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let url = format!("{}/_simulator/calls", self.url);
        let calls: Vec<Value> = serde_json::from_str(&get(&url).1).unwrap();
        http().delete(&url).call().unwrap();
        calls
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

/// A configuration in which everything happens fast, except what is configured otherwise.
pub(crate) fn fast(except: &str, how: &str) -> String {
    let names = [
        "account_summary",
        "credential_report",
        "mfa_devices",
        "root_activity",
        "cloudtrail",
        "guardduty",
        "organization",
        "security_contact",
        "iam",
        "root_credentials",
    ];
    let lines = names.map(|name| {
        let how = if name == except {
            how
        } else {
            "interval: 2s, timeout: 15s"
        };
        format!("  {name}: {{ {how} }}\n")
    });
    format!(
        "accounts: {{ refresh: 2s }}\nlimits: {{ stale_after: 3 }}\ncollectors:\n{}",
        lines.concat()
    )
}

/// The same with these collectors faster still.
pub(crate) fn faster(collectors: &BTreeSet<String>) -> String {
    collectors.iter().fold(fast("", ""), |config, name| {
        let usual = format!("  {name}: {{ interval: 2s, timeout: 15s }}");
        assert!(config.contains(&usual), "{name}");
        let faster = format!("  {name}: {{ interval: 1s, timeout: 12s }}");
        config.replace(&usual, &faster)
    })
}

/// The exporter.
pub(crate) struct Exporter {
    process: Process,
    log: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) url: String,
}

impl Exporter {
    /// Starts it with the key that the world knows.
    pub(crate) fn start(simulator: &Simulator, config: &str) -> Self {
        let key = [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ];
        Self::with(simulator, config, &key, &[])
    }

    pub(crate) fn with(
        simulator: &Simulator,
        config: &str,
        environment: &[(&str, &str)],
        flags: &[&str],
    ) -> Self {
        let config = file("config.yaml", config);
        let log = config.with_file_name("log");
        let child = command(&[
            "serve",
            "--web.listen-address",
            "127.0.0.1:0",
            "--config.file",
        ])
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
        let address = until("the exporter listens", PATIENCE, || {
            let text = fs::read_to_string(&log).unwrap();
            let line = text
                .split_inclusive('\n')
                .find(|line| line.contains("listening") && line.ends_with('\n'))?;
            // In either form of the log.
            let rest = line.split("address").nth(1)?;
            let rest = rest.trim_start_matches(['=', '"', ':']);
            Some(rest.split([' ', '"', '\n']).next()?.to_owned())
        });
        Self {
            process,
            log,
            config,
            url: format!("http://{address}"),
        }
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        get(&format!("{}{path}", self.url))
    }

    /// What is served as JSON.
    pub(crate) fn posture(&self) -> Value {
        let (status, body) = self.get("/api/v1/posture");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn scrape(&self) -> Scrape {
        match self.get("/metrics") {
            (200, text) => Scrape::parse(&text),
            _ => Scrape::default(),
        }
    }

    /// Waits for a scrape of which this is true.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&Scrape) -> bool) -> Scrape {
        let start = Instant::now();
        loop {
            let scrape = self.scrape();
            if is(&scrape) {
                return scrape;
            }
            if start.elapsed() > PATIENCE {
                let (_, text) = self.get("/metrics");
                panic!("not in time: {what}\n{text}\n{}", self.log());
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until everything was tried once.
    pub(crate) fn until_ready(&self) -> Scrape {
        until("ready", PATIENCE, || {
            (self.get("/-/ready").0 == 200).then(|| self.scrape())
        })
    }

    /// Waits until everything was tried, and all of it succeeded.
    pub(crate) fn until_well(&self) -> Scrape {
        self.until_ready();
        self.until("all is well", |scrape| scrape.unsuccessful().is_empty())
    }

    /// Waits until collectors have succeeded and gone on succeeding for so many seconds more.
    pub(crate) fn until_later(&self, seconds: f64) {
        let latest = |scrape: &Scrape| {
            let successes = scrape.family("aws_root_collector_last_success_timestamp_seconds");
            successes.map(|(_, at)| at).fold(0.0, f64::max)
        };
        let now = latest(&self.until("a success", |scrape| latest(scrape) > 0.0));
        self.until("collectors go on", |scrape| latest(scrape) >= now + seconds);
    }

    /// Waits until the account is described as it was then, and all is well.
    pub(crate) fn until_as(&self, then: &Scrape) {
        let mut now = Scrape::default();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            now = self.until_well().posture();
            if now == *then {
                return;
            }
        }
        panic!(
            "before: {:?}\nafter: {:?}",
            then.differing_from(&now),
            now.differing_from(then)
        );
    }

    /// What the system says of the process in this file of `/proc`.
    pub(crate) fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.0.id())).unwrap()
    }

    /// In kB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.0.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end: the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let process = &mut self.process.0;
        until("the exporter ends", Duration::from_secs(10), || {
            process.try_wait().unwrap()
        })
        .code()
    }
}
