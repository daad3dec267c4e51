//! What accounts cost: time to the first picture and to a refresh, memory, CPU time, calls to AWS, scrapes.
use super::{
    connection::Connection,
    front::Front,
    world::{self, megabytes},
};
use harness::{Exporter, KEY, Simulator};
use std::{
    path::Path,
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Between two looks at what is known.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A connection that stays open.
fn connect(exporter: &Exporter) -> Connection {
    Connection::open(exporter.url.trim_start_matches("http://"))
}

/// Waits until every collector's latest success is younger than `start`, and says how long scrapes took meanwhile.
fn wait_until_refreshed(exporter: &Exporter, start: SystemTime) {
    let start = start.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let mut connection = connect(exporter);
    let mut longest = [0.0_f64; 2];
    loop {
        let mut bodies = Vec::new();
        for (encoding, longest) in ["gzip", "identity"].iter().zip(&mut longest) {
            let began = Instant::now();
            let body = connection.scrape(encoding);
            *longest = longest.max(began.elapsed().as_secs_f64() * 1e3);
            bodies.push(body.to_vec());
        }
        let text = String::from_utf8(bodies.pop().unwrap()).unwrap();
        let successes = text
            .lines()
            .filter(|line| line.starts_with("aws_root_collector_last_success_timestamp_seconds{"));
        let times = successes.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap());
        let times: Vec<f64> = times.collect();
        if !times.is_empty() && times.iter().all(|at| *at >= start) {
            let last = times.into_iter().fold(start, f64::max);
            println!(
                "the last answer of it    after {:.1} s; the rest is until it was published",
                last - start
            );
            break;
        }
        sleep(Duration::from_secs(1));
    }
    let [gzip, plain] = longest;
    println!(
        "scrapes during it        at most {plain:.1} ms plain, {gzip:.1} ms gzip, seen from outside"
    );
}

/// Says how often AWS was called since the last time.
fn report_calls(simulator: &Simulator, front: &Front, accounts: usize, what: &str) {
    let by_operation = world::take_calls(simulator);
    let all: u64 = by_operation.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
    let each = all as f64 / accounts as f64;
    println!("calls for {what:<14} {all}: {each:.1} an account");
    println!(
        "  connections opened for them                {}",
        front.take_connections()
    );
    for (operation, count) in by_operation {
        println!("  {operation:<42} {count}");
    }
}

/// Waits until MFA, keys and trails of every account are known.
fn wait_until_credentials_are_known(exporter: &Exporter, accounts: usize, started: Instant) {
    let names = [
        "aws_root_mfa_enabled",
        "aws_root_credential_report_generated_timestamp_seconds",
        "aws_root_cloudtrail_enabled",
    ];
    let all = |text: &str, name: &str| {
        let is = |line: &&str| line.starts_with(name) && line[name.len()..].starts_with('{');
        text.lines().filter(is).count() >= accounts
    };
    loop {
        let (status, text) = exporter.get("/metrics");
        if status == 200 && names.iter().all(|name| all(&text, name)) {
            break;
        }
        sleep(POLL_INTERVAL);
    }
    println!(
        "MFA, keys, trails of all {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

/// Measures it for so many accounts with so many regions, and as many seconds of rest at the end.
pub(super) fn run(
    program: &Path,
    accounts: usize,
    regions: usize,
    rest: usize,
    weather: &world::Weather,
) {
    println!("{accounts} account(s), {regions} region(s) each");
    let regions = world::regions(regions);
    let simulator = world::simulator(program, accounts, &regions);
    weather.begin(&simulator);
    let front = Front::start(&simulator.url, weather.tls);
    let environment = [&KEY[..], &front.environment()].concat();
    let started = Instant::now();
    let exporter = Exporter::with(&simulator, &world::config(&regions), &environment, &[]);
    wait_until_credentials_are_known(&exporter, accounts, started);
    world::wait_until_ready(&exporter);
    println!(
        "first complete picture   {:.1} s, {:.2} CPU s (the simulator: {:.2})",
        started.elapsed().as_secs_f64(),
        exporter.process.cpu_seconds(),
        simulator.process.cpu_seconds()
    );
    println!(
        "resident until then      {:.1} MB at most",
        megabytes(&exporter, "VmHWM")
    );
    report_calls(&simulator, &front, accounts, "it");
    world::report_failures(&exporter);

    let (before, start) = (exporter.process.cpu_seconds(), SystemTime::now());
    world::refresh(&exporter, &regions);
    wait_until_refreshed(&exporter, start);
    println!(
        "a refresh of everything  {:.1} s, {:.2} CPU s (scrapes included)",
        start.elapsed().unwrap().as_secs_f64(),
        exporter.process.cpu_seconds() - before,
    );
    report_calls(&simulator, &front, accounts, "the refresh");
    world::report_failures(&exporter);

    sleep(Duration::from_secs(5));
    println!(
        "resident                 {:.1} MB, {:.1} MB at most",
        megabytes(&exporter, "VmRSS"),
        megabytes(&exporter, "VmHWM")
    );
    let scrapes = u32::try_from(5000 / accounts).unwrap().max(100);
    for encoding in ["identity", "gzip"] {
        let mut connection = connect(&exporter);
        let bytes = connection.scrape(encoding).len();
        sleep(Duration::from_secs(2));
        let (before, start) = (exporter.process.cpu_seconds(), Instant::now());
        for _ in 0..scrapes {
            connection.scrape(encoding);
        }
        let cpu = (exporter.process.cpu_seconds() - before) / f64::from(scrapes) * 1e3;
        let wall = start.elapsed().as_secs_f64() / f64::from(scrapes) * 1e3;
        println!(
            "scrape, {encoding:<8}         {bytes} bytes, {cpu:.3} ms of CPU, {wall:.3} ms (mean of {scrapes})"
        );
    }
    println!(
        "resident, after scrapes  {:.1} MB",
        megabytes(&exporter, "VmRSS")
    );
    let (before, start) = (exporter.process.cpu_seconds(), Instant::now());
    let (mut age, mut peak) = (0.0_f64, 0.0_f64);
    while start.elapsed() < Duration::from_secs(rest as u64) {
        sleep(Duration::from_secs(5));
        age = age.max(world::oldest_summary(&exporter.scrape(), |_| true));
        peak = peak.max(megabytes(&exporter, "VmRSS"));
    }
    println!(
        "CPU, {rest:>3} s of rest       {:.2} s (scrapes included)",
        exporter.process.cpu_seconds() - before
    );
    println!("oldest account summary   {age:.0} s");
    println!("resident, meanwhile      {peak:.1} MB at most");
    println!(
        "resident, ever           {:.1} MB at most",
        megabytes(&exporter, "VmHWM")
    );
    world::report_failures(&exporter);
}
