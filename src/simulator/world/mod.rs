//! The simulated world as a scenario writes it: plain data, readable and patchable over the control API.

mod account;
mod credentials;
mod event;
mod guardduty;
mod organization;
mod trail;

pub(in crate::simulator) use account::{Account, ContactType, Role, SummaryValue};
pub(in crate::simulator) use credentials::{
    AccessKey, Certificate, KeyStatus, MfaKind, PasswordPolicy, Root, User,
};
pub(in crate::simulator) use event::{Event, EventType};
pub(in crate::simulator) use guardduty::{Detector, DetectorStatus, Finding};
pub(in crate::simulator) use organization::{
    AccountState, ControlPolicy, FULL_ACCESS, FeatureSet, Organization, ROOT, RootFeature,
    is_policy_id,
};
pub(in crate::simulator) use trail::Trail;

use super::clock::{Span, Time};
use super::faults::Fault;
use super::story::Story;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::Duration;

/// Everything there is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct World {
    pub(in crate::simulator) clock: Option<Time>,
    pub(in crate::simulator) speed: f64,
    pub(in crate::simulator) session_lifetime: Span,
    pub(in crate::simulator) report_delay: Span,
    pub(in crate::simulator) report_interval: Span,
    pub(in crate::simulator) rate_limits: bool,
    pub(in crate::simulator) latency: Span,
    pub(in crate::simulator) organization: Option<Organization>,
    pub(in crate::simulator) accounts: BTreeMap<String, Account>,
    pub(in crate::simulator) faults: BTreeMap<String, Fault>,
    pub(in crate::simulator) story: Story,
}

impl Default for World {
    fn default() -> Self {
        Self {
            clock: None,
            speed: 1.0,
            session_lifetime: Span(Duration::HOUR),
            report_delay: Span(Duration::seconds(2)),
            report_interval: Span(Duration::hours(4)),
            rate_limits: true,
            latency: Span::default(),
            organization: None,
            accounts: BTreeMap::new(),
            faults: BTreeMap::new(),
            story: Story::default(),
        }
    }
}

impl World {
    /// The organization, for accounts of its own partition: none spans two.
    pub(in crate::simulator) fn organization_in(&self, partition: &str) -> Option<&Organization> {
        let organization = self.organization.as_ref()?;
        let management = self.accounts.get(&organization.management);
        management
            .is_none_or(|account| account.partition == partition)
            .then_some(organization)
    }

    /// The id of the organization that an account belongs to.
    pub(in crate::simulator) fn organization_of(&self, account: &str) -> Option<&str> {
        let partition = &self.accounts.get(account)?.partition;
        Some(&self.organization_in(partition)?.id)
    }
}
