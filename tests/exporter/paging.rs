//! From a change in AWS to the page, with real parts: the simulator, the exporter, Prometheus, Alertmanager, a webhook.
use crate::{
    accounts::watching,
    harness::{ACCESS_KEY, ACCOUNT, Exporter, KEY, Simulator, TIMEOUT, policy_for},
    monitoring::{Labels, Monitoring, Notification, Pace, free_address},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    thread::sleep,
    time::{Duration, Instant},
};

const MEMBER: &str = "222233334444";
const NAMES: [(&str, &str); 2] = [(ACCOUNT, "Acme Management"), (MEMBER, "Acme Payments")];
/// A quiet world must not page within this time.
const QUIET_PERIOD: Duration = Duration::from_secs(15);
/// A notification that is sent twice arrives again within this time.
pub(crate) const DUPLICATE_PERIOD: Duration = Duration::from_secs(5);

/// What the world goes through.
#[derive(Deserialize)]
pub(crate) struct Script {
    pub(crate) regressions: Vec<Regression>,
    pub(crate) events: Vec<Happening>,
}

/// Something that gets worse, and how it is mended.
#[derive(Deserialize)]
pub(crate) struct Regression {
    pub(crate) what: String,
    pub(crate) breaking: Value,
    pub(crate) mending: Value,
    pub(crate) pages: Vec<Labels>,
}

/// Something that root does.
#[derive(Deserialize)]
pub(crate) struct Happening {
    pub(crate) what: String,
    events: Value,
    pub(crate) page: Labels,
}

impl Happening {
    /// Makes the events happen: when that was.
    pub(crate) fn play(&self, simulator: &Simulator) -> Instant {
        let at = Instant::now();
        simulator.add_events(ACCOUNT, &self.events);
        at
    }
}

pub(crate) fn script() -> Script {
    serde_saphyr::from_str(include_str!("paging.yaml")).unwrap()
}

/// The organization of `quiet.yaml`, in which the exporter may do what its documentation asks for.
pub(crate) fn quiet_world() -> Simulator {
    let simulator = Simulator::as_is(include_str!("quiet.yaml"));
    simulator.patch(&json!({ "accounts": {
        ACCOUNT: { "principals": { ACCESS_KEY: { "policy": policy_for("management") } } },
        MEMBER: { "roles": { "root-exporter": { "policy": policy_for("member") } } },
    } }));
    simulator
}

/// Every collector each second. What is known is not withdrawn sooner than a busy machine may take to ask again.
pub(crate) fn every_second() -> String {
    watching("mode: organization")
        .replace("interval: 4s", "interval: 1s")
        .replace("stale_after: 60", "stale_after: 300")
}

/// An exporter at an address at which it can be started again.
pub(crate) fn started(simulator: &Simulator, config: &str, address: &str) -> Exporter {
    let flags = ["--web.listen-address", address];
    Exporter::with(simulator, config, &KEY, &flags)
}

/// The same, once it has looked at everything.
pub(crate) fn exporter(simulator: &Simulator, config: &str, address: &str) -> Exporter {
    let exporter = started(simulator, config, address);
    exporter.wait_until_all_succeed();
    exporter
}

/// Holds that the account that it is about, and no other, is told by its name.
pub(crate) fn assert_named(found: &Notification) {
    for (id, name) in NAMES {
        let about = found.label("account_id") == id;
        let named = found.summary.contains(name) && found.summary.contains(id);
        assert_eq!(about, named, "{found}");
    }
}

/// Prometheus and what belongs to it, and a table of how long each page took, which is printed at the end, whatever the end.
struct Watch {
    monitoring: Monitoring,
    times: String,
}

impl Watch {
    fn start(address: &str, pace: &Pace) -> Self {
        let monitoring = Monitoring::start(address, pace);
        Self {
            monitoring,
            times: String::new(),
        }
    }

    /// Holds that nothing at all has arrived.
    fn assert_quiet(&self) {
        let arrived = self.monitoring.arrived();
        assert!(arrived.is_empty(), "a quiet world pages:\n{arrived}");
    }

    /// Waits for the page and holds that it is right.
    fn wait(&mut self, what: &str, since: Instant, firing: bool, page: &Labels) -> Notification {
        let found = self.monitoring.notified(since, firing, page, TIMEOUT);
        let mut more = found.labels.keys().filter(|it| !page.contains_key(*it));
        assert!(more.all(|it| it == "event_time"), "{found}");
        assert_named(&found);
        writeln!(
            self.times,
            "{:7.1}  {what:35}  {:8}  {:30}  {:8}  {}",
            (found.at - since).as_secs_f64(),
            if firing { "firing" } else { "resolved" },
            found.label("alertname"),
            found.label("severity"),
            found.label("account_id"),
        )
        .unwrap();
        found
    }

