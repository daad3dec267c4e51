//! Hardware MFA. Only virtual devices can be listed, so it is 'MFA is on, and not by a virtual device'.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "root-hardware-mfa",
    severity: Severity::Medium,
    title: "MFA is on and no virtual device is root's, or root has no password",
    not_applicable_when: "root has no console in the partition",
    cis: "1.5",
    fsbp: "IAM.6",
    remedy: "Register passkeys, security keys or hardware tokens for the root user, then remove its virtual MFA devices.",
    runbook: "AwsRootCheckFailing",
    needs: &[Collector::AccountSummary, Collector::MfaDevices],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root_console() {
        return Ok(Verdict::NotApplicable);
    }
    if a.password_present() == Ok(false) {
        return Ok(Verdict::Pass);
    }
    let what = if !a.mfa_enabled()? {
        "no MFA device"
    } else if a.virtual_mfa_devices()? > 0 {
        "a virtual MFA device"
    } else {
        // Counted and summed up at one moment: else a new virtual device would pass for hardware.
        return a.non_virtual_mfa().map(|_| Verdict::Pass);
    };
    a.password_present()?;
    let account = a.label();
    let reason = format!("The root user of {account} has a password and {what}.");
    Ok(Verdict::Fail(reason))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, mfa_devices::MfaDevices};

    #[test]
    fn verdicts() {
        let with = |password, mfa, devices: Option<usize>| {
            let known = known().summary(|it| {
                it.mfa_enabled = mfa;
                it.password_present = password;
            });
            let Some(virtual_devices) = devices else {
                return known;
            };
            known.insert(Fact::MfaDevices(MfaDevices {
                virtual_devices,
                enabled: mfa,
            }))
        };
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(with(yes, yes, Some(0)).judge(&CHECK), "pass");
        assert_eq!(with(no, None, None).judge(&CHECK), "pass");
        assert_eq!(with(yes, yes, Some(1)).judge(&CHECK), "fail");
        assert_eq!(with(yes, no, None).judge(&CHECK), "fail");
        assert_eq!(with(yes, yes, None).judge(&CHECK), "unknown");
        assert_eq!(with(yes, None, Some(0)).judge(&CHECK), "unknown");
        assert_eq!(with(None, yes, Some(0)).judge(&CHECK), "pass");
        assert_eq!(with(None, yes, Some(1)).judge(&CHECK), "unknown");
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
    }
}
