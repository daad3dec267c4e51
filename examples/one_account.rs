//! What one account costs: memory, the CPU time of a scrape, and calls to AWS.
//!
//! Runs the program against the simulator, each a process of its own, with the default configuration and AWS's 17 default
//! regions: `cargo build --release && cargo run --release --example one_account`
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "it ends at the first thing that is not as expected"
)]
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const SCRAPES: u32 = 5000;
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

/// Starts the simulator: the process and its address.
fn simulator() -> (Process, String) {
    let mut simulator = program(&["simulate", "--listen", "127.0.0.1:0", "--scenario"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/examples/one_account.yaml"
        ))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stdout = simulator.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("simulator listening on ");
    (Process(simulator), url.expect("its address").to_owned())
}

/// Starts the exporter and waits until everything has been tried once.
fn exporter(simulator: &str) -> Process {
    let exporter = program(&[
        "serve",
        "--web.listen-address",
        ADDRESS,
        "--log.level",
        "warn",
    ])
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
            started.elapsed() < Duration::from_mins(1),
            "it does not become ready"
        );
        sleep(Duration::from_millis(20));
    }
    Process(exporter)
}

/// Says how often AWS was called for the first picture.
fn report_calls(simulator: &str) {
    let mut answer = ureq::get(format!("{simulator}/_simulator/calls"))
        .call()
        .unwrap();
    let calls: Vec<Value> =
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
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
        "calls for it             {all}: {} to global sources, {regional} to 17 regions",
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
    let (_simulator, url) = simulator();
    let started = Instant::now();
    let exporter = exporter(&url);
    println!(
        "first complete picture   {:.1} s, {:.2} CPU s",
        started.elapsed().as_secs_f64(),
        exporter.cpu()
    );
    report_calls(&url);

    sleep(Duration::from_secs(5));
    println!("resident, idle           {:.1} MB", exporter.resident());
    for encoding in ["identity", "gzip"] {
        let mut connection = BufReader::new(TcpStream::connect(ADDRESS).unwrap());
        let bytes = scrape(&mut connection, encoding);
        sleep(Duration::from_secs(2));
        let (before, start) = (exporter.cpu(), Instant::now());
        for _ in 0..SCRAPES {
            scrape(&mut connection, encoding);
        }
        let cpu = (exporter.cpu() - before) / f64::from(SCRAPES) * 1e3;
        let wall = start.elapsed().as_secs_f64() / f64::from(SCRAPES) * 1e3;
        println!(
            "scrape, {encoding:<8}         {bytes} bytes, {cpu:.3} ms of CPU, {wall:.3} ms (mean of {SCRAPES})"
        );
    }
    println!("resident, after scrapes  {:.1} MB", exporter.resident());
    let before = exporter.cpu();
    sleep(Duration::from_mins(1));
    println!("CPU, a quiet minute      {:.2} s", exporter.cpu() - before);
}
