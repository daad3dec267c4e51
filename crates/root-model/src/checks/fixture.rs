//! What tests of checks know.
use super::{Check, CheckSettings, Verdict};
use crate::{
    collector::Collector,
    facts::{
        Fact, Facts, Observed,
        account::Account,
        account_summary::AccountSummary,
        credential_report::{ConsoleUsers, CredentialReport, KeySlot, RootCredentials},
        event_kind::EventKind,
        organization::Organization,
        root_activity::{Coverage, RootActivity, RootEvent},
        trails::{ManagementEvents, Trail, TrailStatus, Trails},
    },
    partition::Partition,
    target::{AccountIdentity, identity},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(super) const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// So many days after the epoch; today is day 1000.
pub(super) fn day(n: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(24) * u32::try_from(n).unwrap()
}

pub(super) fn today() -> SystemTime {
    day(1000)
}

/// Observed then, and fresh for an hour.
fn seen(at: SystemTime) -> Observed {
    Observed {
        as_of: at,
        ended: at,
        valid: Duration::from_hours(1),
    }
}

/// An account of which something is known.
pub(super) struct Known {
    pub(super) identity: AccountIdentity,
    facts: Facts,
    pub(super) settings: CheckSettings,
    summary: AccountSummary,
}

/// An account of which nothing is known.
pub(super) fn known() -> Known {
    Known {
        identity: AccountIdentity {
            name: Some("Acme".into()),
            complete_until: Some(today()),
            ..identity(&REGIONS)
        },
        facts: Facts::default(),
        settings: CheckSettings::default(),
        summary: AccountSummary::default(),
    }
}

impl Known {
    pub(super) fn insert(self, fact: Fact) -> Self {
        self.insert_in("", fact)
    }

    pub(super) fn insert_in(mut self, region: &str, fact: Fact) -> Self {
        let region: Arc<str> = Arc::from(region);
        let region = Some(&region).filter(|region| !region.is_empty());
        self.facts.insert(region, fact, seen(today()));
        self
    }

    /// The same in each region.
    pub(super) fn insert_everywhere(self, fact: &Fact) -> Self {
        REGIONS
            .into_iter()
            .fold(self, |known, region| known.insert_in(region, fact.clone()))
    }

    pub(super) fn in_partition(mut self, partition: Partition) -> Self {
        self.identity.partition = partition;
        self
    }

    pub(super) fn in_china(self) -> Self {
        self.in_partition(Partition::AwsCn)
    }

    pub(super) fn in_govcloud(self) -> Self {
        self.in_partition(Partition::AwsUsGov)
    }

    pub(super) fn summary(mut self, change: impl FnOnce(&mut AccountSummary)) -> Self {
        change(&mut self.summary);
        let summary = Fact::AccountSummary(self.summary.clone());
        self.insert(summary)
    }

    pub(super) fn report(self, keys: [Option<KeySlot>; 2], users: Option<ConsoleUsers>) -> Self {
        self.insert(Fact::CredentialReport(CredentialReport {
            generated: today(),
            root: RootCredentials {
                password_last_used: None,
                password_last_changed: None,
                keys,
            },
            console_users: users,
        }))
    }

    pub(super) fn users(self, with_mfa: usize, without_mfa: usize) -> Self {
        let users = ConsoleUsers {
            with_mfa,
            without_mfa,
        };
        self.report([None; 2], Some(users))
    }

    pub(super) fn standalone(self) -> Self {
        self.insert(Fact::Organization(None))
    }

    pub(super) fn managed_by(self, management_account: &str) -> Self {
        self.insert(Fact::Organization(Some(Organization {
            id: "o-example".into(),
            management_account: management_account.into(),
        })))
    }

    pub(super) fn member(self) -> Self {
        self.managed_by("999988887777")
    }

    pub(super) fn management(self) -> Self {
        self.managed_by("111122223333")
    }

    /// Everything that root did is known.
    pub(super) fn looked_up(self) -> Self {
        self.looked_up_since(day(900))
    }

    pub(super) fn looked_up_since(self, from: SystemTime) -> Self {
        let to = today();
        let whole = RootActivity::new(Vec::new(), Some(Coverage { from, to }), None);
        self.insert_everywhere(&Fact::RootActivity(whole))
    }

    /// Root did something on that day, `times` times.
    pub(super) fn did(self, kind: EventKind, on: u64, times: u64) -> Self {
        let at = day(on) + Duration::from_hours(1);
        let event = |id| RootEvent {
            id: on * 100 + id,
            at,
            kind: Some(kind),
        };
        let coverage = Coverage {
            from: day(900),
            to: today(),
        };
        let events = (0..times).map(event).collect();
        let activity = RootActivity::new(events, Some(coverage), None);
        self.insert_in("us-east-1", Fact::RootActivity(activity))
    }

    /// It has this trail, which records all management events.
    pub(super) fn trail(self, change: impl FnOnce(&mut Trail, &mut TrailStatus)) -> Self {
        let mut trail = Trail {
            arn: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main".into(),
            name: "main".into(),
            home_region: "us-east-1".into(),
            multi_region: true,
            organization: false,
            custom_selectors: false,
            log_file_validation: true,
            encrypted: true,
            cloudwatch_logs: false,
        };
        let mut status = TrailStatus {
            logging: true,
            delivery_failing: false,
            last_delivery: Some(today()),
        };
        change(&mut trail, &mut status);
        let arn = trail.arn.clone();
        let trails = Trails {
            trails: vec![trail],
            all_regions: true,
        };
        self.insert(Fact::Trails(trails))
            .insert(Fact::TrailStatus(arn.clone(), status))
            .insert(Fact::TrailSelectors(arn, ManagementEvents::all()))
    }

    /// A trail of which only that it is there is known.
    pub(super) fn silent_trail(self) -> Self {
        let mut known = self.trail(|_, _| {});
        let arn: Arc<str> = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main".into();
        let status = TrailStatus {
            logging: true,
            delivery_failing: false,
            last_delivery: None,
        };
        // Of long ago, so stale.
        known
            .facts
            .insert(None, Fact::TrailStatus(arn, status), seen(day(1)));
        known
    }

    pub(super) fn without_trails(self) -> Self {
        self.insert(Fact::Trails(Trails {
            trails: Vec::new(),
            all_regions: true,
        }))
    }

    pub(super) fn account(&self) -> Account<'_> {
        Account::at(&self.identity, &self.facts, today())
    }

    /// The verdict in a word. A reason has to be a sentence that names the account.
    pub(super) fn judge(&self, check: &Check) -> &'static str {
        match (check.evaluate)(&self.account(), &self.settings) {
            Err(missing) => {
                for gap in missing.gaps() {
                    let collector = gap.source.collector;
                    let declared = check.needs.contains(&collector);
                    assert!(
                        declared || collector == Collector::Discovery,
                        "{} does not declare that it needs {collector}",
                        check.id
                    );
                }
                "unknown"
            }
            Ok(Verdict::Pass) => "pass",
            Ok(Verdict::NotApplicable) => {
                let declared = !check.not_applicable_when.is_empty();
                assert!(
                    declared,
                    "{} does not say when it is not applicable",
                    check.id
                );
                "not applicable"
            }
            Ok(Verdict::Fail(reason)) => {
                assert!(reason.contains("Acme (111122223333)"), "{reason}");
                assert!(reason.ends_with('.'), "{reason}");
                "fail"
            }
        }
    }
}

/// A key of the credential report.
#[expect(
    clippy::unnecessary_wraps,
    reason = "as in the report, where it may be missing"
)]
pub(super) fn key(active: bool, created: u64, last_used: Option<u64>) -> Option<KeySlot> {
    Some(KeySlot::Key {
        active,
        created: Some(day(created)),
        last_used: last_used.map(day),
    })
}

pub(super) const NO_KEY: Option<KeySlot> = Some(KeySlot::Empty);
