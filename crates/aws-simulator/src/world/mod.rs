//! The simulated world as a scenario describes it: plain data, which the control API reads and patches.

mod account;
mod contact;
mod credentials;
mod defaults;
mod event;
mod event_selectors;
mod fault;
mod guardduty;
pub(crate) mod history;
pub(crate) mod merge_patch;
mod organization;
mod password_policy;
mod principal;
mod summary;
mod timeline;
mod trail;
pub(crate) use self::account::Account;
pub(crate) use self::contact::ContactType;
pub(crate) use self::credentials::{AccessKey, Certificate, KeyStatus, MfaKind, Root, User};
pub(crate) use self::event::{Event, EventType};
pub(crate) use self::fault::{Fault, FaultKind};
pub(crate) use self::guardduty::{Detector, DetectorStatus, Finding};
pub(crate) use self::organization::{
    AccountState, FULL_ACCESS_POLICY_ID, FeatureSet, Organization, ROOT, RootFeature,
    ServiceControlPolicy, is_policy_id,
};
pub(crate) use self::principal::Role;
pub(crate) use self::summary::SummaryValue;
pub(crate) use self::timeline::Step;
pub(crate) use self::trail::{Trail, is_trail_name};

use self::timeline::Timeline;
use crate::clock::{HumanDuration, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::Duration;

/// The whole simulated world.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct World {
    pub(crate) clock: Option<Timestamp>,
    pub(crate) speed: f64,
    /// How far the clock of AWS, in `Date`, signatures and expirations, is ahead of this machine's. `clock` is that of the
    /// world's facts.
    pub(crate) server_time_offset: SignedDuration,
    pub(crate) session_lifetime: HumanDuration,
    pub(crate) report_delay: HumanDuration,
    pub(crate) report_interval: HumanDuration,
    pub(crate) rate_limits: bool,
    pub(crate) latency: HumanDuration,
    pub(crate) organization: Option<Organization>,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) faults: BTreeMap<String, Fault>,
    #[serde(rename = "story")]
    pub(crate) timeline: Timeline,
}

impl Default for World {
    fn default() -> Self {
        Self {
            clock: None,
            speed: 1.0,
            server_time_offset: SignedDuration::default(),
            session_lifetime: HumanDuration(Duration::HOUR),
            report_delay: HumanDuration(Duration::seconds(2)),
            report_interval: HumanDuration(Duration::hours(4)),
            rate_limits: true,
            latency: HumanDuration::default(),
            organization: None,
            accounts: BTreeMap::new(),
            faults: BTreeMap::new(),
            timeline: Timeline::default(),
        }
    }
}

impl World {
    /// The time by the clock of AWS, which signatures and issued credentials use.
    pub(crate) fn server_time(&self) -> Timestamp {
        Timestamp::system_now() + self.server_time_offset.0
    }

    /// The organization, for accounts of its partition. An organization does not span partitions.
    pub(crate) fn organization_in(&self, partition: &str) -> Option<&Organization> {
        let organization = self.organization.as_ref()?;
        let management = self.accounts.get(&organization.management);
        management
            .is_none_or(|account| account.partition == partition)
            .then_some(organization)
    }

    /// The ID of the organization to which an account belongs.
    pub(crate) fn organization_of(&self, account: &str) -> Option<&str> {
        let partition = &self.accounts.get(account)?.partition;
        Some(&self.organization_in(partition)?.id)
    }
}
