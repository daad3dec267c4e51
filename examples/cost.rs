//! What accounts cost: time to the first picture and to a refresh, memory, CPU time, calls to AWS, scrapes.
//!
//! Runs the program against the simulator, each a process of its own, 20 ms a call, with the default configuration and
//! AWS's 17 default regions in every account: `cargo build --release && cargo run --release --example cost -- 50`
//! (`-- 50 2`: with two regions; `-- 50 2 10`: and ten seconds of rest at the end instead of sixty).
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "it ends at the first thing that is not as expected"
)]
use aws_root_exporter::aws;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const ADDRESS: &str = "127.0.0.1:19816";

/// A process that ends with this one.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Megabytes resident.
    fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024.0
    }

    /// CPU time so far, user and system, of all its threads, in seconds.
    fn cpu(&self) -> f64 {
        // Linux counts it in hundredths of a second for all who ask.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }
}

fn program(arguments: &[&str]) -> Command {
    let examples = env::current_exe().unwrap();
    let path = examples
        .parent()
        .unwrap()
        .with_file_name("aws-root-exporter");
    assert!(
        path.exists(),
        "build the program first: cargo build --release"
    );
    let mut command = Command::new(path);
    command.env_clear().args(arguments);
    command
}

/// One request on a connection that stays open, as Prometheus does it: the size of the answer's body.
fn scrape(connection: &mut BufReader<TcpStream>, encoding: &str) -> usize {
    let request =
        format!("GET /metrics HTTP/1.1\r\nhost: x\r\naccept-encoding: {encoding}\r\n\r\n");
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    length
}

/// The regions that every account has, first the one where root signs in.
fn default_regions() -> Vec<&'static str> {
    let mut regions = aws::default_regions("aws").to_vec();
    regions.sort_by_key(|region| *region != "us-east-1");
    regions
}

const MANAGEMENT: &str = "100000000000";
/// Where there is more than one account, GuardDuty's delegated administrator.
const SECURITY: &str = "100000000001";

fn id(n: usize) -> String {
    format!("1{n:011}")
}

/// An account as many are: GuardDuty in all its regions, one trail, some root events.
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
        "regions": regions,
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
        "detectors": detectors.collect::<serde_json::Map<_, _>>(),
        "events": [
            { "name": "ConsoleLogin", "at": "-12d", "mfa": true, "region": "us-east-1" },
            { "name": "ListBuckets", "at": "-3d", "source": "s3.amazonaws.com", "region": regions[regions.len() - 1] },
        ],
    })
}

/// Starts the simulator: the process and its address.
fn simulator(accounts: usize, regions: usize) -> (Process, String) {
    let everything = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let regions = &default_regions()[..regions];
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
        "accounts": all.collect::<serde_json::Map<_, _>>(),
    });
    world["accounts"][MANAGEMENT]["principals"] = json!({
        "AKIAIOSFODNN7EXAMPLE": { "secret": "not-a-secret", "name": "exporter", "policy": everything },
    });
    let path = env::temp_dir().join(format!("cost-{}.json", std::process::id()));
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

/// Starts the exporter and waits until everything has been tried once.
fn exporter(simulator: &str) -> Process {
    let config = env::temp_dir().join(format!("cost-{}.yaml", std::process::id()));
    fs::write(&config, "accounts: { mode: organization }").unwrap();
    let exporter = program(&[
        "serve",
        "--web.listen-address",
        ADDRESS,
        "--log.level",
        "warn",
        "--config.file",
    ])
    .arg(config)
    .env("AWS_ENDPOINT_URL", simulator)
    .env("AWS_REGION", "us-east-1")
    .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    .spawn()
    .unwrap();
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
    Process(exporter)
}

/// Says how often AWS was called for the first picture.
fn report_calls(simulator: &str) {
    let mut answer = ureq::get(format!("{simulator}/_simulator/calls"))
        .call()
        .unwrap();
    let calls: Vec<Value> = serde_json::from_reader(answer.body_mut().as_reader()).unwrap();
    let mut by_operation: BTreeMap<String, u64> = BTreeMap::new();
    let (mut all, mut regional) = (0, 0);
    for call in &calls {
        let (service, operation) = (
            call["service"].as_str().unwrap(),
            call["operation"].as_str().unwrap(),
        );
        let count = call["count"].as_u64().unwrap();
        all += count;
        if service == "guardduty" || operation == "LookupEvents" {
            regional += count;
        }
        *by_operation
            .entry(format!("{service}:{operation}"))
            .or_default() += count;
    }
    println!(
        "calls for it             {all}: {} to global sources, {regional} to the regions",
        all - regional
    );
    for (operation, count) in by_operation {
        println!("  {operation:<38} {count}");
    }
}

fn main() {
    if cfg!(debug_assertions) {
        println!("A debug build: memory and CPU time are those of code that is not optimised.");
    }
    let mut arguments = env::args()
        .skip(1)
        .map(|argument| argument.parse().unwrap());
    let accounts: usize = arguments.next().unwrap_or(1);
    let regions: usize = arguments.next().unwrap_or(default_regions().len());
    let rest = arguments.next().unwrap_or(60);
    println!("{accounts} account(s), {regions} region(s) each");
    let (simulator, url) = simulator(accounts, regions);
    let started = Instant::now();
    let exporter = exporter(&url);
    println!(
        "first complete picture   {:.1} s, {:.2} CPU s (the simulator: {:.2})",
        started.elapsed().as_secs_f64(),
        exporter.cpu(),
        simulator.cpu()
    );
    report_calls(&url);

    sleep(Duration::from_secs(5));
    println!("resident                 {:.1} MB", exporter.resident());
    let scrapes = u32::try_from(5000 / accounts).unwrap().max(100);
    for encoding in ["identity", "gzip"] {
        let mut connection = BufReader::new(TcpStream::connect(ADDRESS).unwrap());
        let bytes = scrape(&mut connection, encoding);
        sleep(Duration::from_secs(2));
        let (before, start) = (exporter.cpu(), Instant::now());
        for _ in 0..scrapes {
            scrape(&mut connection, encoding);
        }
        let cpu = (exporter.cpu() - before) / f64::from(scrapes) * 1e3;
        let wall = start.elapsed().as_secs_f64() / f64::from(scrapes) * 1e3;
        println!(
            "scrape, {encoding:<8}         {bytes} bytes, {cpu:.3} ms of CPU, {wall:.3} ms (mean of {scrapes})"
        );
    }
    println!("resident, after scrapes  {:.1} MB", exporter.resident());
    let before = exporter.cpu();
    sleep(Duration::from_secs(rest as u64));
    println!(
        "CPU, {rest:>3} s of rest       {:.2} s",
        exporter.cpu() - before
    );
}
