//! The password policy of IAM users. Root's own password cannot be read.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{
    collector::Collector,
    facts::account::Account,
    missing::{Known, both},
};

pub(super) const CHECK: Check = Check {
    id: "iam-password-policy",
    severity: Severity::Medium,
    title: "the password policy meets the CIS rules",
    not_applicable_when: "no IAM user has a password",
    cis: "1.7, 1.8",
    fsbp: "IAM.7",
    remedy: "Require 14 characters and refuse the last 24 passwords, with `aws iam update-account-password-policy`, which resets whatever is not given.",
    runbook: "AwsRootCheckFailing",
    needs: &[Collector::Iam, Collector::CredentialReport],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    let users = a.console_users();
    if users.as_ref().is_ok_and(|users| !users.exist()) {
        return Ok(Verdict::NotApplicable);
    }
    let (_, policy) = both(users, a.password_policy.clone())?;
    Ok(Verdict::of(policy.is_strong(), || {
        format!(
            "The password policy of {} allows passwords of less than 14 characters or the reuse of the last 24.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, iam::PasswordPolicy};

    #[test]
    fn verdicts() {
        let policy = |minimum_length| {
            Fact::PasswordPolicy(PasswordPolicy {
                minimum_length,
                reuse_prevention: 24,
            })
        };
        assert_eq!(known().users(1, 0).insert(policy(14)).judge(&CHECK), "pass");
        assert_eq!(known().users(0, 1).insert(policy(8)).judge(&CHECK), "fail");
        assert_eq!(known().users(1, 0).judge(&CHECK), "unknown");
        assert_eq!(known().insert(policy(14)).judge(&CHECK), "unknown");
        assert_eq!(known().users(0, 0).judge(&CHECK), "not applicable");
    }
}
