//! One CloudTrail record -> what root did, in exactly one kind. A record that is not root's is nobody's business here.
use super::event_kind::EventKind;
use serde::Deserialize;

/// The fields of a CloudTrail record that decide.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    user_identity: Option<UserIdentity>,
    event_name: String,
    #[serde(default)]
    event_source: String,
    event_type: Option<String>,
    read_only: Option<bool>,
    error_code: Option<String>,
    error_message: Option<String>,
    #[serde(default)]
    request_parameters: serde_json::Value,
    #[serde(default)]
    response_elements: serde_json::Value,
    #[serde(default)]
    additional_event_data: serde_json::Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(rename = "type")]
    kind: Option<String>,
    invoked_by: Option<String>,
    access_key_id: Option<String>,
    #[serde(default)]
    session_context: serde_json::Value,
}

/// Reads a record. `Ok(None)`: not by the root user, or by an AWS service for it. `is_own` recognizes the access keys of the
/// exporter's own sessions.
///
/// # Errors
/// A record that cannot be read, without any of its content.
pub fn classify(record: &str, is_own: impl Fn(&str) -> bool) -> Result<Option<EventKind>, String> {
    let record: Record = serde_json::from_str(record)
        .map_err(|_| "a CloudTrail record is not JSON of the documented form".to_owned())?;
    let Some(identity) = &record.user_identity else {
        return Ok(None);
    };
    let by_root = identity.kind.as_deref() == Some("Root");
    // A call that a service made for root follows from one that root made. The console itself is named in the records
    // of old console actions, which are root's own.
    let by_service = record.event_type.as_deref() == Some("AwsServiceEvent")
        || identity
            .invoked_by
            .as_deref()
            .is_some_and(|by| by != "signin.amazonaws.com");
    if !by_root || by_service {
        return Ok(None);
    }
    let own = identity.access_key_id.as_deref().is_some_and(is_own);
    Ok(Some(
        if own || is_true(&identity.session_context["assumedRoot"]) {
            EventKind::PrivilegedSession
        } else {
            record.kind()
        },
    ))
}

/// The account whose event the record is; `None` if it does not say.
#[must_use]
pub fn recipient(record: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Recipient {
        recipient_account_id: Option<String>,
    }
    let recipient: Recipient = serde_json::from_str(record).ok()?;
    recipient.recipient_account_id
}

impl Record {
    fn kind(&self) -> EventKind {
        let name = self.event_name.as_str();
        match name {
            "ConsoleLogin" if self.failed() => EventKind::LoginFailed,
            // Without a word about MFA, none was used: the worse reading of a field that is always documented.
            "ConsoleLogin" if is_yes(&self.additional_event_data["MFAUsed"]) => EventKind::Login,
            "ConsoleLogin" => EventKind::LoginWithoutMfa,
            "PasswordRecoveryRequested" | "PasswordRecoveryCompleted" => EventKind::AccountRecovery,
            _ if self.tampers() => EventKind::AuditTampering,
            _ if CREDENTIAL_CHANGES.contains(&name) && !self.failed() && self.is_for_root() => {
                EventKind::CredentialChange
            }
            _ if self.read_only == Some(true) => EventKind::Read,
            _ => EventKind::Write,
        }
    }

    fn failed(&self) -> bool {
        self.error_code.is_some()
            || self.error_message.is_some()
            || self.response_elements[&self.event_name].as_str() == Some("Failure")
    }

    /// An attempt counts, whether it worked or not.
    fn tampers(&self) -> bool {
        let name = self.event_name.as_str();
        match self.event_source.as_str() {
            "cloudtrail.amazonaws.com" => TRAIL_CHANGES.contains(&name),
            "guardduty.amazonaws.com" => DETECTOR_CHANGES.contains(&name),
            _ => false,
        }
    }

    /// Root changing an IAM user's credentials names the user; for its own, AWS writes nothing or `AWS ROOT USER`.
    fn is_for_root(&self) -> bool {
        match &self.request_parameters["userName"] {
            serde_json::Value::Null => true,
            name => name.as_str() == Some("AWS ROOT USER"),
        }
    }
}

/// CloudTrail writes some booleans as strings.
fn is_true(value: &serde_json::Value) -> bool {
    value.as_bool() == Some(true)
        || value
            .as_str()
            .is_some_and(|s| s.eq_ignore_ascii_case("true"))
}

fn is_yes(value: &serde_json::Value) -> bool {
    value
        .as_str()
        .is_some_and(|s| s.eq_ignore_ascii_case("yes"))
}

const CREDENTIAL_CHANGES: &[&str] = &[
    "AcceptPrimaryEmailUpdate",
    "ChangePassword",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateVirtualMFADevice",
    "DeactivateMFADevice",
    "DeleteAccessKey",
    "DeleteCloudFrontPublicKey",
    "DeleteLoginProfile",
    "DeleteSigningCertificate",
    "DeleteVirtualMFADevice",
    "EmailUpdated",
    "EnableMFADevice",
    "PasswordUpdated",
    "ResyncMFADevice",
    "StartPrimaryEmailUpdate",
    "UpdateAccessKey",
    "UpdateAccountEmailAddress",
    "UpdateCloudFrontPublicKey",
    "UpdateLoginProfile",
    "UpdateSigningCertificate",
    "UploadCloudFrontPublicKey",
    "UploadSigningCertificate",
];

const TRAIL_CHANGES: &[&str] = &[
    "DeleteEventDataStore",
    "DeleteTrail",
    "DeregisterOrganizationDelegatedAdmin",
    "PutEventSelectors",
    "PutInsightSelectors",
    "StopEventDataStoreIngestion",
    "StopLogging",
    "UpdateEventDataStore",
    "UpdateTrail",
];

