//! The exporter is killed and started again at random while things happen, with real parts as in `paging`: no alert is lost,
//! none is repeated.
use crate::{
    harness::{ACCOUNT, Exporter, Simulator, TIMEOUT, wait_until},
    monitoring::{Labels, Monitoring, Notification, Pace, free_address},
    paging::{
        DUPLICATE_PERIOD, Happening, Regression, assert_named, every_second, exporter, quiet_world,
        script, started,
    },
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    env,
    thread::sleep,
    time::{Duration, Instant},
};

/// What follows from the rest, and is not to be told more often than that changes.
const FOLLOWING: [&str; 2] = ["AwsRootCheckFailing", "AwsRootPostureScoreFell"];

/// Every `for` is a second, so that nothing but the rules' own bridges covers a restart. But for the one that is there for
/// the start: just started, the exporter says of each check that it is unknown.
fn pace() -> Pace {
    Pace::fast_but("AwsRootCheckUnknown")
}

/// Something that root does, and how often it did.
struct Event {
    happening: Happening,
    times: usize,
}

/// Something that gets worse and is mended.
struct Condition {
    regression: Regression,
    /// How the world is.
    broken: bool,
    /// How the exporter, as it runs, can know it to be.
    seen: bool,
    /// How often it is to be told that it is broken, and that it is mended.
    breaks: usize,
    mends: usize,
}

impl Condition {
    /// The exporter runs: what is so now is to be told.
    fn see(&mut self) {
        if self.seen != self.broken {
            self.seen = self.broken;
            let count = if self.broken {
                &mut self.breaks
            } else {
                &mut self.mends
            };
            *count += 1;
        }
    }
}

/// What the webhook was told, by labels without the time of an event: how often it fires and how often it is resolved.
struct Told(BTreeMap<Labels, [usize; 2]>);

impl Told {
    fn times(&self, page: &Labels) -> [usize; 2] {
        self.0.get(page).copied().unwrap_or_default()
    }
}

/// What happens at some moment.
#[derive(Clone, Copy, Debug)]
enum Act {
    Kill,
    Start,
    /// What, is chosen by this from what is possible.
    Change(u64),
}

