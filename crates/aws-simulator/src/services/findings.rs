//! Whose findings a detector of `GuardDuty` sees, and how they are described.

use super::Context;
use crate::clock::Timestamp;
use crate::ids;
use crate::world::{Detector, Finding};
use serde_json::{Value, json};

/// A detector and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct OwnedDetector<'a> {
    pub(crate) account: &'a str,
    pub(crate) detector: &'a Detector,
}

/// A finding, and the detector that made it.
#[derive(Clone, Copy)]
pub(crate) struct VisibleFinding<'a> {
    owner: OwnedDetector<'a>,
    id: &'a str,
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

impl<'a> OwnedDetector<'a> {
    pub(crate) fn id(&self, region: &str) -> String {
        let seed = || ids::hex32(&format!("{}/{region}", self.account));
        self.detector.id.clone().unwrap_or_else(seed)
    }

    pub(crate) fn findings(self) -> impl Iterator<Item = VisibleFinding<'a>> {
        let findings = self.detector.findings.iter();
        findings.map(move |(id, finding)| VisibleFinding {
            owner: self,
            id,
            finding,
        })
    }

    pub(crate) fn finding(self, id: &str) -> Option<VisibleFinding<'a>> {
        let (id, finding) = self.detector.findings.get_key_value(id)?;
        Some(VisibleFinding {
            owner: self,
            id,
            finding,
        })
    }
}

/// The members' detectors in the region, where the caller is the delegated administrator.
pub(crate) fn members<'a>(context: &'a Context) -> Vec<OwnedDetector<'a>> {
    let caller = context.caller;
    let world = &context.simulation.world;
    let organization = world.organization_in(&caller.partition);
    if !organization.is_some_and(|it| it.delegates(&caller.account, "guardduty.amazonaws.com")) {
        return Vec::new();
    }
    let others = world
        .accounts
        .iter()
        .filter(|(id, it)| **id != caller.account && it.partition == caller.partition);
    let detectors = others.filter_map(|(account, it)| {
        let detector = it.detectors.get(context.region)?;
        Some(OwnedDetector { account, detector })
    });
    detectors.filter(|it| it.detector.member).collect()
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
        let alias = context.simulation.world.accounts.get(account);
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
