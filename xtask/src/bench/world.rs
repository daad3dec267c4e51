//! An organization in the simulator, each account as many are, and the exporter that watches it.
use aws_root_exporter::aws;
use harness::{ACCESS_KEY, Exporter, Scrape, Simulator, wait_until};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fmt::Write,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A thousand accounts on a busy machine take minutes.
pub(crate) const READY_TIMEOUT: Duration = Duration::from_mins(20);
const MANAGEMENT: &str = "100000000000";
/// Where there is more than one account, GuardDuty's delegated administrator.
const SECURITY: &str = "100000000001";

/// Every account has so many regions unless it was told otherwise.
pub(super) fn default_regions() -> usize {
    aws::default_regions(root_model::partition::Partition::Aws).len()
}

/// The first regions of those that every account has, the one where root signs in at their head.
pub(super) fn regions(count: usize) -> Vec<&'static str> {
    let mut regions = aws::default_regions(root_model::partition::Partition::Aws).to_vec();
    regions.sort_by_key(|region| *region != "us-east-1");
    regions.truncate(count);
    regions
}

/// The id of the account of that number.
pub(super) fn id(n: usize) -> String {
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

/// How AWS answers.
pub(super) struct Weather {
    /// Milliseconds of a call.
    pub(super) latency: u32,
    /// Of `LookupEvents`, if more.
    pub(super) lookup_latency: u32,
    /// Percent of the calls.
    pub(super) throttled: u32,
    pub(super) tls: bool,
}

impl Weather {
    /// Has the simulator answer so.
    pub(super) fn begin(&self, simulator: &Simulator) {
        let more = f64::from(self.lookup_latency.saturating_sub(self.latency)) / 1e3;
        let share = f64::from(self.throttled) / 100.0;
        simulator.patch(&json!({
            "latency": format!("{}ms", self.latency),
            "faults": {
                "lookups": { "kind": "delay", "seconds": more, "operation": "LookupEvents" },
                "throttled": { "kind": "throttle", "probability": share },
            },
        }));
    }
}

/// How old the oldest account summary is, in seconds, of those whose series are asked for.
pub(super) fn oldest_summary(scrape: &Scrape, asked: impl Fn(&str) -> bool) -> f64 {
    let family = "aws_root_collector_last_success_timestamp_seconds";
    let is_one = |series: &str| series.starts_with(family) && series.contains("account_summary");
    let successes = scrape
        .iter()
        .filter(|(series, _)| is_one(series) && asked(series));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let oldest = successes.map(|(_, at)| at).fold(f64::INFINITY, f64::min);
    now.as_secs_f64() - oldest
}

/// How often each operation was called since the last time.
pub(super) fn take_calls(simulator: &Simulator) -> BTreeMap<String, u64> {
    let mut by_operation = BTreeMap::new();
    for call in simulator.take_calls() {
        let text = |key: &str| call[key].as_str().unwrap();
        let operation = format!("{}:{}", text("service"), text("operation"));
        *by_operation.entry(operation).or_default() += call["count"].as_u64().unwrap();
    }
    by_operation
}

/// Says what the exporter calls failed.
pub(super) fn report_failures(exporter: &Exporter) {
    let scrape = exporter.scrape();
    for (labels, count) in scrape.family("aws_root_collector_errors_total") {
        if count > 0.0 {
            println!("failed runs: {count} {labels:?}");
        }
    }
}

/// Starts the simulator, 20 ms a call.
pub(super) fn simulator(program: &Path, accounts: usize, regions: &[&str]) -> Simulator {
    simulator_with(program, accounts, regions, &[])
}

/// The same with this environment.
pub(super) fn simulator_with(
    program: &Path,
    accounts: usize,
    regions: &[&str],
    environment: &[(&str, &str)],
) -> Simulator {
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
        ACCESS_KEY: { "secret": "not-a-secret", "name": "exporter", "policy": everything },
    });
    Simulator::with(program, &world.to_string(), environment)
}

/// The default configuration of an organization; where there are fewer regions than every account has, with these.
pub(super) fn config(regions: &[&str]) -> String {
    let mut text = "accounts: { mode: organization }\n".to_owned();
    if regions.len() < default_regions() {
        writeln!(text, "regions: [{}]", regions.join(", ")).unwrap();
    }
    text
}

/// Has everything looked at once more, by intervals that are a little longer.
pub(super) fn refresh(exporter: &Exporter, regions: &[&str]) {
    let mut text = config(regions).replace("organization }", "organization, refresh: 16m }");
    text += "collectors:\n";
    let collectors = aws_root_exporter::config::Config::default().collectors;
    for name in root_model::collector::Collector::configurable() {
        let settings = collectors.settings(name, 1);
        let Some(settings) = settings else { continue };
        let seconds = settings.interval.as_secs() + 1;
        writeln!(text, "  {name}: {{ interval: {seconds}s }}").unwrap();
    }
    exporter.reload(&text);
}

/// Waits until everything has been tried once.
pub(super) fn wait_until_ready(exporter: &Exporter) {
    wait_until(
        "everything has been tried",
        READY_TIMEOUT,
        || match exporter.get("/-/ready") {
            (200, _) => Ok(()),
            (_, text) => Err(text),
        },
    );
}

/// Resident memory in MB: `VmRSS` now, `VmHWM` at most.
#[expect(clippy::cast_precision_loss, reason = "it is not that much")]
pub(super) fn megabytes(exporter: &Exporter, name: &str) -> f64 {
    exporter.process.memory_kb(name) as f64 / 1024.0
}
