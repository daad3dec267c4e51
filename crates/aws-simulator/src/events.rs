//! The event history of `CloudTrail`: the record of an event, as AWS writes it, made from what the scenario says.

use super::clock::Timestamp;
use super::failure::ServiceError;
use super::world::{Account, Event, EventType, World};
use super::{ids, regions, services::Service, story};
use serde_json::{Map, Value, json};

/// Who acts, and in which session, where the scenario does not say.
const DEFAULT_USER_NAME: &str = "someone";
const DEFAULT_SESSION_NAME: &str = "session";

/// Gives events the time and the id that the scenario left out.
pub(crate) fn fill_defaults(account: &str, events: &mut [Event], now: Timestamp) {
    for (position, event) in events.iter_mut().enumerate() {
        let at = event.at.get_or_insert(now.truncate_to_second());
        let seed = || {
            ids::uuid(&format!(
                "{account}/{position}/{}/{}",
                at.rfc3339(),
                event.name
            ))
        };
        event.id.get_or_insert_with(seed);
    }
}

/// Adds events to an account's history; those without a time happen now.
pub(crate) fn append(
    world: &mut World,
    account: &str,
    events: Vec<Value>,
    now: Timestamp,
) -> Result<(), String> {
    let mut events = Value::Array(events);
    super::clock::resolve(&mut events, now)?;
    let events: Vec<Event> = serde_json::from_value(events).map_err(|error| error.to_string())?;
    let found = world.accounts.get_mut(account);
    let found = found.ok_or_else(|| format!("account {account} is not simulated"))?;
    let wrong = |event: &&Event| {
        let region = event.region.as_deref();
        region.is_some_and(|it| regions::partition_of(it) != Some(&found.partition))
    };
    if let Some(event) = events.iter().find(wrong) {
        return Err(format!("event {}: no such region", event.name));
    }
    found.events.extend(events);
    fill_defaults(account, &mut found.events, now);
    Ok(())
}

/// Adds what root does in a session: a call of IAM, whether or not it failed.
pub(crate) fn append_root_call(
    world: &mut World,
    account: &str,
    operation: &str,
    key: String,
    failure: Option<&ServiceError>,
    now: Timestamp,
) {
    let Some(found) = world.accounts.get_mut(account) else {
        return;
    };
    found.events.push(Event {
        at: None,
        name: operation.to_owned(),
        region: None,
        source: Some("iam.amazonaws.com".to_owned()),
        identity: "Root".to_owned(),
        user_name: None,
        mfa: false,
        error: failure.map(|it| it.message.clone()),
        error_code: failure.map(|it| it.code.clone()),
        read_only: None,
        kind: None,
        access_key_id: Some(key),
        // AWS's own example of such an event does not have it.
        assumed_root: false,
        invoked_by: None,
        id: None,
        record: None,
    });
    fill_defaults(account, &mut found.events, now);
}

/// An event together with whose it is.
pub(crate) struct AccountEvent<'a> {
    pub(crate) event: &'a Event,
    pub(crate) account_id: &'a str,
    pub(crate) account: &'a Account,
}

