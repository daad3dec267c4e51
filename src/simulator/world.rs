//! The simulated world as a scenario writes it: plain data, readable and patchable over the control API.

use super::clock::{Span, Time};
use super::faults::Fault;
use super::policy::Policy;
use super::story::Story;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use time::Duration;

/// Everything there is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct World {
    pub(super) clock: Option<Time>,
    pub(super) speed: f64,
    pub(super) session_lifetime: Span,
    pub(super) report_delay: Span,
    pub(super) report_interval: Span,
    pub(super) rate_limits: bool,
    pub(super) latency: Span,
    pub(super) organization: Option<Organization>,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) faults: BTreeMap<String, Fault>,
    pub(super) story: Story,
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

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organization {
    #[serde(default = "example_organization")]
    pub(super) id: String,
    pub(super) management: String,
    #[serde(default)]
    pub(super) feature_set: FeatureSet,
    #[serde(default)]
    pub(super) features: Vec<RootFeature>,
    /// Of `iam.amazonaws.com`.
    #[serde(default)]
    pub(super) trusted_access: bool,
    /// Account id to service principals.
    #[serde(default)]
    pub(super) delegated_administrators: BTreeMap<String, Vec<String>>,
    /// Members that are not simulated themselves.
    #[serde(default)]
    pub(super) accounts: BTreeMap<String, Member>,
}

fn example_organization() -> String {
    "o-exampleorgid".to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum FeatureSet {
    #[default]
    All,
    ConsolidatedBilling,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum RootFeature {
    RootCredentialsManagement,
    RootSessions,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) state: AccountState,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum AccountState {
    PendingActivation,
    #[default]
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

/// A simulated account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) alias: Option<String>,
    pub(super) partition: String,
    pub(super) state: AccountState,
    pub(super) created: Option<Time>,
    pub(super) regions: Option<Vec<String>>,
    pub(super) principals: BTreeMap<String, Principal>,
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) root: Root,
    pub(super) users: BTreeMap<String, User>,
    pub(super) password_policy: Option<PasswordPolicy>,
    pub(super) administrators: Administrators,
    pub(super) alternate_contacts: BTreeMap<ContactType, Contact>,
    #[serde(rename = "account_summary")]
    pub(super) summary: BTreeMap<String, SummaryValue>,
    pub(super) report_csv: Option<String>,
    pub(super) report_generated: Option<Time>,
    pub(super) trails: BTreeMap<String, Trail>,
    pub(super) detectors: BTreeMap<String, Detector>,
    pub(super) events: Vec<Event>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            name: "Example".to_owned(),
            email: None,
            alias: None,
            partition: "aws".to_owned(),
            state: AccountState::default(),
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
pub(super) struct Principal {
    pub(super) secret: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) policy: Policy,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Role {
    pub(super) policy: Policy,
    pub(super) external_id: Option<String>,
    pub(super) web_identity: bool,
    /// The accounts whose principals may assume it.
    pub(super) trusted: Vec<String>,
}

/// The root user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Root {
    pub(super) password: Option<Password>,
    pub(super) mfa: Vec<Mfa>,
    pub(super) keys: Vec<AccessKey>,
    pub(super) certificates: Vec<Certificate>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Password {
    pub(super) changed: Option<Time>,
    pub(super) last_used: Option<Time>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mfa {
    pub(super) kind: MfaKind,
    #[serde(default)]
    pub(super) name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MfaKind {
    Virtual,
    Hardware,
    Passkey,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessKey {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: KeyStatus,
    pub(super) created: Time,
    #[serde(default)]
    pub(super) last_used: Option<Time>,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) service: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum KeyStatus {
    #[default]
    Active,
    Inactive,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub(super) active: bool,
    pub(super) created: Time,
}

/// An IAM user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct User {
    pub(super) password: bool,
    pub(super) mfa: Option<MfaKind>,
    pub(super) created: Option<Time>,
    pub(super) last_used: Option<Time>,
    pub(super) keys: Vec<AccessKey>,
}

/// As `GetAccountPasswordPolicy` answers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(super) struct PasswordPolicy {
    pub(super) minimum_password_length: u32,
    pub(super) require_symbols: bool,
    pub(super) require_numbers: bool,
    pub(super) require_uppercase_characters: bool,
    pub(super) require_lowercase_characters: bool,
    pub(super) allow_users_to_change_password: bool,
    pub(super) expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_password_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password_reuse_prevention: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hard_expiry: Option<bool>,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_password_length: 6,
            require_symbols: false,
            require_numbers: false,
            require_uppercase_characters: false,
            require_lowercase_characters: false,
            allow_users_to_change_password: false,
            expire_passwords: false,
            max_password_age: None,
            password_reuse_prevention: None,
            hard_expiry: None,
        }
    }
}

/// Who has the managed policy `AdministratorAccess` attached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Administrators {
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) roles: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ContactType {
    Billing,
    Operations,
    Security,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) email_address: String,
    pub(super) phone_number: String,
}

