//! Sign-ins of the root user, by CloudTrail or the credential report.
use super::{Check, Settings, Severity, Verdict, span};
use crate::facts::account::Account;
use crate::{clock::before, facts::kind::Kind};

pub(super) const CHECK: Check = Check {
    id: "root-login",
    severity: Severity::Medium,
    title: "no successful sign-in within checks.login_quiet_period",
    except: "root has no console in the partition",
    cis: "1.6",
    fsbp: "CloudWatch.1",
    remedy: "Find out who signed in as root and why; do daily work with roles.",
    runbook: "AwsRootLogin",
    needs: &["root_activity"],
    evaluate,
};

fn evaluate(a: &Account, settings: &Settings) -> Option<Verdict> {
    if !a.has_root_console() {
        return Some(Verdict::NotApplicable);
    }
    let since = before(a.now, settings.login_quiet_period);
    let reported = a.password_last_used() > Some(since);
    let quiet = !reported && a.is_quiet(&[Kind::Login, Kind::LoginWithoutMfa], since)?;
    Some(Verdict::of(quiet, || {
        let period = span(settings.login_quiet_period);
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
            known().looked_up().did(Kind::Login, 960, 1).judge(&CHECK),
            "pass"
        );
        assert_eq!(known().did(Kind::Login, 980, 1).judge(&CHECK), "fail");
        assert_eq!(
            known().did(Kind::LoginWithoutMfa, 980, 1).judge(&CHECK),
            "fail"
        );
        assert_eq!(known().looked_up_since(day(980)).judge(&CHECK), "unknown");
        assert_eq!(known().did(Kind::Login, 960, 1).judge(&CHECK), "unknown");
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
        let mut patient = known().looked_up().did(Kind::Login, 960, 1);
        patient.settings.login_quiet_period = Duration::from_hours(60 * 24);
        assert_eq!(patient.judge(&CHECK), "fail");
    }
}
