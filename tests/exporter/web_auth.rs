//! Passwords, by curl and by a real Prometheus.
use crate::{
    certificates::Authority,
    harness::{ACCOUNT, Simulator, TIMEOUT, get, wait_until},
    monitoring::{free_address, start},
    web_limits::{IN_TIME, connect, rest},
    web_tls::Protected,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::TcpStream,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

/// Of `right horse`, at the usual cost; made by another program, libxcrypt.
const HASH: &str = "$2y$10$abcdefghijklmnopqrstuuD7glF7JkEDexTpZG9m5tiAZ7VOyjUiO";
const RIGHT: &[&str] = &["-u", "alice:right horse"];

fn web() -> String {
    format!(
        "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n\
         basic_auth_users:\n  alice: {HASH}\n"
    )
}

fn protected(simulator: &Simulator) -> Protected {
    let it = Protected::start(simulator, &Authority::new("good"), &web());
    wait_until("there are metrics", TIMEOUT, || {
        (it.get("/metrics", RIGHT).status == 200).then_some(())
    });
    it
}

#[test]
fn who_may_read_what() {
    let simulator = Simulator::start();
    // So that it is not ready, and would say where.
    simulator.inject_only(&json!({ "kind": "hang", "operation": "GetAccountSummary" }));
    let it = protected(&simulator);
    let status = |path: &str, arguments: &[&str]| it.get(path, arguments).status;
    let wrongs: [&[&str]; 6] = [
        &[],
        &["-u", "alice:wrong horse"],
        &["-u", "alice:"],
        &["-u", "mallory:right horse"],
        &["-H", "Authorization: Bearer right"],
        &["-H", "Authorization: Basic !!!"],
    ];
    for path in ["/metrics", "/", "/api/v1/posture", "/assets/page.css"] {
        assert_eq!(status(path, RIGHT), 200, "{path}");
        for wrong in wrongs {
            let got = it.get(path, wrong);
            assert_eq!(got.status, 401, "{path} {wrong:?}");
            assert!(
                got.text.contains("www-authenticate: Basic realm="),
                "{}",
                got.text
            );
            assert!(!got.text.contains(ACCOUNT), "{}", got.text);
        }
    }
    assert_eq!(
        (status("/nothing", &[]), status("/nothing", RIGHT)),
        (401, 404)
    );

    assert_eq!(status("/-/healthy", &[]), 200);
    let told = it.get("/-/ready", RIGHT);
    assert!(
        told.status == 503 && told.text.contains(ACCOUNT),
        "{}",
        told.text
    );
    let probe = it.get("/-/ready", &[]);
    assert!(
        probe.status == 503 && probe.text.ends_with("\nnot ready\n"),
        "{}",
        probe.text
    );
    simulator.clear_faults();
    wait_until("ready", Duration::from_mins(1), || {
        (it.get("/-/ready", &[]).text.ends_with("\nready\n")).then_some(())
    });

    wait_until("refusals are counted", TIMEOUT, || {
        let refused = "aws_root_exporter_http_requests_total{code=\"401\"} ";
        let text = it.get("/metrics", RIGHT).text;
        let count = text.lines().find_map(|line| line.strip_prefix(refused))?;
        (count == "25").then_some(())
    });

    let log = it.exporter.log();
    for secret in ["right", "horse", "alice", "mallory", "$2y$", "YWxpY2U6"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn users_come_and_go() {
    let simulator = Simulator::start();
    let it = protected(&simulator);
    let bob = "$2b$04$zbcdefghijklmnopqrstuugv8XfTlcvl6foBpzjH/4zAEWYZRCjhK";
    it.now(&web().replace("alice", "bob").replace(HASH, bob));
    assert_eq!(it.get("/metrics", RIGHT).status, 401);
    assert_eq!(it.get("/metrics", &["-u", "bob:b"]).status, 200);
    // Passwords that nobody has yet, and no passwords at all.
    std::fs::write(&it.web, web().replace(HASH, "hunter2")).unwrap();
    it.refused(1);
    std::fs::write(&it.web, web().split("basic_auth_users").next().unwrap()).unwrap();
    it.refused(2);
    assert!(
        it.exporter
            .log()
            .contains("disabling authentication requires a restart")
    );
    assert!(!it.exporter.log().contains("hunter2"));
    assert_eq!(it.get("/metrics", &[]).status, 401);
    assert_eq!(it.get("/metrics", &["-u", "bob:b"]).status, 200);
}

#[test]
fn a_hundred_scrapes_at_once() {
    let simulator = Simulator::start();
    let it = protected(&simulator);
    // None is known any more.
    it.now(&format!("{}# changed\n", web()));
    let times = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let start = Instant::now();
                let got = it.get("/metrics", RIGHT);
                assert_eq!(got.status, 200, "{got:?}");
                times.lock().unwrap().push(start.elapsed());
            });
        }
    });
    let mut times = times.into_inner().unwrap();
    times.sort();
    println!(
        "100 scrapes at once, TLS and password: median {:?}, slowest {:?}",
        times[50], times[99]
    );
}

