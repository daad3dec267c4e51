//! MFA of the root user. A root without a password cannot sign in, so it needs none.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{
    collector::Collector,
    facts::account::Account,
    missing::{Known, both},
};

pub(super) const CHECK: Check = Check {
    id: "root-mfa",
    severity: Severity::Critical,
    title: "root has an MFA device, or root has no password",
    not_applicable_when: "root has no console in the partition",
    cis: "1.4",
    fsbp: "IAM.9",
    remedy: "Register MFA devices for the root user, two at least; for a member account, better remove its root credentials.",
    runbook: "AwsRootMfaOff",
    needs: &[Collector::AccountSummary],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root_console() {
        return Ok(Verdict::NotApplicable);
    }
    let (password, mfa) = (a.password_present(), a.mfa_enabled());
    if password == Ok(false) || mfa == Ok(true) {
        return Ok(Verdict::Pass);
    }
    both(password, mfa)?;
    Ok(Verdict::Fail(format!(
        "The root user of {} has a password and no MFA device.",
        a.label()
    )))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;

    #[test]
    fn verdicts() {
        let with = |mfa, password| {
            known().summary(|it| {
                it.mfa_enabled = mfa;
                it.password_present = password;
            })
        };
        assert_eq!(with(Some(true), None).judge(&CHECK), "pass");
        assert_eq!(with(Some(false), Some(false)).judge(&CHECK), "pass");
        assert_eq!(with(None, Some(false)).judge(&CHECK), "pass");
        assert_eq!(with(Some(false), Some(true)).judge(&CHECK), "fail");
        assert_eq!(with(Some(false), None).judge(&CHECK), "unknown");
        assert_eq!(with(None, Some(true)).judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
    }
}
