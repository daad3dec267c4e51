//! What must hold of the state for any observations, in any order: histories made at random from a seed.
use fastrand::Rng;
use root_model::{
    collector::Collector,
    facts::{
        Fact,
        account::Account,
        account_summary::AccountSummary,
        event_kind::EventKind,
        guardduty::{Detector, FindingCounts},
        root_activity::{Coverage, RootActivity, RootEvent},
        trails::{ManagementEvents, Trail, TrailStatus, Trails},
    },
    failure::Failure,
    observation::Observation,
    partition::Partition,
    state::State,
    target::{AccountIdentity, Target},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use strum::VariantArray as _;

const ID: &str = "111122223333";
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
const CASES: u64 = 2_000;
const VALID: Duration = Duration::from_mins(15);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(24 * 365 * 50) + Duration::from_secs(seconds)
}

fn identity() -> AccountIdentity {
    AccountIdentity {
        id: ID.into(),
        partition: Partition::Aws,
        alias: None,
        name: None,
        member: None,
        reachable: true,
        regions: REGIONS.map(Arc::from).to_vec(),
        complete_until: Some(at(u64::from(u32::MAX))),
    }
}

fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

/// A run that began then and came to this.
fn run(collector: Collector, region: Option<&str>, began: u64, facts: Vec<Fact>) -> Observation {
    Observation {
        target: Some(Target {
            account: ID.into(),
            region: region.map(Arc::from),
        }),
        collector,
        // All that overlap end together: the latest may have begun first.
        ended: at(100_000),
        took: Duration::from_secs(1),
        valid: VALID,
        facts: facts.into_iter().map(|fact| (at(began), fact)).collect(),
        failures: Vec::new(),
    }
}

fn activity(random: &mut Rng, began: u64) -> Fact {
    let event = |random: &mut Rng| {
        // What an event is follows from its id.
        let id = random.u64(..40);
        let kind =
            Some(EventKind::VARIANTS[usize::try_from(id).unwrap() % EventKind::VARIANTS.len()]);
        let at = at(0) - days(id * 3) + Duration::from_secs(id);
        RootEvent { id, at, kind }
    };
    let events = (0..random.usize(..8)).map(|_| event(random)).collect();
    let covered = Coverage {
        from: at(began) - days(random.u64(1..90)),
        to: at(began),
    };
    let activity = RootActivity::new(events, Some(covered), None);
    Fact::RootActivity(activity.with_backfill(random.bool()))
}

fn trails(random: &mut Rng) -> Vec<Fact> {
    let there: Vec<Arc<str>> = ["a", "b", "c"]
        .into_iter()
        .filter(|_| random.bool())
        .map(Arc::from)
        .collect();
    let trail = |arn: &Arc<str>| Trail {
        arn: arn.clone(),
        name: arn.clone(),
        home_region: REGIONS[0].into(),
        multi_region: random.bool(),
        organization: false,
        custom_selectors: true,
        log_file_validation: random.bool(),
        encrypted: true,
        cloudwatch_logs: true,
    };
    let listed = Trails {
        trails: there.iter().map(trail).collect(),
        all_regions: true,
    };
    let mut facts = vec![Fact::Trails(listed)];
    for arn in there {
        let status = TrailStatus {
            logging: random.bool(),
            delivery_failing: random.bool(),
            last_delivery: None,
        };
        facts.push(Fact::TrailStatus(arn.clone(), status));
        facts.push(Fact::TrailSelectors(arn, ManagementEvents::all()));
    }
    facts
}

fn detector(random: &mut Rng) -> Vec<Fact> {
    match random.u8(..3) {
        0 => vec![Fact::Detector(Detector::Absent)],
        _ => vec![
            Fact::Detector(Detector::Enabled),
            Fact::FindingCounts(FindingCounts::new(random.u64(..9), 0, 0, 1)),
            Fact::RootFindings(Vec::new()),
        ],
    }
}

fn summary(random: &mut Rng) -> Fact {
    Fact::AccountSummary(AccountSummary {
        mfa_enabled: Some(random.bool()),
        access_keys_present: Some(random.bool()),
        password_present: random.bool().then(|| random.bool()),
        signing_certificates_present: None,
    })
}

