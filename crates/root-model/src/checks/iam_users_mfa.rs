//! MFA of IAM users who can sign in.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "iam-users-mfa",
    severity: Severity::High,
    title: "every IAM user with a password has MFA",
    not_applicable_when: "no IAM user has a password",
    cis: "1.9",
    fsbp: "IAM.5",
    remedy: "Register MFA devices for these users, or remove their passwords and let them sign in by IAM Identity Center.",
    runbook: "AwsRootCheckFailing",
    needs: &[Collector::CredentialReport],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    let users = a.console_users()?;
    if !users.exist() {
        return Ok(Verdict::NotApplicable);
    }
    Ok(Verdict::of(users.without_mfa == 0, || {
        format!(
            "{} IAM user(s) of {} have a password and no MFA.",
            users.without_mfa,
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
        assert_eq!(known().users(3, 0).judge(&CHECK), "pass");
        assert_eq!(known().users(3, 1).judge(&CHECK), "fail");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().users(0, 0).judge(&CHECK), "not applicable");
    }
}
