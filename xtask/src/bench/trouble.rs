//! A large organization in trouble: of a thousand accounts, the roles of a hundred cannot be assumed, five regions answer
//! nobody, one account is throttled for good, and STS is down for two minutes. What is shown is compared with what was
//! shown before the trouble: nothing may differ, and what is not concerned has to be there and fresh.
use super::world::{self, id, megabytes, wait_until_ready};
use harness::{Exporter, Scrape, Simulator, is_posture};
use serde_json::{Map, json};
use std::{
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

const CLOSED: usize = 5;
const DOWN: Duration = Duration::from_mins(2);

/// Whether it says what is known so far: the latest of something, or how many.
fn is_at_least(series: &str) -> bool {
    [
        "aws_root_last_",
        "aws_root_event",
        "aws_root_guardduty_root_finding",
    ]
    .iter()
    .any(|prefix| series.starts_with(prefix))
}

/// Who is in trouble, and what is true.
struct Trouble {
    truth: Scrape,
    /// Their roles cannot be assumed.
    refused: Vec<String>,
    throttled: String,
    /// A healthy account, looked at last.
    last: String,
    /// Regions that answer nobody.
    closed: Vec<&'static str>,
}

impl Trouble {
    fn is_sick(&self, series: &str) -> bool {
        let names = |account: &String| series.contains(account.as_str());
        names(&self.throttled) || self.refused.iter().any(names)
    }

    /// Makes it so, but for STS.
    fn begin(&self, simulator: &Simulator) {
        let roles = self.refused.iter().map(|id| {
            let none = json!({ "roles": { "root-exporter": null } });
            (id.clone(), none)
        });
        let closed = self.closed.iter().map(|region| {
            let hangs = json!({ "kind": "hang", "region": region });
            ((*region).to_owned(), hangs)
        });
        let mut faults: Map<_, _> = closed.collect();
        let throttled = json!({ "kind": "throttle", "account": self.throttled });
        faults.insert("throttled".to_owned(), throttled);
        let roles: Map<_, _> = roles.collect();
        // Sessions are short, so that they have to be renewed while STS is down.
        let trouble = json!({ "session_lifetime": "4m", "accounts": roles, "faults": faults });
        simulator.patch(&trouble);
    }

    /// What is shown and not true.
    fn wrong<'a>(&self, scrape: &'a Scrape) -> Vec<(&'a str, f64)> {
        let posture = scrape.iter().filter(|(series, _)| is_posture(series));
        let wrong = posture.filter(|(series, value)| {
            let known = self.truth.get(series);
            if is_at_least(series) {
                known < Some(*value)
            } else {
                known != Some(*value)
            }
        });
        wrong.collect()
    }

    /// How much the healthy accounts lack that does not depend on a closed region.
    fn missing(&self, scrape: &Scrape) -> usize {
        // Where regions are closed, nobody knows all that root did, nor all findings about it.
        let anywhere = ["aws_root_event", "aws_root_guardduty_root_finding"];
        let concerned = |series: &str| {
            self.closed.iter().any(|region| series.contains(region))
                || anywhere.iter().any(|prefix| series.starts_with(prefix))
        };
        let wanted = self
            .truth
            .series()
            .filter(|series| is_posture(series) && !concerned(series) && !self.is_sick(series));
        let unknown = |series: &str| {
            let (series, _) = series.split_once(",severity=").unwrap_or((series, ""));
            let unknown = series.replace("check_passed", "check_unknown") + "}";
            scrape.get(&unknown) == Some(1.0)
        };
        wanted
            .filter(|series| scrape.get(series).is_none() && !unknown(series))
            .count()
    }

    /// How old the oldest account summary of a healthy account is.
    fn age(&self, scrape: &Scrape) -> f64 {
        world::oldest_summary(scrape, |series| !self.is_sick(series))
    }

    /// Whether each trouble shows as such.
    fn report(&self, scrape: &Scrape) {
        let failed = |account: &str, text: &str| {
            let mut series = scrape.series();
            series.any(|it| {
                it.starts_with("aws_root_collector_region_failed")
                    && it.contains(account)
                    && it.contains(text)
            })
        };
        let refused = |id: &String| failed(id, "collector=\"discovery\"");
        let silent = !scrape
            .series()
            .any(|it| is_posture(it) && self.refused.iter().any(|id| it.contains(id.as_str())));
        for (what, is) in [
            ("every refused role shows", self.refused.iter().all(refused)),
            ("nothing else is shown of refused accounts", silent),
            (
                "the throttled account shows",
                failed(&self.throttled, "throttled"),
            ),
            (
                "every closed region shows",
                self.closed.iter().all(|region| {
                    let both = [&id(0), &self.last];
                    both.iter().all(|account| failed(account, region))
                }),
            ),
        ] {
            println!("{what:<44} {}", if is { "yes" } else { "NO" });
        }
    }
}

/// Watches so many accounts in trouble for so many minutes.
pub(super) fn run(program: &Path, accounts: usize, minutes: usize) {
    let mut regions = world::regions(world::default_regions());
    let simulator = world::simulator(program, accounts, &regions);
    let healthy = Exporter::start(&simulator, &world::config(&regions));
    wait_until_ready(&healthy);
    sleep(Duration::from_secs(20));
    let truth = healthy.scrape();
    println!(
        "{accounts} accounts, {} series before the trouble",
        truth.count()
    );
    drop(healthy);

    // Not the management account, nor GuardDuty's administrator.
    let first = 2 + accounts / 10;
    let trouble = Trouble {
        truth,
        refused: (2..first).map(id).collect(),
        throttled: id(first),
        last: id(accounts - 1),
        closed: regions.split_off(regions.len() - CLOSED),
    };
    trouble.begin(&simulator);
    let exporter = Exporter::start(
        &simulator,
        &world::config(&world::regions(world::default_regions())),
    );
    let started = Instant::now();
    let (mut sts_down, mut sts_up) = (None, false);
    let (mut wrong, mut compared, mut age, mut peak) = (0, 0, 0.0_f64, 0.0_f64);
    while started.elapsed() < Duration::from_secs(minutes as u64 * 60) {
        sleep(Duration::from_secs(5));
        let scrape = exporter.scrape();
        let elapsed = started.elapsed().as_secs();
        for (series, value) in trouble.wrong(&scrape) {
            println!("{elapsed:>4} s  WRONG {series} {value}");
            wrong += 1;
        }
        compared += scrape.count();
        peak = peak.max(megabytes(&exporter, "VmRSS"));
        let missing = trouble.missing(&scrape);
        if missing > 0 {
            println!("{elapsed:>4} s  {missing} series are missing");
        }
        match sts_down {
            None if missing == 0 => {
                simulator.patch(&json!({ "faults": { "sts": { "kind": "error", "service": "sts", "status": 503, "code": "ServiceUnavailable" } } }),
                );
                println!("{elapsed:>4} s  all that is not concerned is known; STS is down");
                sts_down = Some(Instant::now());
            }
            Some(since) => {
                age = age.max(trouble.age(&scrape));
                if !sts_up && since.elapsed() > DOWN {
                    simulator.patch(&json!({ "faults": { "sts": null } }));
                    println!("{elapsed:>4} s  STS is up again");
                    sts_up = true;
                }
            }
            None => {}
        }
    }
    trouble.report(&exporter.scrape());
    println!("values compared {compared}, wrong {wrong}");
    println!("oldest account summary of a healthy account, at most {age:.0} s");
    println!(
        "resident at most {peak:.0} MB, {:.0} CPU s in {minutes} minutes",
        exporter.process.cpu_seconds()
    );
    assert_eq!(wrong, 0);
}
