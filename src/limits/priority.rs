//! What comes first where work waits for a slot: facts about credentials, trails and identity of all accounts, then GuardDuty,
//! then look-ups of events; of these what was never asked for, and then what was due first.
use root_model::collector::Collector;
use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: Priority;
}

/// The place of a run among others; the least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Priority {
    pub(crate) class: Class,
    /// Whether it has succeeded before.
    pub(crate) again: bool,
    /// When it should have started.
    pub(crate) due: Instant,
}

/// What the facts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Credentials, trails, identity, and what is asked once for an account.
    Credentials,
    GuardDuty,
    Lookups,
}

impl From<Collector> for Class {
    fn from(collector: Collector) -> Self {
        match collector {
            Collector::Discovery
            | Collector::AccountSummary
            | Collector::CredentialReport
            | Collector::MfaDevices
            | Collector::RootCredentials
            | Collector::CloudTrail
            | Collector::Organization
            | Collector::SecurityContact
            | Collector::Iam => Self::Credentials,
            Collector::GuardDuty => Self::GuardDuty,
            Collector::RootActivity => Self::Lookups,
        }
    }
}

impl Priority {
    /// That of a run of this collector which is due now.
    pub(crate) fn of(collector: Collector, again: bool) -> Self {
        Self {
            class: collector.into(),
            again,
            due: Instant::now(),
        }
    }

    /// Runs work with this priority.
    pub(crate) fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// That of the current task. Discovery has none: nothing can be asked before it.
    pub(super) fn current() -> Self {
        let none = |_| Self::of(Collector::Discovery, false);
        CURRENT.try_with(|priority| *priority).unwrap_or_else(none)
    }
}
