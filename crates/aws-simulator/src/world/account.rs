//! An account, and what it has one of.

use super::{AccountState, Detector, Event, PasswordPolicy, Root, Trail, User};
use crate::clock::Timestamp;
use crate::policy::Policy;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
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

/// An IAM user with a long-term access key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Principal {
    pub(crate) secret: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) policy: Policy,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Role {
    pub(crate) policy: Policy,
    pub(crate) external_id: Option<String>,
    pub(crate) web_identity: bool,
    /// The principals that may assume it, by ARN, and the accounts all of whose principals may.
    pub(crate) trusted: Vec<String>,
    /// The organization that they have to be of.
    pub(crate) organization: Option<String>,
}

/// Who has the managed policy `AdministratorAccess` attached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Administrators {
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ContactType {
    Billing,
    Operations,
    Security,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) email_address: String,
    pub(crate) phone_number: String,
}

/// A value of the account summary that the scenario sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SummaryValue {
    Number(i64),
    /// `null`, or `absent` where null means something else: a merge patch.
    Absent,
}

impl Serialize for SummaryValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(value) => to.serialize_i64(*value),
            Self::Absent => to.serialize_str("absent"),
        }
    }
}

impl<'de> Deserialize<'de> for SummaryValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        match (&value, value.as_i64()) {
            (_, Some(number)) => Ok(Self::Number(number)),
            (Value::Null, _) => Ok(Self::Absent),
            (Value::String(text), _) if text == "absent" => Ok(Self::Absent),
            _ => Err(serde::de::Error::custom(
                "a summary value is a number, null or `absent`",
            )),
        }
    }
}