const DETECTOR_CHANGES: &[&str] = &[
    "CreateFilter",
    "CreateIPSet",
    "DeleteDetector",
    "DeleteMembers",
    "DeletePublishingDestination",
    "DisableOrganizationAdminAccount",
    "DisassociateFromAdministratorAccount",
    "DisassociateFromMasterAccount",
    "DisassociateMembers",
    "StopMonitoringMembers",
    "UpdateDetector",
    "UpdateFilter",
    "UpdateIPSet",
    "UpdateMemberDetectors",
    "UpdateOrganizationConfiguration",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A record of root's, changed by `with`.
    fn kind(name: &str, source: &str, with: Value) -> Option<EventKind> {
        let mut record = json!({
            "userIdentity": {"type": "Root", "accountId": "111122223333"},
            "eventName": name, "eventSource": source, "eventType": "AwsApiCall", "readOnly": false,
            "requestParameters": null, "responseElements": null,
        });
        let Value::Object(changes) = with else {
            panic!("not an object: {with}");
        };
        for (key, value) in changes {
            record[key] = value;
        }
        classify(&record.to_string(), |key| key == "ASIAOWN").unwrap()
    }

    #[test]
    fn sign_ins() {
        let login = |with| kind("ConsoleLogin", "signin.amazonaws.com", with);
        let success = json!({"ConsoleLogin": "Success"});
        assert_eq!(
            login(json!({"responseElements": success, "additionalEventData": {"MFAUsed": "YES"}})),
            Some(EventKind::Login)
        );
        assert_eq!(
            login(json!({"responseElements": success, "additionalEventData": {"MFAUsed": "No"}})),
            Some(EventKind::LoginWithoutMfa)
        );
        let failure = json!({"responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "Failed authentication"});
        assert_eq!(login(failure), Some(EventKind::LoginFailed));
        assert_eq!(
            kind(
                "PasswordRecoveryRequested",
                "signin.amazonaws.com",
                json!({})
            ),
            Some(EventKind::AccountRecovery)
        );
    }

    #[test]
    fn whose_credentials() {
        let iam = |name, with| kind(name, "iam.amazonaws.com", with);
        assert_eq!(
            iam("CreateAccessKey", json!({})),
            Some(EventKind::CredentialChange)
        );
        assert_eq!(
            iam(
                "EnableMFADevice",
                json!({"requestParameters": {"userName": "AWS ROOT USER"}})
            ),
            Some(EventKind::CredentialChange)
        );
        assert_eq!(
            iam(
                "CreateAccessKey",
                json!({"requestParameters": {"userName": "alice"}})
            ),
            Some(EventKind::Write)
        );
        assert_eq!(
            iam("CreateAccessKey", json!({"errorCode": "AccessDenied"})),
            Some(EventKind::Write),
            "nothing changed"
        );
        assert_eq!(
            kind(
                "PasswordUpdated",
                "signin.amazonaws.com",
                json!({"responseElements": {"PasswordUpdated": "Failure"}})
            ),
            Some(EventKind::Write)
        );
    }

    #[test]
    fn tampering_reading_and_writing() {
        assert_eq!(
            kind(
                "StopLogging",
                "cloudtrail.amazonaws.com",
                json!({"errorCode": "AccessDenied"})
            ),
            Some(EventKind::AuditTampering)
        );
        assert_eq!(
            kind("DeleteDetector", "guardduty.amazonaws.com", json!({})),
            Some(EventKind::AuditTampering)
        );
        assert_eq!(
            kind("ListBuckets", "s3.amazonaws.com", json!({"readOnly": true})),
            Some(EventKind::Read)
        );
        assert_eq!(
            kind("RunInstances", "ec2.amazonaws.com", json!({})),
            Some(EventKind::Write)
        );
    }

    #[test]
    fn who_it_was() {
        let iam = |identity: Value| {
            kind(
                "ListUsers",
                "iam.amazonaws.com",
                json!({"userIdentity": identity, "readOnly": true}),
            )
        };
        assert_eq!(
            iam(json!({"type": "IAMUser", "userName": "root"})),
            None,
            "a user who is called root"
        );
        assert_eq!(
            iam(json!({"type": "Root", "invokedBy": "config.amazonaws.com"})),
            None
        );
        assert_eq!(
            iam(json!({"type": "Root", "invokedBy": "signin.amazonaws.com"})),
            Some(EventKind::Read)
        );
        assert_eq!(
            iam(json!({"type": "Root", "accessKeyId": "ASIAOWN"})),
            Some(EventKind::PrivilegedSession),
            "one of the exporter's own"
        );
        assert_eq!(
            iam(json!({"type": "Root", "accessKeyId": "ASIAOTHER"})),
            Some(EventKind::Read)
        );
        assert_eq!(
            iam(json!({"type": "Root", "sessionContext": {"assumedRoot": "true"}})),
            Some(EventKind::PrivilegedSession)
        );
        assert_eq!(
            iam(
                json!({"type": "Root", "sessionContext": {"sessionCredentialFromConsole": "true"}})
            ),
            Some(EventKind::Read)
        );
        assert_eq!(
            kind(
                "ServiceEvent",
                "kms.amazonaws.com",
                json!({"eventType": "AwsServiceEvent"})
            ),
            None
        );
    }

    #[test]
    fn garbage_is_an_error() {
        for garbage in [
            "",
            "{",
            "[]",
            "null",
            "{\"eventName\": 7}",
            "{\"userIdentity\": {}}",
        ] {
            assert!(classify(garbage, |_| false).is_err(), "{garbage}");
        }
    }
}