struct Story {
    random: fastrand::Rng,
    begun: Instant,
    simulator: Simulator,
    address: String,
    exporter: Option<Exporter>,
    monitoring: Monitoring,
    events: Vec<Event>,
    conditions: Vec<Condition>,
    kills: usize,
    starts: usize,
    came_and_went: usize,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let simulator = quiet_world();
        let address = free_address();
        let exporter = exporter(&simulator, &every_second(), &address);
        let monitoring = Monitoring::start(&address, &pace());
        let script = script();
        let event = |happening| Event {
            happening,
            times: 0,
        };
        let condition = |regression| Condition {
            regression,
            broken: false,
            seen: false,
            breaks: 0,
            mends: 0,
        };
        Self {
            random: fastrand::Rng::with_seed(seed),
            begun: Instant::now(),
            simulator,
            address,
            exporter: Some(exporter),
            monitoring,
            events: script.events.into_iter().map(event).collect(),
            conditions: script.regressions.into_iter().map(condition).collect(),
            kills: 0,
            starts: 0,
            came_and_went: 0,
        }
    }

    /// The exporter is killed, once or several times in a row, at once or later, and things happen before, meanwhile, and
    /// after.
    fn round(&mut self) {
        let random = &mut self.random;
        let mut at = random.u64(..3000);
        let mut acts = vec![(at, Act::Kill)];
        loop {
            at += random.u64(..5000).saturating_sub(1500);
            acts.push((at, Act::Start));
            if random.u8(..5) > 1 {
                break;
            }
            // It is ready after two seconds or so.
            at += random.u64(..2500);
            acts.push((at, Act::Kill));
        }
        for _ in 0..random.usize(1..=4) {
            let what = Act::Change(random.u64(..));
            acts.push((random.u64(..at + 1000), what));
        }
        let settled = random.bool();
        acts.sort_by_key(|(at, _)| *at);
        let begun = Instant::now();
        for (at, act) in acts {
            sleep(Duration::from_millis(at).saturating_sub(begun.elapsed()));
            match act {
                Act::Kill => {
                    self.note("it is killed");
                    self.exporter = None;
                    self.kills += 1;
                }
                Act::Start => self.start(),
                Act::Change(what) => self.change(&mut fastrand::Rng::with_seed(what)),
            }
        }
        if settled {
            self.settle();
        }
    }

    fn start(&mut self) {
        self.note("it is started");
        self.conditions.iter_mut().for_each(Condition::see);
        self.exporter = Some(started(&self.simulator, &every_second(), &self.address));
        self.starts += 1;
    }

    /// Something happens of which all that went before has been told. Else it would be right to tell of the latest alone, or
    /// not at all. While the exporter is down, things may come and go: then nothing is to be told.
    fn change(&mut self, random: &mut fastrand::Rng) {
        let unseen = |it: &Condition| it.broken != it.seen;
        if let Some(n) = self.conditions.iter().position(unseen)
            && random.bool()
        {
            return self.turn(n);
        }
        let told = self.told();
        // How many have failed is a count, and is told once.
        let counted = |it: &Event| it.happening.page["alertname"] == "AwsRootFailedLogins";
        let again = |it: &Event| it.times == 0 || !counted(it);
        let events = (0..self.events.len())
            .filter(|&n| again(&self.events[n]) && event_is_told(&self.events[n], &told))
            .map(|n| (true, n));
        let conditions = (0..self.conditions.len())
            .filter(|&n| condition_is_told(&self.conditions[n], &told))
            .map(|n| (false, n));
        let possible: Vec<(bool, usize)> = events.chain(conditions).collect();
        let Some((is_event, n)) = random.choice(possible) else {
            return;
        };
        if is_event {
            self.note(&self.events[n].happening.what);
            self.events[n].times += 1;
            self.events[n].happening.play(&self.simulator);
        } else {
            self.turn(n);
        }
    }

    /// What was well is broken, what was broken is mended.
    fn turn(&mut self, n: usize) {
        let condition = &mut self.conditions[n];
        self.came_and_went += usize::from(condition.broken != condition.seen);
        condition.broken = !condition.broken;
        if self.exporter.is_some() {
            condition.see();
        }
        let condition = &self.conditions[n];
        let (how, patch) = if condition.broken {
            ("broken", &condition.regression.breaking)
        } else {
            ("mended", &condition.regression.mending)
        };
        self.note(&format!("{how}: {}", condition.regression.what));
        self.simulator.patch(patch);
    }

    /// Waits until all that is to be told has been told. It was lost if it is not.
    fn settle(&self) {
        let since = Instant::now();
        loop {
            let told = self.told();
            let events = self.events.iter().filter(|it| !event_is_told(it, &told));
            let conditions = self.conditions.iter();
            let conditions = conditions.filter(|it| !condition_is_told(it, &told));
            let missing: Vec<&str> = events
                .map(|it| &*it.happening.what)
                .chain(conditions.map(|it| &*it.regression.what))
                .collect();
            if missing.is_empty() {
                return self.note("all is told");
            }
            let arrived = || self.monitoring.arrived();
            let in_time = since.elapsed() < TIMEOUT;
            assert!(in_time, "lost: {missing:?}\n{}", arrived());
            sleep(Duration::from_millis(50));
        }
    }

    /// What has been told so far. Holds that it is no more than is to be told.
    fn told(&self) -> Told {
        let all = self.monitoring.notifications();
        let mut told: BTreeMap<Labels, [usize; 2]> = BTreeMap::new();
        let mut each: BTreeMap<&Labels, usize> = BTreeMap::new();
        let of_exporter = |it: &&Notification| it.label("alertname").starts_with("AwsRootExporter");
        for it in all.iter().filter(|it| !of_exporter(it)) {
            assert_named(it);
            let mut page = it.labels.clone();
            if page.remove("event_time").is_some() && it.firing {
                *each.entry(&it.labels).or_default() += 1;
            }
            told.entry(page).or_default()[usize::from(!it.firing)] += 1;
        }
        let repeated: Vec<_> = each.into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(repeated.is_empty(), "repeated: {repeated:#?}");
        let events = self.events.iter().map(|it| it.times);
        let worse: usize = events
            .chain(self.conditions.iter().map(|it| it.breaks))
            .sum();
        for (page, [fires, resolved]) in &told {
            let mut events = self.events.iter();
            let event = events.find(|it| it.happening.page == *page);
            let mut conditions = self.conditions.iter();
            let condition = conditions.find(|it| it.regression.pages.contains(page));
            // The alert of an event ends when the next one is told.
            let expected = match (event, condition) {
                (Some(event), _) => [event.times, event.times.saturating_sub(1)],
                (_, Some(condition)) => [condition.breaks, condition.mends],
                _ if FOLLOWING.contains(&&*page["alertname"]) => [worse; 2],
                _ => [0, 0],
            };
            assert!(
                *fires <= expected[0] && *resolved <= expected[1],
                "fires {fires} and resolved {resolved} times instead of {expected:?}: {page:?}\n{}",
                self.monitoring.arrived()
            );
        }
        Told(told)
    }

    /// All is mended, and the exporter runs undisturbed.
    fn end(&mut self) {
        self.settle();
        for n in 0..self.conditions.len() {
            if self.conditions[n].broken {
                self.turn(n);
            }
        }
        self.settle();
        self.exporter.as_ref().unwrap().wait_until_all_succeed();
        wait_until("the exporter is up for Prometheus", TIMEOUT, || {
            let mut last: BTreeMap<Labels, bool> = BTreeMap::new();
            for it in self.monitoring.notifications() {
                last.insert(it.labels.clone(), it.firing);
            }
            let down = ["AwsRootExporterDown", "AwsRootExporterAbsent"];
            let fires =
                |(labels, fires): (&Labels, &bool)| *fires && down.contains(&&*labels["alertname"]);
            (!last.iter().any(fires)).then_some(())
        });
        // What is told twice comes late.
        sleep(DUPLICATE_PERIOD);
        self.settle();
        self.monitoring.assert_rules_work();
        let told = self.told();
        let [mut pages, mut resolved] = [0, 0];
        for [fires, ends] in told.0.values() {
            pages += fires;
            resolved += ends;
        }
        println!(
            "{:.0} s: {} kills, {} restarts, {} events, {} regressions, {} mended, {} that came and went unseen; \
             {pages} pages, {resolved} resolved, 0 lost, 0 repeated",
            self.begun.elapsed().as_secs_f64(),
            self.kills,
            self.starts,
            self.events.iter().map(|it| it.times).sum::<usize>(),
            self.conditions.iter().map(|it| it.breaks).sum::<usize>(),
            self.conditions.iter().map(|it| it.mends).sum::<usize>(),
            self.came_and_went,
        );
    }

    fn note(&self, what: &str) {
        println!("{:7.1}  {what}", self.begun.elapsed().as_secs_f64());
    }
}

