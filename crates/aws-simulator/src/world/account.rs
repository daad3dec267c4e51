//! An account and its settings.

use super::contact::{Contact, ContactType};
use super::credentials::{Root, User};
use super::event::Event;
use super::guardduty::Detector;
use super::organization::AccountState;
use super::password_policy::PasswordPolicy;
use super::principal::{Administrators, Principal, Role};
use super::summary::SummaryValue;
use super::trail::Trail;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A simulated account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) partition: String,
    pub(crate) state: AccountState,
    /// Where it is in the organization, if not at its root.
    pub(crate) unit: Option<String>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) regions: Option<Vec<String>>,
    pub(crate) principals: BTreeMap<String, Principal>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) root: Root,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) password_policy: Option<PasswordPolicy>,
    pub(crate) administrators: Administrators,
    pub(crate) alternate_contacts: BTreeMap<ContactType, Contact>,
    #[serde(rename = "account_summary")]
    pub(crate) summary: BTreeMap<String, SummaryValue>,
    pub(crate) report_csv: Option<String>,
    pub(crate) report_generated: Option<Timestamp>,
    pub(crate) trails: BTreeMap<String, Trail>,
    pub(crate) detectors: BTreeMap<String, Detector>,
    pub(crate) events: Vec<Event>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            name: "Example".to_owned(),
            email: None,
            alias: None,
            partition: "aws".to_owned(),
            state: AccountState::default(),
            unit: None,
            created: None,
            regions: None,
            principals: BTreeMap::new(),
            roles: BTreeMap::new(),
            root: Root::default(),
            users: BTreeMap::new(),
            password_policy: None,
            administrators: Administrators::default(),
            alternate_contacts: BTreeMap::new(),
            summary: BTreeMap::new(),
            report_csv: None,
            report_generated: None,
            trails: BTreeMap::new(),
            detectors: BTreeMap::new(),
            events: Vec::new(),
        }
    }
}