    /// Holds that the webhook was told once that this fires.
    fn assert_once(&self, page: &Notification) {
        let all = self.monitoring.notifications().into_iter();
        let same = all.filter(|it| it.firing && it.labels == page.labels);
        assert_eq!(same.count(), 1, "{page}\n{}", self.monitoring.arrived());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.times.is_empty() {
            println!("\nseconds  {:35}  to\n{}", "from", self.times);
        }
    }
}

/// Not all at the same point between two runs, scrapes and evaluations.
fn stagger() {
    sleep(Duration::from_millis(300));
}

#[test]
fn each_regression_pages_and_resolves() {
    let simulator = quiet_world();
    let address = free_address();
    let _exporter = exporter(&simulator, &every_second(), &address);
    let mut watch = Watch::start(&address, &Pace::fast_config());
    sleep(QUIET_PERIOD);
    watch.assert_quiet();

    let regressions = script().regressions;
    for firing in [true, false] {
        let change = |it: &Regression| {
            stagger();
            let at = Instant::now();
            simulator.patch(if firing { &it.breaking } else { &it.mending });
            at
        };
        let changes: Vec<Instant> = regressions.iter().map(change).collect();
        for (regression, at) in regressions.iter().zip(changes) {
            for page in &regression.pages {
                watch.wait(&regression.what, at, firing, page);
            }
        }
    }
    // What is for information follows from the rest. So does this, with its `for` cut short: the score falls with so much at
    // once.
    let besides = |it: &Notification| {
        it.label("severity") == "info" || it.label("alertname") == "AwsRootPostureScoreFell"
    };
    let pages = regressions.into_iter().flat_map(|it| it.pages);
    let expected: BTreeSet<Labels> = pages.collect();
    let arrived = watch.monitoring.notifications().into_iter();
    let arrived: BTreeSet<Labels> = arrived
        .filter(|it| !besides(it))
        .map(|it| it.labels)
        .collect();
    let more: Vec<&Labels> = arrived.difference(&expected).collect();
    assert!(more.is_empty(), "besides what was expected: {more:#?}");
    watch.monitoring.assert_rules_work();
}

/// An event cannot be mended, and is news once: to kill the exporter and start it again neither repeats nor loses one, and
/// a second event pages anew.
#[test]
fn each_event_pages_once() {
    let simulator = quiet_world();
    let address = free_address();
    let first = exporter(&simulator, &every_second(), &address);
    let mut watch = Watch::start(&address, &Pace::fast_config());
    let happenings = script().events;
    let play = |it: &Happening| {
        stagger();
        it.play(&simulator)
    };
    let times: Vec<Instant> = happenings.iter().map(play).collect();
    let events = happenings.iter().zip(times);
    let pages: Vec<Notification> = events
        .map(|(it, at)| watch.wait(&it.what, at, true, &it.page))
        .collect();

    let killed = Instant::now();
    drop(first);
    let down: Labels = [
        ("alertname", "AwsRootExporterDown"),
        ("severity", "critical"),
        ("job", "aws-root-exporter"),
        ("instance", &address),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    watch.wait("the exporter is killed", killed, true, &down);
    let [with_mfa, without_mfa, ..] = &happenings[..] else {
        panic!("two kinds of login");
    };
    without_mfa.play(&simulator);
    let restarted = Instant::now();
    let _second = exporter(&simulator, &every_second(), &address);
    watch.wait("it is started again", restarted, false, &down);
    let what = "a login while it was down";
    let unseen = watch.wait(what, restarted, true, &without_mfa.page);
    let at = with_mfa.play(&simulator);
    let second = watch.wait("a second login", at, true, &with_mfa.page);

    sleep(DUPLICATE_PERIOD);
    for page in pages.iter().chain([&unseen, &second]) {
        // How many have failed is a count, and no event of its own.
        let counted = page.label("alertname") == "AwsRootFailedLogins";
        assert_eq!(page.label("event_time").is_empty(), counted, "{page}");
        watch.assert_once(page);
    }
    let time = |page: &Notification| page.label("event_time").to_owned();
    assert_ne!(time(&second), time(&pages[0]));
    assert_ne!(time(&unseen), time(&pages[1]));
    watch.monitoring.assert_rules_work();
}

/// Ten minutes at the default intervals, by the rules as they are. To run it:
/// `cargo test --test exporter -- --ignored --nocapture ten_quiet_minutes`
#[test]
#[ignore = "takes ten minutes"]
fn ten_quiet_minutes() {
    let simulator = quiet_world();
    let address = free_address();
    let _exporter = exporter(&simulator, "accounts: { mode: organization }", &address);
    let watch = Watch::start(&address, &Pace::usual());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(10) {
        sleep(Duration::from_secs(5));
        watch.assert_quiet();
    }
    watch.monitoring.assert_rules_work();
}
