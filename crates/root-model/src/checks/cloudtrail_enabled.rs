//! CloudTrail: a trail that records everywhere what everyone does.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "cloudtrail-enabled",
    severity: Severity::High,
    title: "a multi-region trail logs read and write management events",
    not_applicable_when: "",
    cis: "3.1",
    fsbp: "CloudTrail.1",
    remedy: "Create a multi-region trail that records all management events, best one of the organization, and start its logging.",
    runbook: "AwsRootCloudTrailOff",
    needs: &[Collector::CloudTrail],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    Ok(Verdict::of(a.cloudtrail_enabled()?, || {
        format!(
            "No multi-region trail of {} logs all management events.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(known().trail(|_, _| {}).judge(&CHECK), "pass");
        assert_eq!(
            known()
                .trail(|_, status| status.logging = false)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            known()
                .trail(|trail, _| trail.multi_region = false)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(known().without_trails().judge(&CHECK), "fail");
        assert_eq!(known().silent_trail().judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
    }
}
