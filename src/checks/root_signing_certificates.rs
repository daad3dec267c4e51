//! X.509 signing certificates of the root user.
use super::{Check, Settings, Severity, Verdict};
use crate::facts::account::Account;

pub(super) const CHECK: Check = Check {
    id: "root-signing-certificates",
    severity: Severity::High,
    title: "root has no signing certificate",
    except: "there is no root user in the partition",
    cis: "",
    fsbp: "",
    remedy: "Delete the root user's X.509 signing certificates.",
    runbook: "AwsRootSigningCertificatePresent",
    needs: &["account_summary"],
    evaluate,
};

fn evaluate(a: &Account, _: &Settings) -> Option<Verdict> {
    if !a.has_root() {
        return Some(Verdict::NotApplicable);
    }
    Some(Verdict::of(!a.signing_certificates_present()?, || {
        format!("The root user of {} has a signing certificate.", a.label())
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;

    #[test]
    fn verdicts() {
        let with = |present| known().summary(|it| it.signing_certificates_present = present);
        assert_eq!(with(Some(false)).judge(&CHECK), "pass");
        assert_eq!(with(Some(true)).judge(&CHECK), "fail");
        assert_eq!(with(None).judge(&CHECK), "unknown");
        assert_eq!(known().in_china().judge(&CHECK), "not applicable");
    }
}
