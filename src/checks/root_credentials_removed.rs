//! Root credentials of member accounts: the organization can do without them. The credentials count, not the feature.
use super::{Check, Settings, Severity, Verdict};
use crate::facts::account::Account;

pub(super) const CHECK: Check = Check {
    id: "root-credentials-removed",
    severity: Severity::Medium,
    title: "a member account's root has no password, key or certificate",
    except: "not a member account",
    cis: "",
    fsbp: "",
    remedy: "Switch central root access on, then remove the member's root credentials with an AssumeRoot session.",
    runbook: "AwsRootCredentialsRestored",
    needs: &["organization", "account_summary", "credential_report"],
    evaluate,
};

fn evaluate(a: &Account, _: &Settings) -> Option<Verdict> {
    if !a.has_root() || a.membership()? != "member" {
        return Some(Verdict::NotApplicable);
    }
    Some(Verdict::of(!a.credentials_present()?, || {
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
