//! An organization in the simulator, each account as many are, and the exporter that watches it.
use crate::process::{Process, program};
use aws_root_exporter::aws;
use serde_json::{Map, Value, json};
use std::{
    env,
    fmt::Write,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

pub(crate) const ADDRESS: &str = "127.0.0.1:19816";
const MANAGEMENT: &str = "100000000000";
/// Where there is more than one account, GuardDuty's delegated administrator.
const SECURITY: &str = "100000000001";

/// Every account has so many regions unless it was told otherwise.
pub(crate) fn default_regions() -> usize {
    aws::default_regions(root_model::partition::Partition::Aws).len()
}

/// The first regions of those that every account has, the one where root signs in at their head.
pub(crate) fn regions(count: usize) -> Vec<&'static str> {
    let mut regions = aws::default_regions(root_model::partition::Partition::Aws).to_vec();
    regions.sort_by_key(|region| *region != "us-east-1");
    regions.truncate(count);
    regions
}

/// The id of the account of that number.
pub(crate) fn id(n: usize) -> String {
    format!("1{n:011}")
}

/// GuardDuty in all regions, one trail, some root events.
fn account(n: usize, regions: &[&str]) -> Value {
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let findings = json!({
        format!("root-{n}"): { "type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "user_type": "Root", "api": "ListBuckets", "created": "-3d" },
        format!("mined-{n}"): { "type": "CryptoCurrency:EC2/BitcoinTool.B!DNS", "severity": 8, "resource_type": "Instance", "created": "-9d" },
    });
    let detectors = regions
        .iter()
        .map(|region| ((*region).to_owned(), json!({ "findings": findings })));
    json!({
        "created": "-2000d",
        "principals": {},
        "roles": { "root-exporter": { "trusted": [MANAGEMENT], "policy": everything } },
        "root": {
            "password": { "changed": "-500d", "last_used": "-45d" },
            "mfa": [{ "kind": "virtual" }],
            "keys": [{ "id": "AKIAROOTKEY1EXAMPLE", "created": "-400d", "last_used": "-3d" }],
        },
        "users": { "alice": { "password": true, "mfa": "virtual" } },
        "administrators": { "roles": ["deploy"] },
        "report_generated": "-1h",
        "trails": { "main": { "home_region": "us-east-1", "multi_region": true, "latest_delivery": "-4m" } },
        "detectors": detectors.collect::<Map<_, _>>(),
        "events": [
            { "name": "ConsoleLogin", "at": "-12d", "mfa": true, "region": "us-east-1" },
            { "name": "ListBuckets", "at": "-3d", "source": "s3.amazonaws.com", "region": regions[regions.len() - 1] },
        ],
    })
}

/// Starts the simulator, 20 ms a call: the process and its address.
pub(crate) fn simulator(accounts: usize, regions: &[&str]) -> (Process, String) {
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let all = (0..accounts).map(|n| (id(n), account(n, regions)));
    let administrators = match accounts {
        1 => json!({}),
        _ => json!({ SECURITY: ["guardduty.amazonaws.com"] }),
    };
    let deny_root = json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:root" } } } });
    let mut world = json!({
        "latency": "20ms",
        "organization": {
            "management": MANAGEMENT,
            "trusted_access": true,
            "delegated_administrators": administrators,
            "policies": { "p-denyroot": { "name": "DenyRoot", "content": deny_root, "targets": ["r-exam"] } },
        },
        "accounts": all.collect::<Map<_, _>>(),
    });
    world["accounts"][MANAGEMENT]["principals"] = json!({
        "AKIAIOSFODNN7EXAMPLE": { "secret": "not-a-secret", "name": "exporter", "policy": everything },
    });
    let path = scratch("json");
    fs::write(&path, world.to_string()).unwrap();
    let mut simulator = program(&["simulate", "--listen", "127.0.0.1:0", "--scenario"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = simulator.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    fs::remove_file(path).unwrap();
    let url = line.trim().strip_prefix("simulator listening on ");
    (Process(simulator), url.expect("its address").to_owned())
}

/// The exporter and its configuration.
pub(crate) struct Exporter {
    pub(crate) process: Process,
    config: PathBuf,
    text: String,
}

impl Exporter {
    /// Starts it with the default configuration; where there are fewer regions than every account has, with these.
    pub(crate) fn start(simulator: &str, regions: &[&str]) -> Self {
        Self::with(simulator, regions, &[])
    }

    /// The same with more flags.
    pub(crate) fn with(simulator: &str, regions: &[&str], flags: &[&str]) -> Self {
        let mut text = "accounts: { mode: organization }\n".to_owned();
        if regions.len() < default_regions() {
            writeln!(text, "regions: [{}]", regions.join(", ")).unwrap();
        }
        let config = scratch("yaml");
        fs::write(&config, &text).unwrap();
        let process = program(&[
            "serve",
            "--web.listen-address",
            ADDRESS,
            "--log.level",
            "error",
            "--config.file",
        ])
        .arg(&config)
        .args(flags)
        .env("AWS_ENDPOINT_URL", simulator)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        .spawn()
        .unwrap();
        Self {
            process: Process(process),
            config,
            text,
        }
    }

    /// Has everything looked at once more, by intervals that are a little longer.
    pub(crate) fn refresh(&self) {
        let mut text = self
            .text
            .replace("organization }", "organization, refresh: 16m }");
        text += "collectors:\n";
        let collectors = aws_root_exporter::config::Config::default().collectors;
        for name in root_model::collector::Collector::configurable() {
            let settings = collectors.settings(name, 1);
            let Some(settings) = settings else { continue };
            let seconds = settings.interval.as_secs() + 1;
            writeln!(text, "  {name}: {{ interval: {seconds}s }}").unwrap();
        }
        fs::write(&self.config, text).unwrap();
        self.process.reload();
    }
}

/// Waits until everything has been tried once.
pub(crate) fn until_ready() {
    let started = Instant::now();
    while ureq::get(format!("http://{ADDRESS}/-/ready"))
        .call()
        .is_err()
    {
        assert!(
            started.elapsed() < Duration::from_mins(20),
            "it does not become ready"
        );
        sleep(Duration::from_millis(100));
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.config);
    }
}

/// A file for this run alone.
fn scratch(extension: &str) -> PathBuf {
    env::temp_dir().join(format!("bench-{}.{extension}", std::process::id()))
}
