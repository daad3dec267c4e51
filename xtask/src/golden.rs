//! All of `/metrics`: a fixed world at a fixed time, without what differs from run to run.
use crate::{
    policies,
    tree::{File, Tree},
};
use aws_root_exporter::{
    aws::Origin,
    clock::Clock,
    config::Config,
    docs::Scope,
    program::{self, Options},
};
use aws_simulator::{Scenario, Simulator};
use exporter_web::WebConfigWatcher;
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    thread::sleep,
    time::{Duration, Instant, UNIX_EPOCH},
};
use tokio::{net::TcpListener, runtime::Runtime};

const PATH: &str = "tests/exporter/golden.prom";
const WORLD: &str = "tests/exporter/world.yaml";
const ACCOUNT: &str = "111122223333";
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// The time of the world, and of the exporter in seconds since 1970.
const CLOCK: (&str, u64) = ("2026-06-01T12:00:00Z", 1_780_315_200);
/// With intervals of minutes each collector runs once, however slow the machine is. The world's credential report is an
/// hour old, which is more than four of these intervals: the exporter requests a new one.
const CONFIG: &str =
    "{ accounts: { mode: self }, collectors: { credential_report: { interval: 10m } } }";
/// How long the exporter may take to run every collector once.
const READY_TIMEOUT: Duration = Duration::from_mins(1);
const FAILED: &str = "aws_root_collector_region_failed{";
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    let scenario = scenario(&tree.read(WORLD)?)?;
    let runtime = Runtime::new().map_err(|error| format!("cannot start a runtime: {error}"))?;
    let text = metrics(&runtime, scenario);
    runtime.shutdown_background();
    let lines = text?;
    let lines = lines.lines().filter_map(reproducible);
    let content: String = lines.map(|line| line + "\n").collect();
    Ok(vec![File::new(PATH, content)])
}

/// The tests' world, in which the exporter may do what its documentation asks for. One call is denied, to show failures.
fn scenario(world: &str) -> Result<Scenario, String> {
    let invalid = |error: &dyn ToString| format!("{WORLD}: {}", error.to_string());
    let mut world: Value = serde_saphyr::from_str(world).map_err(|error| invalid(&error))?;
    let policy: Value = serde_json::from_str(&policies::policy(Scope::Account))
        .map_err(|error| error.to_string())?;
    let account = &mut world["accounts"][ACCOUNT];
    account["principals"][ACCESS_KEY]["policy"] = policy.clone();
    account["roles"]["exporter"]["policy"] = policy;
    world["clock"] = json!(CLOCK.0);
    world["speed"] = json!(0);
    world["faults"]["one"] =
        json!({ "kind": "deny", "operation": "GetEventSelectors", "region": "eu-west-1" });
    Scenario::from_yaml(&world.to_string()).map_err(|error| invalid(&error))
}

/// What the exporter serves once every collector has run.
fn metrics(runtime: &Runtime, scenario: Scenario) -> Result<String, String> {
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let failed = |error| format!("cannot listen on loopback: {error}");
    let simulator = runtime.block_on(Simulator::start(any, scenario));
    let simulator = simulator.map_err(failed)?;
    let listener = runtime.block_on(TcpListener::bind(any)).map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let options = Options {
        listen: Vec::new(),
        telemetry_path: "/metrics".to_owned(),
        lifecycle: false,
        web_config: WebConfigWatcher::load(None).map_err(|error| error.to_string())?,
        config: Config::parse(CONFIG, "golden").map_err(|error| error.to_string())?,
        config_file: None,
        read: Box::new(|| Err("the golden configuration is not reloaded".to_owned())),
    };
    let origin = Origin::Simulator {
        url: format!("http://{}", simulator.address()),
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: "not-a-secret".to_owned(),
    };
    let clock = Clock::fixed(UNIX_EPOCH + Duration::from_secs(CLOCK.1));
    runtime.spawn(program::run(options, vec![listener], origin, clock));
    let start = Instant::now();
    while get(&format!("{url}/-/ready")).is_err() {
        if start.elapsed() > READY_TIMEOUT {
            return Err("the exporter is not ready after a minute".to_owned());
        }
        sleep(POLL_INTERVAL);
    }
    let text = get(&format!("{url}/metrics"))?;
    let failing = text.lines().filter(|line| line.starts_with(FAILED));
    match failing.collect::<Vec<_>>()[..] {
        [one] if one.contains("collector=\"cloudtrail\"") => Ok(text),
        ref others => Err(format!(
            "not just the call that is denied on purpose fails, but:\n{}",
            others.join("\n")
        )),
    }
}

/// The body of a response with status 200.
fn get(url: &str) -> Result<String, String> {
    let failed = |error: ureq::Error| format!("GET {url}: {error}");
    let mut response = ureq::get(url).call().map_err(failed)?;
    response.body_mut().read_to_string().map_err(failed)
}

/// The line without what differs from run to run: durations, numbers of calls, the process, the build. `None`: all of it does.
fn reproducible(line: &str) -> Option<String> {
    let series = line.split(' ').next()?;
    let name = series.split('{').next()?;
    if line.starts_with('#') {
        return (!line.contains(" process_")).then(|| line.to_owned());
    }
    match name {
        _ if name.starts_with("process_") => None,
        // Other codes depend on how often the exporter was not ready yet.
        "aws_root_exporter_http_requests_total" => {
            let mut usual = ["200", "401", "429"].iter();
            let shown = usual.any(|code| series.contains(code));
            shown.then(|| format!("{series} 0"))
        }
        "aws_root_collector_duration_seconds" | "aws_root_aws_requests_total" => {
            Some(format!("{series} 0"))
        }
        _ if name.starts_with("aws_root_aws_request_duration_seconds") => {
            (name.ends_with("_count")).then(|| format!("{series} 0"))
        }
        "aws_root_exporter_build_info" => Some(format!("{name} 1")),
        _ => Some(line.to_owned()),
    }
}
