//! An account, and what it has one of.

use super::{AccountState, Detector, Event, PasswordPolicy, Root, Trail, User};
use crate::simulator::clock::Time;
use crate::simulator::policy::Policy;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// A simulated account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Account {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) email: Option<String>,
    pub(in crate::simulator) alias: Option<String>,
    pub(in crate::simulator) partition: String,
    pub(in crate::simulator) state: AccountState,
    /// Where it is in the organization, if not at its root.
    pub(in crate::simulator) unit: Option<String>,
    pub(in crate::simulator) created: Option<Time>,
    pub(in crate::simulator) regions: Option<Vec<String>>,
    pub(in crate::simulator) principals: BTreeMap<String, Principal>,
    pub(in crate::simulator) roles: BTreeMap<String, Role>,
    pub(in crate::simulator) root: Root,
    pub(in crate::simulator) users: BTreeMap<String, User>,
    pub(in crate::simulator) password_policy: Option<PasswordPolicy>,
    pub(in crate::simulator) administrators: Administrators,
    pub(in crate::simulator) alternate_contacts: BTreeMap<ContactType, Contact>,
    #[serde(rename = "account_summary")]
    pub(in crate::simulator) summary: BTreeMap<String, SummaryValue>,
    pub(in crate::simulator) report_csv: Option<String>,
    pub(in crate::simulator) report_generated: Option<Time>,
    pub(in crate::simulator) trails: BTreeMap<String, Trail>,
    pub(in crate::simulator) detectors: BTreeMap<String, Detector>,
    pub(in crate::simulator) events: Vec<Event>,
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

/// An IAM user with a long-term access key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct Principal {
    pub(in crate::simulator) secret: String,
    pub(in crate::simulator) name: String,
    #[serde(default)]
    pub(in crate::simulator) policy: Policy,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Role {
    pub(in crate::simulator) policy: Policy,
    pub(in crate::simulator) external_id: Option<String>,
    pub(in crate::simulator) web_identity: bool,
    /// The principals that may assume it, by ARN, and the accounts all of whose principals may.
    pub(in crate::simulator) trusted: Vec<String>,
    /// The organization that they have to be of.
    pub(in crate::simulator) organization: Option<String>,
}

/// Who has the managed policy `AdministratorAccess` attached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::simulator) struct Administrators {
    pub(in crate::simulator) users: Vec<String>,
    pub(in crate::simulator) groups: Vec<String>,
    pub(in crate::simulator) roles: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::simulator) enum ContactType {
    Billing,
    Operations,
    Security,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::simulator) struct Contact {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) title: String,
    pub(in crate::simulator) email_address: String,
    pub(in crate::simulator) phone_number: String,
}

/// A value of the account summary that the scenario sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::simulator) enum SummaryValue {
    Is(i64),
    /// `null`, or `absent` where null means something else: a merge patch.
    Absent,
}

impl Serialize for SummaryValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(value) => to.serialize_i64(*value),
            Self::Absent => to.serialize_str("absent"),
        }
    }
}

impl<'de> Deserialize<'de> for SummaryValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        match (&value, value.as_i64()) {
            (_, Some(number)) => Ok(Self::Is(number)),
            (Value::Null, _) => Ok(Self::Absent),
            (Value::String(text), _) if text == "absent" => Ok(Self::Absent),
            _ => Err(serde::de::Error::custom(
                "a summary value is a number, null or `absent`",
            )),
        }
    }
}
