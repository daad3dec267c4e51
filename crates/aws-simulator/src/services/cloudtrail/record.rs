//! The CloudTrail record of an event.

use super::event::{AccountEvent, DEFAULT_USER_NAME};
use crate::ids;
use crate::world::{EventType, merge_patch};
use serde_json::{Value, json};

impl AccountEvent<'_> {
    /// The record in full.
    pub(crate) fn record(&self) -> Value {
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
            merge_patch::merge(&mut record, over);
        }
        record
    }

    pub(crate) fn arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:iam::{}:{resource}",
            self.account.partition, self.account_id
        )
    }
}
