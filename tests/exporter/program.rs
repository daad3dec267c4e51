//! The program as its operator meets it: commands, flags, HTTP, signals.
use crate::harness::{
    Exporter, KEY, Simulator, TIMEOUT, command, fast_config, file, http, run, wait_until,
};
use serde_json::Value;
use std::fs;

#[test]
fn usage_and_configuration_errors_end_with_2_and_say_where() {
    let bad = file("bad.yaml", "collectors:\n  iam: { intervall: 5m }\n");
    let taken = |path| ["serve", "--web.telemetry-path", path];
    let taken = ["/", "/-/ready", "/assets/page.css", "/api/v1/posture"].map(taken);
    for arguments in &taken {
        let output = run(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains("taken"), "{arguments:?}: {message}");
    }
    let cases: [(&[&str], &str); 6] = [
        (
            &["config", "check", "--config.file", bad.to_str().unwrap()],
            "line 2, column 10: unknown key 'intervall'; did you mean 'interval'?",
        ),
        (
            &["serve", "--config.file", "/nonexistent.yaml"],
            "/nonexistent.yaml",
        ),
        (
            &["serve", "--web.listen-address", "somewhere"],
            "an IP address and a port",
        ),
        (&["serve", "--shard", "3/3"], "i/n"),
        (
            &["--config.file", "/nonexistent.yaml", "config", "check"],
            "config",
        ),
        (&["serve", "--log.format", "xml"], "logfmt"),
    ];
    for (arguments, expected) in cases {
        let output = run(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

#[test]
fn an_address_that_is_taken_ends_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["serve", "--web.listen-address", &address]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains(&address) && message.contains("--web.listen-address"),
        "{message}"
    );
}

#[test]
fn the_example_says_what_is_in_force() {
    let example = String::from_utf8(run(&["config", "example"]).stdout).unwrap();
    let path = file("example.yaml", &example);
    let from_example = run(&["config", "check", "--config.file", path.to_str().unwrap()]);
    assert!(from_example.status.success());
    assert_eq!(from_example.stdout, run(&["config", "check"]).stdout);
    let by_environment = command(&["config", "check"])
        .env("AWS_ROOT_EXPORTER_CONFIG_FILE", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(by_environment.status.code(), Some(2));
}

#[test]
fn the_version_names_revision_and_compiler() {
    let output = run(&["--version"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let version = concat!("aws-root-exporter ", env!("CARGO_PKG_VERSION"));
    let rest = text.strip_prefix(version).expect(&text);
    let rest = rest.strip_prefix(" (revision ").expect(&text);
    let (revision, compiler) = rest.split_once(", rust ").expect(&text);
    assert!(!revision.is_empty() && !revision.contains(' '), "{text}");
    assert!(
        compiler.starts_with("1.") && compiler.ends_with(")\n"),
        "{text}"
    );
}

#[test]
fn the_log_begins_with_the_build_and_the_accounts() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    let log = exporter.log();
    let lines = |message: &str| {
        let lines = log.lines().filter(|line| line.contains(message));
        lines.collect::<Vec<_>>()
    };
    let start = lines("starting aws-root-exporter");
    assert_eq!(start.len(), 1, "{log}");
    assert_eq!(log.lines().next(), Some(start[0]), "{log}");
    let address = exporter.url.strip_prefix("http://").unwrap();
    for field in [
        concat!("version=", env!("CARGO_PKG_VERSION"), " ").to_owned(),
        "revision=".to_owned(),
        "mode=self".to_owned(),
        format!("config_file={}", exporter.config.display()),
        format!("addresses={address}"),
    ] {
        assert!(start[0].contains(&field), "{field}: {}", start[0]);
    }
    let accounts = lines("accounts discovered");
    assert_eq!(accounts.len(), 1, "{log}");
    for field in ["accounts=1", "unreachable=0"] {
        assert!(accounts[0].contains(field), "{}", accounts[0]);
    }
}

#[test]
fn metrics_plain_and_gzip() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    let metrics = format!("{}/metrics", exporter.url);
    let plain = http().get(&metrics).call().unwrap();
    assert_eq!(
        plain.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(!plain.headers().contains_key("content-encoding"));
    let mut packed = http()
        .get(&metrics)
        .header("accept-encoding", "gzip")
        .call()
        .unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(packed.body_mut().as_reader()),
        &mut text,
    )
    .unwrap();
    assert!(
        text.contains("aws_root_mfa_enabled{account_id=\"111122223333\"} 1\n"),
        "{text}"
    );
    let (status, page) = exporter.get("/");
    assert!(status == 200 && page.contains("/metrics"), "{page}");
    assert_eq!(exporter.get("/nothing").0, 404);
    assert_eq!(http().post(&metrics).send_empty().unwrap().status(), 405);
    assert_eq!(
        http()
            .post(format!("{}/-/reload", exporter.url))
            .send_empty()
            .unwrap()
            .status(),
        404,
        "off by default"
    );
}

#[test]
fn reload() {
    const OK: &str = "aws_root_exporter_config_last_reload_successful";
    let simulator = Simulator::start();
    let config = fast_config("", "");
    let exporter = Exporter::with(
        &simulator,
        &config,
        &KEY,
        &[
            "--web.enable-lifecycle",
            "--web.telemetry-path",
            "/root-metrics",
        ],
    );
    exporter_until(&exporter, "aws_root_guardduty_enabled");
    let ask = || {
        let mut answer = http()
            .post(format!("{}/-/reload", exporter.url))
            .send_empty()
            .unwrap();
        (
            answer.status().as_u16(),
            answer.body_mut().read_to_string().unwrap(),
        )
    };

    fs::write(&exporter.config, "colectors: {}\n").unwrap();
    let (status, message) = ask();
    assert!(
        status == 500 && message.contains("did you mean 'collectors'?"),
        "{status} {message}"
    );
    exporter_until(&exporter, &format!("{OK} 0"));
    exporter_until(&exporter, "aws_root_guardduty_enabled");

    fs::write(
        &exporter.config,
        config.replace("guardduty: {", "guardduty: { enabled: false,"),
    )
    .unwrap();
    assert_eq!(ask().0, 200);
    exporter_until(&exporter, &format!("{OK} 1"));
    let gone = |text: &str| {
        !text.contains("aws_root_guardduty_") && !text.contains("collector=\"guardduty\"")
    };
    wait_until("a collector that is off leaves no series", TIMEOUT, || {
        gone(&exporter.get("/root-metrics").1).then_some(())
    });

    fs::write(&exporter.config, &config).unwrap();
    exporter.signal("HUP");
    exporter_until(&exporter, "aws_root_guardduty_enabled");
}

/// What is configured as before goes on as before: nothing of it is asked for again.
#[test]
fn a_reload_leaves_alone_what_did_not_change() {
    let simulator = Simulator::start();
    let hourly = fast_config("", "").replace("interval: 2s", "interval: 1h");
    let hourly = hourly.replace("refresh: 2s", "refresh: 1h");
    let exporter = Exporter::start(&simulator, &hourly);
    exporter.wait_until_all_succeed();
    let agent = http();
    let scrape = || {
        let mut answer = agent
            .get(format!("{}/metrics", exporter.url))
            .call()
            .unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    scrape();
    simulator.take_calls();

    fs::write(
        &exporter.config,
        "collectors: { guardduty: { intervall: 2s } }\n",
    )
    .unwrap();
    exporter.signal("HUP");
    wait_until("it is refused", TIMEOUT, || {
        let said = exporter.log().contains("did you mean");
        (said && scrape().contains("aws_root_exporter_config_last_reload_successful 0\n"))
            .then_some(())
    });
    let calls = simulator.take_calls();
    assert!(calls.is_empty(), "{calls:?}");

    let often = hourly.replace("guardduty: { interval: 1h", "guardduty: { interval: 2s");
    assert_ne!(often, hourly);
    fs::write(&exporter.config, often).unwrap();
    exporter.signal("HUP");
    exporter.wait_for_successes(5.0);
    let calls = simulator.take_calls();
    // Which accounts there are is looked up at each reload.
    let expected = |call: &&Value| call["service"] == "guardduty" || call["service"] == "sts";
    let others: Vec<_> = calls.iter().filter(|call| !expected(call)).collect();
    assert!(!calls.is_empty() && others.is_empty(), "{others:?}");
    assert!(scrape().contains("aws_root_exporter_config_last_reload_successful 1\n"));
}

fn exporter_until(exporter: &Exporter, text: &str) {
    wait_until(text, TIMEOUT, || {
        exporter.get("/root-metrics").1.contains(text).then_some(())
    });
}

#[test]
fn stops_in_time_when_told_to() {
    let simulator = Simulator::start();
    // A call under way must not hold it up.
    simulator.inject_only(&serde_json::json!({ "kind": "hang", "operation": "GetAccountSummary" }));
    for signal in ["TERM", "INT"] {
        let mut exporter = Exporter::start(&simulator, &fast_config("", ""));
        exporter.wait_until("it works", |scrape| {
            scrape.has("aws_root_security_contact_configured")
        });
        exporter.signal(signal);
        assert_eq!(
            exporter.wait_for_exit(),
            Some(0),
            "SIG{signal}: {}",
            exporter.log()
        );
    }
}