/// Some runs, each begun at another time.
fn history(random: &mut Rng) -> Vec<Observation> {
    let run = |began: u64| {
        let region = REGIONS[random.usize(..2)];
        match random.u8(..4) {
            0 => run(
                Collector::RootActivity,
                Some(region),
                began,
                vec![activity(random, began)],
            ),
            1 => run(Collector::CloudTrail, None, began, trails(random)),
            2 => run(Collector::GuardDuty, Some(region), began, detector(random)),
            _ => run(
                Collector::AccountSummary,
                None,
                began,
                vec![summary(random)],
            ),
        }
    };
    (1..12).map(|n| n * 600).map(run).collect()
}

fn state(history: &[Observation]) -> State {
    let mut state = State::default();
    history.iter().cloned().for_each(|it| state.apply(it));
    state
}

fn for_each_history(property: impl Fn(&mut Rng, Vec<Observation>)) {
    for seed in 0..CASES {
        let mut random = Rng::with_seed(seed);
        let history = history(&mut random);
        let held = std::panic::AssertUnwindSafe(|| property(&mut random, history));
        assert!(std::panic::catch_unwind(held).is_ok(), "seed {seed}");
    }
}

#[test]
fn any_order_comes_to_the_same() {
    for_each_history(|random, mut history| {
        let usual = state(&history);
        random.shuffle(&mut history);
        assert_eq!(usual.facts(ID), state(&history).facts(ID));
    });
}

#[test]
fn what_comes_twice_counts_once() {
    for_each_history(|random, mut history| {
        let once = state(&history);
        for _ in 0..5 {
            let (from, to) = (random.usize(..history.len()), random.usize(..history.len()));
            history.insert(from.max(to), history[from.min(to)].clone());
        }
        assert_eq!(once.facts(ID), state(&history).facts(ID));
    });
}

#[test]
fn a_failed_run_changes_no_fact() {
    for_each_history(|random, mut history| {
        let well = state(&history);
        let mut failed = history[random.usize(..history.len())].clone();
        failed.facts.clear();
        failed.ended += Duration::from_secs(1);
        failed.failures = vec![Failure::malformed("iam:GetAccountSummary", "x")];
        let place = random.usize(..=history.len());
        history.insert(place, failed);
        assert_eq!(well.facts(ID), state(&history).facts(ID));
    });
}

/// Whatever AWS says its time is, and wherever the clock is set, nothing is believed for longer than it may be.
#[test]
fn no_fact_outlives_its_time() {
    let identity = identity();
    for_each_history(|random, mut history| {
        for run in &mut history {
            for (as_of, _) in &mut run.facts {
                *as_of += Duration::from_secs(random.u64(..10_000_000_000));
            }
        }
        let ended = history[0].ended;
        let state = state(&history);
        let facts = state.facts(ID).unwrap();
        let beyond = VALID + Duration::from_secs(1);
        for now in [ended + beyond, at(600) - beyond] {
            let account = Account::at(&identity, facts, now);
            assert!(
                account.summary.is_err()
                    && account.trails.is_empty()
                    && account.trails_listed.is_err()
            );
            assert!(account.trail_status.is_empty() && account.trail_selectors.is_empty());
            assert!(account.detectors.is_empty() && account.finding_counts.is_empty());
            let zero = account.root_events().any(|(.., count)| count == 0);
            assert!(!zero, "that root did nothing is believed");
        }
    });
}

/// After the clock was ahead and has been set back, what is seen then counts at once.
#[test]
fn a_clock_that_was_ahead_keeps_nothing_out() {
    for_each_history(|random, history| {
        let mut state = state(&history);
        let mut later = run(Collector::AccountSummary, None, 0, vec![summary(random)]);
        let earlier = at(0) - days(1);
        (later.ended, later.facts[0].0) = (earlier, earlier);
        let mut alone = State::default();
        alone.apply(later.clone());
        state.apply(later);
        let identity = identity();
        let seen = |state: &State| {
            let account = Account::at(&identity, state.facts(ID).unwrap(), earlier);
            account.summary.cloned()
        };
        assert!(seen(&alone).is_ok());
        assert_eq!(seen(&alone), seen(&state));
    });
}
