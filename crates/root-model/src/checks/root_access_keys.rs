//! Access keys of the root user: there should be none, not even an inactive one.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "root-access-keys",
    severity: Severity::Critical,
    title: "root has no access key, active or not",
    not_applicable_when: "there is no root user in the partition",
    cis: "1.3",
    fsbp: "IAM.4",
    remedy: "Delete the root user's access keys; use roles for what they were used for.",
    runbook: "AwsRootAccessKeyPresent",
    needs: &[Collector::AccountSummary, Collector::CredentialReport],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() {
        return Ok(Verdict::NotApplicable);
    }
    let present = a.has_root_key()?;
    Ok(Verdict::of(!present, || {
        format!("The root user of {} has an access key.", a.label())
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NO_KEY, key, known};
    use super::*;

    #[test]
    fn verdicts() {
        let with = |present| known().summary(|it| it.access_keys_present = present);
        let none = || with(Some(false)).report([NO_KEY, NO_KEY], None);
        assert_eq!(none().judge(&CHECK), "pass");
        assert_eq!(
            with(Some(false)).judge(&CHECK),
            "unknown",
            "one may be inactive"
        );
        let half = with(Some(false)).report([key(false, 900, None), None], None);
        assert_eq!(half.judge(&CHECK), "fail");
        assert_eq!(with(Some(true)).judge(&CHECK), "fail");
        let inactive = [key(false, 900, None), NO_KEY];
        let forgotten = with(Some(false)).report(inactive, None);
        assert_eq!(forgotten.judge(&CHECK), "fail");
        assert_eq!(known().report(inactive, None).judge(&CHECK), "fail");
        let denied = known().report([NO_KEY, NO_KEY], None);
        assert_eq!(denied.judge(&CHECK), "unknown", "the report may be old");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().in_china().judge(&CHECK), "not applicable");
    }
}
