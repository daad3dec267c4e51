//! The `userIdentity` element of a CloudTrail record.

use super::event::{AccountEvent, DEFAULT_SESSION_NAME, DEFAULT_USER_NAME};
use crate::ids;
use serde_json::{Map, Value, json};

impl AccountEvent<'_> {
    pub(crate) fn identity(&self) -> Value {
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
}
