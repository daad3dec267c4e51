//! Delivery of the trail that records everything.
use super::{Check, CheckSettings, Severity, Verdict, recording_trail};
use crate::{
    collector::Collector,
    facts::{account::Account, sources::TRAIL_STATUS, trails::Trail},
    missing::{Cause, Known, Missing},
};
use std::time::Duration;

/// A trail delivers every few minutes wherever anything happens.
const MAX_DELIVERY_AGE: Duration = Duration::from_hours(24);

pub(super) const CHECK: Check = Check {
    id: "cloudtrail-delivering",
    severity: Severity::High,
    title: "a trail that logs all management events has delivered within a day, without an error",
    not_applicable_when: "no trail logs all management events",
    cis: "",
    fsbp: "",
    remedy: "Let CloudTrail write to the trail's bucket again: its policy, its KMS key, whether it still exists.",
    runbook: "AwsRootTrailDeliveryFailing",
    needs: &[Collector::CloudTrail],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    let delivers = |trail: &Trail| {
        let status = a.status_of(&trail.arn)?;
        if status.delivery_failing {
            return Ok(false);
        }
        let never = || Missing::new(TRAIL_STATUS, Cause::NotSent("LatestDeliveryTime"));
        let ago = a
            .now
            .duration_since(status.last_delivery.ok_or_else(never)?);
        Ok(ago.unwrap_or_default() < MAX_DELIVERY_AGE)
    };
    let what = "has delivered within the last day without an error";
    recording_trail(a, delivers, what)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, known};
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(known().trail(|_, _| {}).judge(&CHECK), "pass");
        let failing = known().trail(|_, status| status.delivery_failing = true);
        assert_eq!(failing.judge(&CHECK), "fail");
        let old = known().trail(|_, status| status.last_delivery = Some(day(990)));
        assert_eq!(old.judge(&CHECK), "fail");
        let never = known().trail(|_, status| status.last_delivery = None);
        assert_eq!(never.judge(&CHECK), "unknown");
        assert_eq!(known().silent_trail().judge(&CHECK), "unknown");
        assert_eq!(known().without_trails().judge(&CHECK), "not applicable");
    }
}
