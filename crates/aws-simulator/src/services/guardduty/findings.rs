//! Findings and how `GetFindings` describes them.

use super::detectors::OwnedDetector;
use crate::clock::Timestamp;
use crate::ids;
use crate::services::Context;
use crate::world::Finding;
use serde_json::{Value, json};

/// A finding, and the detector that made it.
#[derive(Clone, Copy)]
pub(crate) struct VisibleFinding<'a> {
    pub(crate) owner: OwnedDetector<'a>,
    pub(crate) id: &'a str,
    pub(crate) finding: &'a Finding,
}

impl<'a> VisibleFinding<'a> {
    /// Whom it is about.
    pub(crate) fn account(&self) -> &'a str {
        self.finding
            .account
            .as_deref()
            .unwrap_or(self.owner.account)
    }
}

/// Everything that `GetFindings` answers about a finding.
pub(crate) fn describe(context: &Context, visible: &VisibleFinding) -> Value {
    let VisibleFinding { owner, id, finding } = *visible;
    let partition = &context.caller.partition;
    let account = visible.account();
    let region = finding.region.as_deref().unwrap_or(context.region);
    let detector_id = owner.id(context.region);
    let updated = updated(finding);
    let kind = finding.resource_type.as_deref().unwrap_or("AccessKey");
    let mut resource = json!({"resourceType": kind});
    if kind == "AccessKey" {
        // Root goes by the account's alias, as in event records.
        let alias = context.world.accounts.get(account);
        let alias = alias.and_then(|it| it.alias.as_deref()).unwrap_or("Root");
        let user_type = finding.user_type.as_deref().unwrap_or("IAMUser");
        let root = user_type == "Root";
        let principal = if root {
            account.to_owned()
        } else {
            ids::unique_id("AIDA", id)
        };
        resource["accessKeyDetails"] = json!({
            "accessKeyId": finding.access_key_id.as_deref().unwrap_or("ASIAIOSFODNN7EXAMPLE"),
            "principalId": principal,
            "userName": if root { alias } else { "someone" },
            "userType": user_type,
        });
    }
    let mut activity = json!({
        "archived": finding.archived,
        "count": 1,
        "detectorId": detector_id,
        "eventFirstSeen": finding.created.rfc3339_millis(),
        "eventLastSeen": updated.rfc3339_millis(),
        "resourceRole": "TARGET",
        "serviceName": "guardduty",
    });
    if let Some(api) = &finding.api {
        let of = finding.service.as_deref().unwrap_or("iam.amazonaws.com");
        activity["action"] = json!({"actionType": "AWS_API_CALL",
            "awsApiCallAction": {"api": api, "serviceName": of, "callerType": "Remote IP",
                "remoteIpDetails": {"ipAddressV4": "192.0.2.10"}}});
    }
    let title = finding
        .title
        .clone()
        .unwrap_or_else(|| format!("{} in account {account}", finding.kind));
    json!({
        "accountId": account,
        "arn": format!("arn:{partition}:guardduty:{region}:{account}:detector/{detector_id}/finding/{id}"),
        "createdAt": finding.created.rfc3339_millis(),
        "updatedAt": updated.rfc3339_millis(),
        "description": title,
        "id": id,
        "partition": partition,
        "region": region,
        "resource": resource,
        "schemaVersion": "2.0",
        "service": activity,
        "severity": finding.severity,
        "title": title,
        "type": finding.kind,
    })
}

/// When a finding was last found.
pub(crate) fn updated(finding: &Finding) -> Timestamp {
    finding.updated.unwrap_or(finding.created)
}
