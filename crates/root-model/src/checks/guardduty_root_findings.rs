//! GuardDuty's findings about the root user. Those about `AssumeRoot` sessions are not about the true root user.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::facts::guardduty::PRIVILEGED_SESSION;
use crate::{collector::Collector, facts::account::Account, missing::Known};
use std::collections::BTreeSet;

pub(super) const CHECK: Check = Check {
    id: "guardduty-root-findings",
    severity: Severity::High,
    title: "no unarchived finding about root, sanctioned privileged sessions aside",
    not_applicable_when: "GuardDuty is off everywhere",
    cis: "",
    fsbp: "",
    remedy: "Find out what root did and who it was; archive the finding once that is settled.",
    runbook: "AwsRootGuardDutyRootFindings",
    needs: &[Collector::GuardDuty],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    // One that is known counts, whatever is not known of others.
    let findings = a
        .root_findings
        .values()
        .flat_map(|findings| findings.iter());
    let others = findings.filter(|finding| *finding.kind != *PRIVILEGED_SESSION);
    let others: BTreeSet<u64> = others.map(|finding| finding.identity).collect();
    let count = others.len();
    if count > 0 {
        return Ok(Verdict::Fail(format!(
            "GuardDuty has {count} unarchived finding(s) about the root user of {}.",
            a.label()
        )));
    }
    if a.guardduty_is_off()? {
        return Ok(Verdict::NotApplicable);
    }
    a.all_root_findings().map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{known, today};
    use super::*;
    use crate::facts::{Fact, guardduty::Detector, guardduty::RootFinding};

    #[test]
    fn verdicts() {
        let watched = || known().insert_everywhere(&Fact::Detector(Detector::Enabled));
        let found = |kind: &str| {
            Fact::RootFindings(vec![RootFinding {
                kind: kind.into(),
                identity: 1,
                updated: today(),
            }])
        };
        let none = Fact::RootFindings(Vec::new());
        assert_eq!(watched().insert_everywhere(&none).judge(&CHECK), "pass");
        let sanctioned = watched().insert_everywhere(&found(PRIVILEGED_SESSION));
        assert_eq!(sanctioned.judge(&CHECK), "pass");
        let usage = found("Policy:IAMUser/RootCredentialUsage");
        assert_eq!(
            watched()
                .insert_in("us-east-1", usage.clone())
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            watched().insert_in("us-east-1", none).judge(&CHECK),
            "unknown"
        );
        assert_eq!(known().judge(&CHECK), "unknown");
        let open = watched().insert_in("us-east-1", usage.clone());
        let elsewhere = open.insert_in("eu-west-1", usage.clone());
        let removed = elsewhere.insert_in("eu-west-1", Fact::Detector(Detector::Absent));
        assert_eq!(removed.judge(&CHECK), "fail", "the other is still open");
        let off = known().insert_everywhere(&Fact::Detector(Detector::Suspended));
        assert_eq!(off.judge(&CHECK), "not applicable");
    }
}
