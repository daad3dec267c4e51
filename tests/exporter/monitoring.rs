//! What a user has besides the exporter: a real Prometheus with the project's rules, a real Alertmanager, and a webhook.
use crate::harness::{Process, TIMEOUT, file, get, wait_until};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    fmt::{self, Write as _},
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

/// The labels of an alert, its name among them.
pub(crate) type Labels = BTreeMap<String, String>;

/// What the webhook was told of one alert.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    pub(crate) at: Instant,
    pub(crate) firing: bool,
    pub(crate) labels: Labels,
    pub(crate) summary: String,
}

impl Notification {
    /// Empty if there is no such label.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    fn has(&self, labels: &Labels) -> bool {
        let mut labels = labels.iter();
        labels.all(|(name, value)| self.labels.get(name) == Some(value))
    }
}

impl fmt::Display for Notification {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        let state = if self.firing { "firing" } else { "resolved" };
        write!(to, "{state}: {} {:?}", self.summary, self.labels)
    }
}

/// How often Prometheus looks, and by which rules.
pub(crate) struct Pace {
    pub(crate) interval: &'static str,
    pub(crate) rules: PathBuf,
}

impl Pace {
    /// The rules as they are, at an interval that is usual.
    pub(crate) fn usual() -> Self {
        Self {
            interval: "15s",
            rules: Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus/rules"),
        }
    }

    /// Every second. The rules are copies in which every `for` is a second too, since a test cannot wait for minutes or
    /// hours; nothing else is changed.
    pub(crate) fn fast_config() -> Self {
        Self::fast_but("")
    }

    /// The same, but the `for` of this alert is as it is.
    pub(crate) fn fast_but(kept: &str) -> Self {
        let copies = file("empty", "").with_file_name("rules");
        fs::create_dir(&copies).unwrap();
        for entry in fs::read_dir(Self::usual().rules).unwrap() {
            let path = entry.unwrap().path();
            let (mut copy, mut alert) = (String::new(), String::new());
            for line in fs::read_to_string(&path).unwrap().lines() {
                if let Some((_, name)) = line.split_once("- alert: ") {
                    name.clone_into(&mut alert);
                }
                let line = match line.split_once("for: ") {
                    Some((indent, _)) if indent.trim().is_empty() && alert != kept => {
                        format!("{indent}for: 1s")
                    }
                    _ => line.to_owned(),
                };
                writeln!(copy, "{line}").unwrap();
            }
            fs::write(copies.join(path.file_name().unwrap()), copy).unwrap();
        }
        Self {
            interval: "1s",
            rules: copies,
        }
    }
}

/// Prometheus, Alertmanager and the webhook.
pub(crate) struct Monitoring {
    _processes: [Process; 2],
    prometheus: String,
    log: PathBuf,
    notifications: Arc<Mutex<Vec<Notification>>>,
}

impl Monitoring {
    /// Watches an exporter; ends when Prometheus has seen it and has evaluated every rule.
    pub(crate) fn start(exporter: &str, pace: &Pace) -> Self {
        let (webhook, notifications) = webhook();
        let [prometheus, alertmanager] = [free_address(), free_address()];
        // Each alert is a group of its own, so that a notification is about one alert.
        let routing = format!(
            "route: {{ receiver: test, group_by: ['...'], group_wait: 100ms, group_interval: 100ms, repeat_interval: 1d }}\n\
             receivers: [{{ name: test, webhook_configs: [{{ url: 'http://{webhook}/', send_resolved: true }}] }}]\n"
        );
        let scraping = format!(
            "global: {{ scrape_interval: {0}, evaluation_interval: {0} }}\n\
             rule_files: ['{1}/*.yml']\n\
             alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['{alertmanager}'] }}] }}] }}\n\
             scrape_configs: [{{ job_name: aws-root-exporter, static_configs: [{{ targets: ['{exporter}'] }}] }}]\n",
            pace.interval,
            pace.rules.display()
        );
        let (of_alertmanager, _) = start(
            "ALERTMANAGER",
            "prometheus-alertmanager",
            &routing,
            // Without the empty address it listens for others of its cluster.
            &[
                &format!("--web.listen-address={alertmanager}"),
                "--cluster.listen-address=",
            ],
            "--storage.path",
        );
        let (of_prometheus, log) = start(
            "PROMETHEUS",
            "prometheus",
            &scraping,
            &[&format!("--web.listen-address={prometheus}")],
            "--storage.tsdb.path",
        );
        for address in [&alertmanager, &prometheus] {
            wait_until("it is ready", TIMEOUT, || {
                let answer = crate::harness::http().get(format!("http://{address}/-/ready"));
                (answer.call().ok()?.status() == 200).then_some(())
            });
        }
        let monitoring = Self {
            _processes: [of_prometheus, of_alertmanager],
            prometheus,
            log,
            notifications,
        };
        wait_until("Prometheus sees the exporter", TIMEOUT, || {
            let up = monitoring.ask("query?query=aws_root_exporter_build_info");
            (up["result"].as_array()?.len() == 1).then_some(())
        });
        wait_until("every rule is evaluated", TIMEOUT, || {
            let rules = monitoring.rules();
            let done = |rule: &Value| rule["health"] != "unknown";
            (!rules.is_empty() && rules.iter().all(done)).then_some(())
        });
        monitoring
    }

