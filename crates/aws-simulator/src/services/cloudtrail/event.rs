//! An event of the event history, with the defaults of what the scenario left out.

use crate::api::Service;
use crate::clock::Timestamp;
use crate::world::{Account, Event};
use crate::{ids, regions};
use serde_json::{Value, json};

/// Who acts, and in which session, where the scenario does not say.
pub(crate) const DEFAULT_USER_NAME: &str = "someone";

pub(crate) const DEFAULT_SESSION_NAME: &str = "session";

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

    pub(crate) fn is_sign_in(&self) -> bool {
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
}
