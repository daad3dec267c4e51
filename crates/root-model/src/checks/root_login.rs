//! Sign-ins of the root user, by CloudTrail or the credential report.
use super::{Check, CheckSettings, Severity, Verdict, rounded};
use crate::{collector::Collector, facts::account::Account, missing::Known};
use crate::{facts::event_kind::EventKind, time::before};

pub(super) const CHECK: Check = Check {
    id: "root-login",
    severity: Severity::Medium,
    title: "no successful sign-in within checks.login_quiet_period",
    not_applicable_when: "root has no console in the partition",
    cis: "1.6",
    fsbp: "CloudWatch.1",
    remedy: "Find out who signed in as root and why; do daily work with roles.",
    runbook: "AwsRootLogin",
    needs: &[Collector::RootActivity],
    evaluate,
};

fn evaluate(a: &Account, settings: &CheckSettings) -> Known<Verdict> {
    if !a.has_root_console() {
        return Ok(Verdict::NotApplicable);
    }
    let since = before(a.now, settings.login_quiet_period);
    let reported = a.password_last_used() > Some(since);
    let quiet = !reported && a.is_quiet(&[EventKind::Login, EventKind::LoginWithoutMfa], since)?;
    Ok(Verdict::of(quiet, || {
        let period = rounded(settings.login_quiet_period);
        format!(
            "The root user of {} signed in within the last {period}.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{day, known};
    use super::*;
    use std::time::Duration;

    #[test]
    fn verdicts() {
        assert_eq!(known().looked_up().judge(&CHECK), "pass");
        assert_eq!(
            known()
                .looked_up()
                .did(EventKind::Login, 960, 1)
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(known().did(EventKind::Login, 980, 1).judge(&CHECK), "fail");
        assert_eq!(
            known()
                .did(EventKind::LoginWithoutMfa, 980, 1)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(known().looked_up_since(day(980)).judge(&CHECK), "unknown");
        assert_eq!(
            known().did(EventKind::Login, 960, 1).judge(&CHECK),
            "unknown"
        );
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
        let mut patient = known().looked_up().did(EventKind::Login, 960, 1);
        patient.settings.login_quiet_period = Duration::from_hours(60 * 24);
        assert_eq!(patient.judge(&CHECK), "fail");
    }
}