impl AccountEvent<'_> {
    pub(crate) fn at(&self) -> Timestamp {
        self.event
            .at
            .unwrap_or(Timestamp(time::OffsetDateTime::UNIX_EPOCH))
    }

    pub(crate) fn id(&self) -> &str {
        self.event.id.as_deref().unwrap_or_default()
    }

    pub(crate) fn region(&self) -> &str {
        let home = regions::global_region(Service::Iam, &self.account.partition);
        self.event.region.as_deref().or(home).unwrap_or_default()
    }

    pub(crate) fn source(&self) -> &str {
        let oauth = ["AuthorizeOAuth2Access", "CreateOAuth2Token"].contains(&self.name());
        let default = if oauth || self.is_sign_in() {
            "signin.amazonaws.com"
        } else {
            "iam.amazonaws.com"
        };
        self.event.source.as_deref().unwrap_or(default)
    }

    pub(crate) fn username(&self) -> Option<&str> {
        let named = self.event.user_name.as_deref();
        match self.event.identity.as_str() {
            "Root" => named.or(Some("root")),
            "AWSService" => named,
            "AssumedRole" => Some(DEFAULT_SESSION_NAME),
            _ => named.or(Some(DEFAULT_USER_NAME)),
        }
    }

    pub(crate) fn read_only(&self) -> bool {
        // `aws login` and STS's sessions are recorded as reads.
        let reads = [
            "Get",
            "List",
            "Describe",
            "Head",
            "Lookup",
            "AssumeRole",
            "AuthorizeOAuth2",
            "CreateOAuth2",
        ];
        self.event
            .read_only
            .unwrap_or_else(|| reads.iter().any(|verb| self.event.name.starts_with(verb)))
    }

    fn is_sign_in(&self) -> bool {
        let name = self.name();
        name.starts_with("PasswordRecovery")
            || [
                "CheckMfa",
                "ConsoleLogin",
                "EmailUpdated",
                "PasswordUpdated",
            ]
            .contains(&name)
    }

    fn name(&self) -> &str {
        &self.event.name
    }

    /// The key that the call was signed with: that of a session, where the scenario does not say.
    pub(crate) fn access_key(&self) -> Option<String> {
        let unsigned = self.is_sign_in() || self.event.identity == "AWSService";
        let of_session = || {
            let digest = ids::digest(&format!("session/{}", self.id()));
            format!("ASIA{}", digest[..16].to_uppercase())
        };
        let default = (!unsigned).then(of_session);
        self.event.access_key_id.clone().or(default)
    }

    /// As `LookupEvents` answers it.
    pub(crate) fn lookup_event(&self) -> Value {
        let mut form = json!({
            "EventId": self.id(),
            "EventName": self.event.name,
            "ReadOnly": self.read_only().to_string(),
            "EventTime": self.at().epoch(),
            "EventSource": self.source(),
            "Resources": [],
            "CloudTrailEvent": self.record().to_string(),
        });
        form["Username"] = self.username().into();
        form["AccessKeyId"] = self.access_key().into();
        if let Value::Object(members) = &mut form {
            members.retain(|_, value| !value.is_null());
        }
        form
    }

    /// The record in full.
    fn record(&self) -> Value {
        let event = self.event;
        let default = if self.is_sign_in() {
            EventType::ConsoleSignIn
        } else {
            EventType::ApiCall
        };
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.identity(),
            "eventTime": self.at().rfc3339(),
            "eventSource": self.source(),
            "eventName": event.name,
            "awsRegion": self.region(),
            "sourceIPAddress": event.invoked_by.as_deref().unwrap_or("192.0.2.10"),
            "userAgent": event.invoked_by.as_deref().unwrap_or("Mozilla/5.0"),
            "requestParameters": null,
            "responseElements": null,
            "requestID": ids::uuid(&format!("request/{}", self.id())),
            "eventID": self.id(),
            "readOnly": self.read_only(),
            "eventType": event.kind.unwrap_or(default),
            "managementEvent": true,
            "recipientAccountId": self.account_id,
            "eventCategory": "Management",
        });
        if event.name == "ConsoleLogin" {
            let failed = event.error.is_some() || event.error_code.is_some();
            record["responseElements"] =
                json!({"ConsoleLogin": if failed { "Failure" } else { "Success" }});
            let used = if event.mfa { "Yes" } else { "No" };
            record["additionalEventData"] = json!({"LoginTo": "https://console.aws.amazon.com/console/home",
                "MobileVersion": "No", "MFAUsed": used});
            if event.mfa {
                let device = match event.identity.as_str() {
                    "Root" => "root-account-mfa-device",
                    _ => event.user_name.as_deref().unwrap_or(DEFAULT_USER_NAME),
                };
                record["additionalEventData"]["MFAIdentifier"] =
                    self.arn(&format!("mfa/{device}")).into();
            }
        }
        if let Some(message) = &event.error {
            record["errorMessage"] = message.as_str().into();
        }
        if let Some(code) = &event.error_code {
            record["errorCode"] = code.as_str().into();
        }
        if let Some(over) = &event.record {
            story::merge(&mut record, over);
        }
        record
    }

    fn identity(&self) -> Value {
        let event = self.event;
        let name = event.user_name.as_deref().unwrap_or(DEFAULT_USER_NAME);
        let key = self.access_key();
        let (principal, arn) = match event.identity.as_str() {
            "Root" => (self.account_id.to_owned(), self.arn("root")),
            "AssumedRole" => {
                let role = ids::unique_id("AROA", &format!("{}/{name}", self.account_id));
                let arn = format!(
                    "arn:{}:sts::{}:assumed-role/{name}/{DEFAULT_SESSION_NAME}",
                    self.account.partition, self.account_id
                );
                (format!("{role}:{DEFAULT_SESSION_NAME}"), arn)
            }
            "AWSService" => {
                return json!({"type": "AWSService", "invokedBy": event.invoked_by.as_deref().unwrap_or("cloudtrail.amazonaws.com")});
            }
            _ => {
                let user = ids::unique_id("AIDA", &format!("{}/{name}", self.account_id));
                (user, self.arn(&format!("user/{name}")))
            }
        };
        let mut identity = Map::new();
        identity.insert("type".to_owned(), event.identity.as_str().into());
        identity.insert("principalId".to_owned(), principal.into());
        identity.insert("arn".to_owned(), arn.into());
        identity.insert("accountId".to_owned(), self.account_id.into());
        let sign_in = self.is_sign_in();
        let temporary = key.as_ref().is_some_and(|key| key.starts_with("ASIA"));
        identity.insert("accessKeyId".to_owned(), key.unwrap_or_default().into());
        if event.identity == "IAMUser" {
            identity.insert("userName".to_owned(), name.into());
        } else if let Some(alias) = self
            .account
            .alias
            .as_ref()
            .filter(|_| event.identity == "Root")
        {
            identity.insert("userName".to_owned(), alias.as_str().into());
        }
        if !sign_in && temporary {
            let attributes = json!({"creationDate": self.at().rfc3339(), "mfaAuthenticated": event.mfa.to_string()});
            let mut context = json!({"attributes": attributes});
            if event.assumed_root {
                context["assumedRoot"] = "true".into();
            }
            identity.insert("sessionContext".to_owned(), context);
        }
        if let Some(service) = &event.invoked_by {
            identity.insert("invokedBy".to_owned(), service.as_str().into());
        }
        Value::Object(identity)
    }

    fn arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:iam::{}:{resource}",
            self.account.partition, self.account_id
        )
    }
}
