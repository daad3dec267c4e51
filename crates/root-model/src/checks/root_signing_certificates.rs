//! X.509 signing certificates of the root user.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "root-signing-certificates",
    severity: Severity::High,
    title: "root has no signing certificate",
    not_applicable_when: "there is no root user in the partition",
    cis: "",
    fsbp: "",
    remedy: "Delete the root user's X.509 signing certificates.",
    runbook: "AwsRootSigningCertificatePresent",
    needs: &[Collector::AccountSummary],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() {
        return Ok(Verdict::NotApplicable);
    }
    Ok(Verdict::of(!a.signing_certificates_present()?, || {
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
