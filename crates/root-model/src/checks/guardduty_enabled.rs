//! GuardDuty in every monitored region.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "guardduty-enabled",
    severity: Severity::High,
    title: "an enabled detector in every monitored region",
    not_applicable_when: "",
    cis: "",
    fsbp: "GuardDuty.1",
    remedy: "Enable GuardDuty in every region, best for the whole organization by its delegated administrator.",
    runbook: "AwsRootGuardDutyOff",
    needs: &[Collector::GuardDuty],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    let off: Vec<&str> = a.regions_without_guardduty().collect();
    if !off.is_empty() {
        return Ok(Verdict::Fail(format!(
            "GuardDuty is off in {} of {}.",
            off.join(", "),
            a.label()
        )));
    }
    a.all_detectors().map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, guardduty::Detector};

    #[test]
    fn verdicts() {
        let everywhere = |detector| known().insert_everywhere(&Fact::Detector(detector));
        let in_one = |detector| known().insert_in("us-east-1", Fact::Detector(detector));
        assert_eq!(everywhere(Detector::Enabled).judge(&CHECK), "pass");
        assert_eq!(everywhere(Detector::Absent).judge(&CHECK), "fail");
        assert_eq!(in_one(Detector::Suspended).judge(&CHECK), "fail");
        assert_eq!(in_one(Detector::Enabled).judge(&CHECK), "unknown");
        let mut more = everywhere(Detector::Enabled);
        more.identity.complete_until = None;
        assert_eq!(more.judge(&CHECK), "unknown", "there may be more regions");
    }
}