fn event_is_told(it: &Event, told: &Told) -> bool {
    told.times(&it.happening.page)[0] == it.times
}

fn condition_is_told(it: &Condition, told: &Told) -> bool {
    let mut pages = it.regression.pages.iter();
    pages.all(|page| told.times(page) == [it.breaks, it.mends])
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().expect(variable))
}

/// More rounds, or the same moments again:
/// `CRASH_ROUNDS=100 CRASH_SEED=1 cargo test --test exporter -- --nocapture no_alert_is_lost`
#[test]
fn no_alert_is_lost_and_none_is_repeated() {
    let seed = number("CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds = number("CRASH_ROUNDS").unwrap_or(4);
    println!("CRASH_ROUNDS={rounds} CRASH_SEED={seed}");
    let mut story = Story::begin(seed);
    for _ in 0..rounds {
        story.round();
    }
    story.end();
}

/// GuardDuty is asked region by region. How many findings there are is an alert's label: an exporter that is started again
/// is not to tell of those of one region, and then of two.
#[test]
fn findings_in_two_regions_are_told_once() {
    let simulator = quiet_world();
    // The same call in both would make it the same finding, repeated.
    let finding = |api: &str| {
        json!({ "findings": { "new": {
            "type": "Policy:IAMUser/RootCredentialUsage", "severity": 5, "user_type": "Root", "created": "now",
            "service": "s3.amazonaws.com", "api": api,
        } } })
    };
    let detectors =
        json!({ "us-east-1": finding("ListBuckets"), "eu-west-1": finding("GetObject") });
    simulator.patch(&json!({ "accounts": { ACCOUNT: { "detectors": detectors } } }));
    let (begun, address) = (Instant::now(), free_address());
    let first = exporter(&simulator, &every_second(), &address);
    let monitoring = Monitoring::start(&address, &pace());
    let page = [
        ("alertname", "AwsRootGuardDutyRootFindings"),
        ("findings", "2"),
    ];
    let page = page.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = monitoring.notified(begun, true, &page.into(), TIMEOUT);
    drop(first);
    let slow = json!({ "kind": "delay", "seconds": 3, "operation": "ListDetectors", "region": "eu-west-1" });
    simulator.inject_only(&slow);
    let _second = exporter(&simulator, &every_second(), &address);
    // What is told twice comes late.
    sleep(DUPLICATE_PERIOD);
    let about_findings = |it: &Notification| it.label("alertname") == page.label("alertname");
    let told = monitoring.notifications();
    let told: Vec<&Notification> = told.iter().filter(|it| about_findings(it)).collect();
    assert_eq!(told.len(), 1, "{}", monitoring.arrived());
}
