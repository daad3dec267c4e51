//! All of `/metrics`, byte for byte: a fixed world at a fixed time.
//!
//! `UPDATE_GOLDEN=1` writes the file anew; look at the difference before it is committed.
use crate::harness::{ACCESS_KEY, Simulator, WORLD, get, wait_until};
use aws_root_exporter::{
    aws::Origin,
    clock::Clock,
    config::Config,
    program::{self, DEMO_CONFIG, Options},
};
use exporter_web::WebConfigWatcher;
use std::{
    env, fs,
    time::{Duration, UNIX_EPOCH},
};

pub(crate) const GOLDEN: &str = include_str!("golden.prom");
const REFUSAL: &str =
    "faults: { one: { kind: deny, operation: GetEventSelectors, region: eu-west-1 } }";
/// 2026-06-01T12:00:00Z
const NOW: u64 = 1_780_315_200;

#[test]
fn a_fixed_world_at_a_fixed_time() {
    // One call is refused, so that it shows what is said of failures.
    let simulator = Simulator::with(&format!(
        "clock: 2026-06-01T12:00:00Z\nspeed: 0\n{REFUSAL}\n{WORLD}"
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // One account, whatever the demo has.
    let config = DEMO_CONFIG.replace("mode: organization, ", "");
    let options = Options {
        listen: Vec::new(),
        telemetry_path: "/metrics".to_owned(),
        lifecycle: false,
        web_config: WebConfigWatcher::load(None).unwrap(),
        config: Config::parse(&config, "golden").unwrap(),
        config_file: None,
        read: Box::new(|| Err("not read again".to_owned())),
    };
    let origin = Origin::Simulator {
        url: simulator.url.clone(),
        access_key_id: ACCESS_KEY.to_owned(),
        secret_access_key: "not-a-secret".to_owned(),
    };
    let clock = Clock::fixed(UNIX_EPOCH + Duration::from_secs(NOW));
    runtime.spawn(program::run(options, vec![listener], origin, clock));

    wait_until("ready", Duration::from_mins(1), || {
        (get(&format!("{url}/-/ready")).0 == 200).then_some(())
    });
    let text = get(&format!("{url}/metrics")).1;
    runtime.shutdown_background();
    let lasting: String = text
        .lines()
        .filter_map(lasting)
        .map(|line| line + "\n")
        .collect();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exporter/golden.prom"),
            &lasting,
        )
        .unwrap();
        return;
    }
    assert_eq!(lasting, GOLDEN, "see the head of this file");
}

/// The line without what differs from run to run: durations, how often AWS was called, the process itself, the build.
fn lasting(line: &str) -> Option<String> {
    let series = line.split(' ').next()?;
    let name = series.split('{').next()?;
    if line.starts_with('#') {
        return (!line.contains(" process_")).then(|| line.to_owned());
    }
    match name {
        _ if name.starts_with("process_") => None,
        // Whether there were others depends on when the test asked.
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
