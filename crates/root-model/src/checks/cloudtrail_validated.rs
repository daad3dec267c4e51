//! Log file validation of the trail that records everything.
use super::{Check, CheckSettings, Severity, Verdict, recording_trail};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "cloudtrail-validated",
    severity: Severity::Low,
    title: "a trail that logs all management events validates its log files",
    not_applicable_when: "no trail logs all management events",
    cis: "3.2",
    fsbp: "CloudTrail.4",
    remedy: "Switch log file validation on with `aws cloudtrail update-trail`.",
    runbook: "AwsRootCheckFailing",
    needs: &[Collector::CloudTrail],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    recording_trail(
        a,
        |trail| Ok(trail.log_file_validation),
        "validates its log files",
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(known().trail(|_, _| {}).judge(&CHECK), "pass");
        let without = known().trail(|trail, _| trail.log_file_validation = false);
        assert_eq!(without.judge(&CHECK), "fail");
        assert_eq!(known().silent_trail().judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().without_trails().judge(&CHECK), "not applicable");
        let stopped = known().trail(|_, status| status.logging = false);
        assert_eq!(stopped.judge(&CHECK), "not applicable");
    }
}
