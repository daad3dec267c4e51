//! Root credentials of member accounts: the organization can do without them. The credentials count, not the feature.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{
    collector::Collector,
    facts::{account::Account, organization::Membership},
    missing::Known,
};

pub(super) const CHECK: Check = Check {
    id: "root-credentials-removed",
    severity: Severity::Medium,
    title: "a member account's root has no password, key or certificate",
    not_applicable_when: "not a member account",
    cis: "",
    fsbp: "",
    remedy: "Switch central root access on, then remove the member's root credentials with an AssumeRoot session.",
    runbook: "AwsRootCredentialsRestored",
    needs: &[
        Collector::Organization,
        Collector::AccountSummary,
        Collector::CredentialReport,
    ],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() || a.membership()? != Membership::Member {
        return Ok(Verdict::NotApplicable);
    }
    Ok(Verdict::of(!a.credentials_present()?, || {
        format!(
            "The root user of the member account {} has credentials.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NO_KEY, key, known};
    use super::*;

    #[test]
    fn verdicts() {
        let with = |password, keys| {
            let known = known().member().report([NO_KEY, NO_KEY], None);
            known.summary(|it| {
                it.password_present = password;
                it.access_keys_present = keys;
                it.signing_certificates_present = Some(false);
            })
        };
        assert_eq!(with(Some(false), Some(false)).judge(&CHECK), "pass");
        assert_eq!(with(Some(true), None).judge(&CHECK), "fail");
        assert_eq!(with(None, Some(true)).judge(&CHECK), "fail");
        assert_eq!(with(None, Some(false)).judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        let inactive = with(Some(false), Some(false)).report([key(false, 900, None), NO_KEY], None);
        assert_eq!(inactive.judge(&CHECK), "fail");
        assert_eq!(known().standalone().judge(&CHECK), "not applicable");
        assert_eq!(known().management().judge(&CHECK), "not applicable");
    }
}
