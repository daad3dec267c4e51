//! Variables of the environment that others have set: empty ones, ones that cannot be used, and the demo among all of them.
use crate::harness::{
    Exporter, KEY, Process, Simulator, TIMEOUT, command, fast_config, file, http, run, wait_until,
};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

const LISTEN: [&str; 3] = ["serve", "--web.listen-address", "127.0.0.1:0"];

/// An error at start, with exit code 2, that names the variable and does not repeat its value.
#[test]
fn a_variable_that_cannot_be_used_is_named() {
    let bundle = file("bundle.pem", "no certificate");
    for (name, value, expected) in [
        (
            "AWS_ENDPOINT_URL",
            "hidden.example:443",
            "does not begin with http://",
        ),
        ("AWS_ENDPOINT_URL_GUARDDUTY", "https://", "is not a URL"),
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "169.254.170.23/v1",
            "does not begin with http://",
        ),
        ("AWS_REGION", "'eu-central-1'", "a quotation mark"),
        ("AWS_DEFAULT_REGION", "eu-central-1\n", "a line feed"),
        ("AWS_USE_FIPS_ENDPOINT", "yes", "true or false"),
        (
            "https_proxy",
            "socks5://me:hidden@proxy.example",
            "only http:// and https:// proxies",
        ),
        (
            "ALL_PROXY",
            "http://me:hid den@proxy.example",
            "is not a URL",
        ),
        (
            "AWS_CA_BUNDLE",
            bundle.to_str().unwrap(),
            "holds no certificate",
        ),
        ("SSL_CERT_FILE", "/nonexistent.pem", "cannot be read"),
    ] {
        let output = command(&LISTEN).env(name, value).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {message}");
        assert!(
            message.contains(name) && message.contains(expected),
            "{message}"
        );
        assert!(!message.contains("hid"), "{message}");
    }
}

/// The same for the profile, by its key. What is not used, such as the retries of the SDK, does not matter.
#[test]
fn a_setting_of_the_profile_that_cannot_be_used_is_named() {
    for (settings, expected) in [
        ("region = 'eu-central-1'", "region of the profile default"),
        (
            "endpoint_url = localhost:4566",
            "endpoint_url of the profile default",
        ),
        (
            "ec2_metadata_service_endpoint = 169.254.169.254",
            "ec2_metadata_service_endpoint",
        ),
        (
            "use_fips_endpoint = yes",
            "use_fips_endpoint of the profile default",
        ),
        (
            "services = own\n[services own]\nsts =\n  endpoint_url = localhost:4566",
            "endpoint_url of sts in services",
        ),
        (
            "ca_bundle = /nonexistent.pem",
            "ca_bundle of the profile names /nonexistent.pem",
        ),
    ] {
        let profile = file("config", &format!("[default]\n{settings}\n"));
        let output = command(&LISTEN)
            .env("AWS_CONFIG_FILE", &profile)
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{settings}: {message}");
        assert!(message.contains(expected), "{message}");
    }
    let profile = file(
        "config",
        "[default]\nretry_mode = bogus\nmax_attempts = 0\n",
    );
    let retries = [
        ("AWS_CONFIG_FILE", profile.to_str().unwrap()),
        ("AWS_MAX_ATTEMPTS", "none"),
        ("AWS_RETRY_MODE", "bogus"),
    ];
    let environment = [&KEY[..], &retries].concat();
    // By name: it ends when it is dropped.
    let simulator = Simulator::start();
    let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
    let scrape = exporter.wait_until_all_succeed();
    assert_eq!(
        scrape.value("aws_root_exporter_panics_total", &[]),
        Some(0.0)
    );
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let simulator = Simulator::start();
    let empty = [
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL_IAM",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_ROOT_EXPORTER_SHARD",
        "AWS_ROOT_EXPORTER_WEB_CONFIG_FILE",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "HTTPS_PROXY",
        "SSL_CERT_DIR",
        "no_proxy",
    ];
    let mut environment = KEY.to_vec();
    environment.extend(empty.map(|name| (name, "")));
    let exporter = Exporter::with(&simulator, &fast_config("", ""), &environment, &[]);
    exporter.wait_until_all_succeed();
    let docs = command(&["docs", "checks"])
        .env("AWS_REGION", "")
        .output()
        .unwrap();
    assert_eq!(docs.stdout, run(&["docs", "checks"]).stdout);
}

/// It needs no AWS account, so nothing that is set for one may break it.
#[test]
fn the_demo_works_whatever_is_set_around_it() {
    let profile = file("config", "[default\nregion = \"x\"\n");
    let child = command(&["demo", "--web.listen-address", "127.0.0.1:0"])
        .envs([
            ("AWS_ACCESS_KEY_ID", "AKIA\n"),
            ("AWS_CA_BUNDLE", "/nonexistent.pem"),
            ("AWS_CONFIG_FILE", profile.to_str().unwrap()),
            ("AWS_ENDPOINT_URL", "nonsense"),
            ("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:1"),
            ("AWS_MAX_ATTEMPTS", "none"),
            ("AWS_PROFILE", "nobody"),
            ("AWS_REGION", "\"eu-central-1\""),
            ("AWS_SDK_UA_APP_ID", "a b"),
            ("AWS_SECRET_ACCESS_KEY", ""),
            ("AWS_SESSION_TOKEN", "x"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("HTTPS_PROXY", "socks5://127.0.0.1:1"),
            ("SSL_CERT_FILE", "/nonexistent.pem"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut demo = Process(child.unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines();
    let page = lines
        .find_map(|line| Some(line.ok()?.strip_prefix("exporter")?.trim().to_owned()))
        .unwrap();
    wait_until("the demo is ready", TIMEOUT, || {
        let answer = http().get(format!("{page}-/ready")).call().unwrap();
        (answer.status() == 200).then_some(())
    });
    let mut metrics = http().get(format!("{page}metrics")).call().unwrap();
    let metrics = metrics.body_mut().read_to_string().unwrap();
    let accounts = metrics
        .lines()
        .filter(|line| line.starts_with("aws_root_account_info{"));
    assert_eq!(accounts.count(), 7);
}