    fn ask(&self, what: &str) -> Value {
        let (status, text) = get(&format!("http://{}/api/v1/{what}", self.prometheus));
        assert_eq!(status, 200, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["data"].clone()
    }

    /// How many series a query has now.
    pub(crate) fn count(&self, query: &str) -> usize {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer = self.ask(&format!("query?query={query}"));
        // A scalar is a time and a value.
        answer["result"].as_array().unwrap().len()
    }

    fn rules(&self) -> Vec<Value> {
        let groups = self.ask("rules")["groups"].clone();
        let groups = groups.as_array().unwrap().iter();
        groups
            .flat_map(|group| group["rules"].as_array().unwrap().clone())
            .collect()
    }

    /// Holds that Prometheus can evaluate every rule and expand every template.
    pub(crate) fn assert_rules_work(&self) {
        for rule in self.rules() {
            assert_eq!(rule["health"], "ok", "{rule:#}");
        }
        let log = fs::read_to_string(&self.log).unwrap();
        assert!(!log.contains("Expanding alert template failed"), "{log}");
    }

    /// What has arrived so far.
    pub(crate) fn notifications(&self) -> Vec<Notification> {
        self.notifications.lock().unwrap().clone()
    }

    /// The same as text, a line each.
    pub(crate) fn arrived(&self) -> String {
        let all: Vec<String> = self
            .notifications()
            .iter()
            .map(ToString::to_string)
            .collect();
        all.join("\n")
    }

    /// Waits for a notification that came since then, with these labels.
    pub(crate) fn notified(
        &self,
        since: Instant,
        firing: bool,
        labels: &Labels,
        patience: Duration,
    ) -> Notification {
        let start = Instant::now();
        loop {
            let mut all = self.notifications().into_iter();
            let wanted = |it: &Notification| it.at >= since && it.firing == firing;
            if let Some(found) = all.find(|it| wanted(it) && it.has(labels)) {
                return found;
            }
            if start.elapsed() > patience {
                let arrived = self.arrived();
                panic!("not in time: firing {firing}, {labels:?}; arrived:\n{arrived}");
            }
            sleep(Duration::from_millis(20));
        }
    }
}

/// Starts a program of Debian's, or the one that the variable names, with a configuration and an empty directory for its
/// data. Its log is in the file.
pub(crate) fn start(
    variable: &str,
    program: &str,
    config: &str,
    flags: &[&str],
    storage: &str,
) -> (Process, PathBuf) {
    let program = env::var(variable).unwrap_or_else(|_| program.to_owned());
    let config = file("config.yml", config);
    let log = config.with_file_name("log");
    let data = config.with_file_name("data");
    let child = Command::new(&program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("{storage}={}", data.display()))
        .args(flags)
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn();
    let child = child.unwrap_or_else(|error| {
        panic!("{program}: {error}: install Debian's package, or name another in {variable}")
    });
    (Process(child), log)
}

/// An address of loopback that nobody listens at now. The port is none that the system would give to others meanwhile.
pub(crate) fn free_address() -> String {
    loop {
        let address = format!("127.0.0.1:{}", fastrand::u16(20_000..32_000));
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

/// Listens as a receiver of Alertmanager's: the address, and what arrives.
fn webhook() -> (String, Arc<Mutex<Vec<Notification>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let notifications = Arc::<Mutex<Vec<Notification>>>::default();
    let arrived = Arc::clone(&notifications);
    spawn(move || {
        for stream in listener.incoming() {
            let received = receive(stream.unwrap());
            arrived.lock().unwrap().extend(received);
        }
    });
    (address, notifications)
}

/// Takes one request and answers it.
fn receive(mut stream: TcpStream) -> Vec<Notification> {
    let mut request = BufReader::new(&stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        request.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    request.read_exact(&mut body).unwrap();
    let at = Instant::now();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap();
    let alerts = message["alerts"].as_array().unwrap().iter();
    let notification = |alert: &Value| Notification {
        at,
        firing: alert["status"] == "firing",
        labels: serde_json::from_value(alert["labels"].clone()).unwrap(),
        summary: alert["annotations"]["summary"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    alerts.map(notification).collect()
}
