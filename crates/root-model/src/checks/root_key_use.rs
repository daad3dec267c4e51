//! Use of the root user's access keys. A key used today counts even if the password was last used long ago.
use super::{Check, CheckSettings, Severity, Verdict, rounded};
use crate::facts::credential_report::KeySlot;
use crate::{
    collector::Collector,
    facts::{account::Account, sources::CREDENTIAL_REPORT},
    missing::{Cause, Gaps, Known, Missing},
};
use std::time::Duration;

const PERIOD: Duration = Duration::from_hours(90 * 24);

pub(super) const CHECK: Check = Check {
    id: "root-key-use",
    severity: Severity::High,
    title: "no use of a root access key within 90 days, whatever the password did",
    not_applicable_when: "root has no key",
    cis: "1.6",
    fsbp: "",
    remedy: "Find out what uses the root user's access key, give it a role of its own, and delete the key.",
    runbook: "AwsRootAccessKeyUsed",
    needs: &[Collector::AccountSummary, Collector::CredentialReport],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() {
        return Ok(Verdict::NotApplicable);
    }
    if !a.has_root_key()? {
        return Ok(Verdict::NotApplicable);
    }
    // A key that is younger than the report may have been used since.
    let reported = a.report.as_ref().ok().map(|report| report.generated);
    let mut gaps = Gaps::default();
    for key in a.root_keys() {
        match key {
            Err(missing) => gaps.add(missing),
            Ok(KeySlot::Empty) => {}
            Ok(KeySlot::Key {
                created,
                last_used: None,
                ..
            }) => {
                if created.is_none() || reported.is_none() || created > reported {
                    let why = "The credential report is older than the key, so it does not say whether the key was used.";
                    gaps.add(Missing::new(CREDENTIAL_REPORT, Cause::Inconclusive(why)));
                }
            }
            Ok(KeySlot::Key {
                last_used: Some(used),
                ..
            }) => {
                let ago = a.now.duration_since(used).unwrap_or_default();
                if ago < PERIOD {
                    return Ok(Verdict::Fail(format!(
                        "An access key of the root user of {} was used {} ago.",
                        a.label(),
                        rounded(ago)
                    )));
                }
            }
        }
    }
    gaps.check().map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NO_KEY, key, known};
    use super::*;

    #[test]
    fn verdicts() {
        let with = |first, second| known().report([first, second], None);
        assert_eq!(
            with(key(true, 500, Some(600)), NO_KEY).judge(&CHECK),
            "pass"
        );
        assert_eq!(with(key(true, 500, None), NO_KEY).judge(&CHECK), "pass");
        assert_eq!(
            with(key(true, 500, Some(990)), NO_KEY).judge(&CHECK),
            "fail"
        );
        assert_eq!(with(None, key(false, 500, Some(990))).judge(&CHECK), "fail");
        assert_eq!(with(key(true, 500, None), None).judge(&CHECK), "unknown");
        assert_eq!(with(key(true, 1001, None), NO_KEY).judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        let inactive = with(key(false, 500, Some(990)), NO_KEY);
        let inactive = inactive.summary(|it| it.access_keys_present = Some(false));
        assert_eq!(inactive.judge(&CHECK), "fail");
        let none = with(NO_KEY, NO_KEY);
        assert_eq!(none.judge(&CHECK), "unknown", "the report may be old");
        let none = none.summary(|it| it.access_keys_present = Some(false));
        assert_eq!(none.judge(&CHECK), "not applicable");
    }
}