#[test]
fn guesses_do_not_keep_others_from_reading() {
    let simulator = Simulator::start();
    let users = format!("basic_auth_users:\n  alice: {HASH}\n");
    let it = Protected::start(&simulator, &Authority::new("good"), &users);
    let ask = |credentials: &str| {
        let encoded = STANDARD.encode(credentials);
        let mut stream = connect(&it.exporter.url);
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {encoded}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let answer = String::from_utf8(rest(&mut stream).unwrap()).unwrap();
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    wait_until("there are metrics", TIMEOUT, || {
        (ask("alice:right horse") == 200).then_some(())
    });
    let statuses = Mutex::new(Vec::new());
    let mut slowest = Duration::ZERO;
    let start = Instant::now();
    thread::scope(|scope| {
        for n in 0..400 {
            let (ask, statuses) = (&ask, &statuses);
            scope.spawn(move || {
                let user = if n % 2 == 0 { "alice" } else { "mallory" };
                let status = ask(&format!("{user}:{n}"));
                statuses.lock().unwrap().push(status);
            });
        }
        for _ in 0..50 {
            let start = Instant::now();
            assert_eq!(ask("alice:right horse"), 200);
            slowest = slowest.max(start.elapsed());
            thread::sleep(Duration::from_millis(20));
        }
    });
    let statuses = statuses.into_inner().unwrap();
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    let (wrong, busy) = (count(401), count(429));
    println!(
        "400 guesses at once: {wrong} wrong, {busy} turned away, in {:?}; who is known waits {slowest:?} at most",
        start.elapsed()
    );
    assert_eq!(wrong + busy, 400, "{statuses:?}");
    assert!(busy > 0 && slowest < IN_TIME, "{busy} {slowest:?}");
}

#[test]
fn prometheus_scrapes_with_tls_and_a_password() {
    let simulator = Simulator::start();
    let it = protected(&simulator);
    let prometheus = free_address();
    let target = it.exporter.url.strip_prefix("http://").unwrap();
    let job = |name: &str, ca: &str, password: &str| {
        format!(
            "- job_name: {name}\n  scheme: https\n  tls_config: {{ ca_file: {ca} }}\n  \
             basic_auth: {{ username: alice, password: {password} }}\n  static_configs: [{{ targets: ['{target}'] }}]\n"
        )
    };
    let ca = it.folder().join("ca.crt").display().to_string();
    let config = format!(
        "global: {{ scrape_interval: 5s }}\nscrape_configs:\n{}{}{}",
        job("right", &ca, "right horse"),
        job("wrong", &ca, "wrong horse"),
        job("distrusted", "/etc/hostname", "right horse")
            .replace("ca_file: /etc/hostname", "insecure_skip_verify: false"),
    );
    let (_prometheus, _) = start(
        "PROMETHEUS",
        "prometheus",
        &config,
        &[&format!("--web.listen-address={prometheus}")],
        "--storage.tsdb.path",
    );
    wait_until("Prometheus listens", Duration::from_mins(1), || {
        TcpStream::connect(&prometheus).ok()
    });
    let errors = wait_until("Prometheus has scraped all", Duration::from_mins(1), || {
        let answer = get(&format!("http://{prometheus}/api/v1/targets"));
        let answer: Value = serde_json::from_str(&answer.1).ok()?;
        let targets = answer["data"]["activeTargets"].as_array()?.clone();
        let of = |job: &str| {
            let target = targets
                .iter()
                .find(|target| target["labels"]["job"] == job)?;
            let error = target["lastError"].as_str()?.to_owned();
            (target["health"] != "unknown" && !error.contains("deadline")).then_some(error)
        };
        Some([of("right")?, of("wrong")?, of("distrusted")?])
    });
    assert_eq!(errors[0], "");
    assert!(errors[1].contains("401"), "{}", errors[1]);
    assert!(errors[2].contains("certificate"), "{}", errors[2]);
}
