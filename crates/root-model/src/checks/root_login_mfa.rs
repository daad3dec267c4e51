//! Sign-ins of the root user without MFA.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};
use crate::{facts::event_kind::EventKind, time::before};
use std::time::Duration;

const PERIOD: Duration = Duration::from_hours(30 * 24);

pub(super) const CHECK: Check = Check {
    id: "root-login-mfa",
    severity: Severity::High,
    title: "no sign-in without MFA within 30 days",
    not_applicable_when: "root has no console in the partition",
    cis: "1.4",
    fsbp: "",
    remedy: "Register MFA devices for the root user, change its password, and find out who signed in.",
    runbook: "AwsRootLoginWithoutMfa",
    needs: &[Collector::RootActivity],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root_console() {
        return Ok(Verdict::NotApplicable);
    }
    let quiet = a.is_quiet(&[EventKind::LoginWithoutMfa], before(a.now, PERIOD))?;
    Ok(Verdict::of(quiet, || {
        format!(
            "The root user of {} signed in without MFA within the last 30 days.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, known};
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(known().looked_up().judge(&CHECK), "pass");
        assert_eq!(
            known()
                .looked_up()
                .did(EventKind::Login, 999, 1)
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(
            known()
                .did(EventKind::LoginWithoutMfa, 980, 1)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            known()
                .looked_up()
                .did(EventKind::LoginWithoutMfa, 960, 1)
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(known().looked_up_since(day(980)).judge(&CHECK), "unknown");
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
    }
}
