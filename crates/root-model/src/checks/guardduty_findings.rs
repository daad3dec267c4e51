//! GuardDuty's findings of high and critical severity, archived ones aside.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "guardduty-findings",
    severity: Severity::High,
    title: "no unarchived finding of severity high or critical",
    not_applicable_when: "GuardDuty is off everywhere",
    cis: "",
    fsbp: "",
    remedy: "Look into the findings, end what they found, and archive them.",
    runbook: "AwsRootGuardDutyHighFindings",
    needs: &[Collector::GuardDuty],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    // One that is known counts, whatever is not known of the detector.
    let counts = a
        .finding_counts
        .values()
        .flat_map(|counts| counts.by_severity());
    let grave = counts.filter(|(severity, _)| *severity >= Severity::High);
    let count: u64 = grave.map(|(_, count)| count).sum();
    if count > 0 {
        return Ok(Verdict::Fail(format!(
            "GuardDuty has {count} unarchived finding(s) of high or critical severity in {}.",
            a.label()
        )));
    }
    if a.guardduty_is_off()? {
        return Ok(Verdict::NotApplicable);
    }
    a.all_finding_counts().map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, guardduty::Detector, guardduty::FindingCounts};

    #[test]
    fn verdicts() {
        let watched = || known().insert_everywhere(&Fact::Detector(Detector::Enabled));
        let found = |[low, medium, high, critical]: [u64; 4]| {
            Fact::FindingCounts(FindingCounts::new(low, medium, high, critical))
        };
        assert_eq!(
            watched()
                .insert_everywhere(&found([3, 2, 0, 0]))
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(
            watched()
                .insert_in("us-east-1", found([0, 0, 1, 0]))
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            watched()
                .insert_in("us-east-1", found([0, 0, 0, 1]))
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            watched()
                .insert_in("us-east-1", found([0; 4]))
                .judge(&CHECK),
            "unknown"
        );
        assert_eq!(watched().judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        let without_detector = known().insert_in("us-east-1", found([0, 0, 0, 1]));
        assert_eq!(without_detector.judge(&CHECK), "fail");
        let off = known().insert_everywhere(&Fact::Detector(Detector::Absent));
        assert_eq!(off.judge(&CHECK), "not applicable");
    }
}