/// A value of the account summary that the scenario sets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SummaryValue {
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

/// A trail of `CloudTrail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's own shape")]
pub(super) struct Trail {
    pub(super) arn: Option<String>,
    pub(super) home_region: Option<String>,
    pub(super) multi_region: bool,
    pub(super) organization: bool,
    /// The account of an organization trail that is seen from a member.
    pub(super) owner: Option<String>,
    pub(super) include_global: bool,
    pub(super) log_file_validation: bool,
    pub(super) kms_key_id: Option<String>,
    pub(super) cloudwatch_logs_group_arn: Option<String>,
    pub(super) bucket: Option<String>,
    pub(super) logging: bool,
    pub(super) latest_delivery: Option<Time>,
    /// Keeps the latest delivery this long before world time.
    pub(super) latest_delivery_age: Option<Span>,
    pub(super) latest_delivery_error: Option<String>,
    /// In AWS's JSON form, as are the advanced ones.
    pub(super) event_selectors: Option<Vec<Value>>,
    pub(super) advanced_event_selectors: Option<Vec<Value>>,
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            arn: None,
            home_region: None,
            multi_region: false,
            organization: false,
            owner: None,
            include_global: true,
            log_file_validation: false,
            kms_key_id: None,
            cloudwatch_logs_group_arn: None,
            bucket: None,
            logging: true,
            latest_delivery: None,
            latest_delivery_age: None,
            latest_delivery_error: None,
            event_selectors: None,
            advanced_event_selectors: None,
        }
    }
}

/// A detector of `GuardDuty`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Detector {
    pub(super) id: Option<String>,
    pub(super) status: DetectorStatus,
    pub(super) publishing: PublishingFrequency,
    pub(super) findings: BTreeMap<String, Finding>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum DetectorStatus {
    #[default]
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PublishingFrequency {
    FifteenMinutes,
    OneHour,
    #[default]
    SixHours,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) severity: f64,
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) account: Option<String>,
    #[serde(default)]
    pub(super) user_type: Option<String>,
    #[serde(default)]
    pub(super) access_key_id: Option<String>,
    #[serde(default)]
    pub(super) api: Option<String>,
    #[serde(default)]
    pub(super) service: Option<String>,
    #[serde(default)]
    pub(super) region: Option<String>,
    pub(super) created: Time,
    #[serde(default)]
    pub(super) updated: Option<Time>,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) resource_type: Option<String>,
}

/// An event of `CloudTrail`'s event history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) at: Option<Time>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) source: Option<String>,
    #[serde(default = "root_identity")]
    pub(super) identity: String,
    #[serde(default)]
    pub(super) user_name: Option<String>,
    #[serde(default)]
    pub(super) mfa: bool,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) error_code: Option<String>,
    #[serde(default)]
    pub(super) read_only: Option<bool>,
    #[serde(default, rename = "event_type")]
    pub(super) kind: Option<EventType>,
    #[serde(default)]
    pub(super) access_key_id: Option<String>,
    #[serde(default)]
    pub(super) assumed_root: bool,
    #[serde(default)]
    pub(super) invoked_by: Option<String>,
    #[serde(default)]
    pub(super) id: Option<String>,
    /// Merged over the record that the other keys make.
    #[serde(default)]
    pub(super) record: Option<Value>,
}

fn root_identity() -> String {
    "Root".to_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum EventType {
    #[serde(rename = "AwsApiCall")]
    ApiCall,
    #[serde(rename = "AwsConsoleSignIn")]
    ConsoleSignIn,
    #[serde(rename = "AwsConsoleAction")]
    ConsoleAction,
    #[serde(rename = "AwsServiceEvent")]
    ServiceEvent,
}
