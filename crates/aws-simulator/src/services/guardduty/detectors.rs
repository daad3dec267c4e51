//! Detectors: those of the caller, and those of its member accounts.

use super::findings::VisibleFinding;
use super::{bad_request, page_by_token};
use crate::api::ServiceError;
use crate::ids;
use crate::limits::GUARDDUTY_PAGE;
use crate::services::Context;
use crate::world::Detector;
use serde_json::{Value, json};

/// A detector and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct OwnedDetector<'a> {
    pub(crate) account: &'a str,
    pub(crate) detector: &'a Detector,
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
    let world = &context.world;
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

/// The caller's detector here.
fn own_detector<'a>(context: &'a Context) -> Result<Option<OwnedDetector<'a>>, ServiceError> {
    let detector = context.account()?.detectors.get(context.region);
    let account = &context.caller.account;
    Ok(detector.map(|detector| OwnedDetector { account, detector }))
}

/// The detector that the request names.
pub(crate) fn detector<'a>(context: &'a Context) -> Result<OwnedDetector<'a>, ServiceError> {
    let asked = context.parameters.text("DetectorId").unwrap_or_default();
    own_detector(context)?
        .filter(|it| it.id(context.region) == asked)
        .ok_or_else(|| bad_request("the input detectorId is not owned by the current account"))
}

/// The detector that the request names, and those of its members.
pub(crate) fn detectors<'a>(context: &'a Context) -> Result<Vec<OwnedDetector<'a>>, ServiceError> {
    let mut all = vec![detector(context)?];
    all.extend(members(context));
    Ok(all)
}

pub(crate) fn list_detectors(context: &mut Context) -> Result<Value, ServiceError> {
    let ids = own_detector(context)?
        .iter()
        .map(|it| it.id(context.region))
        .collect();
    let size = context.parameters.size("maxResults", GUARDDUTY_PAGE);
    let (ids, next) = page_by_token(context, ids, size)?;
    Ok(json!({"detectorIds": ids, "nextToken": next}))
}

pub(crate) fn get_detector(context: &mut Context) -> Result<Value, ServiceError> {
    let detector = detector(context)?.detector;
    let caller = context.caller;
    let created = context.account()?.created();
    let role = format!(
        "arn:{}:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
        caller.partition, caller.account
    );
    let feature =
        |name| json!({"name": name, "status": detector.status, "updatedAt": created.epoch()});
    let features = ["CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"].map(feature);
    Ok(json!({
        "createdAt": created.rfc3339_millis(),
        "updatedAt": created.rfc3339_millis(),
        "findingPublishingFrequency": detector.publishing,
        "serviceRole": role,
        "status": detector.status,
        "features": features,
        "tags": {},
    }))
}
