//! Failed sign-ins of the root user.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};
use crate::{facts::event_kind::EventKind, time::before};
use std::time::Duration;

/// So many within a day are too many.
pub const TOO_MANY_FAILED_LOGINS: usize = 5;

pub(super) const CHECK: Check = Check {
    id: "root-failed-logins",
    severity: Severity::Medium,
    title: "fewer than 5 failed root sign-ins within one day",
    not_applicable_when: "root has no console in the partition",
    cis: "",
    fsbp: "",
    remedy: "Find out who tries; make sure that root has MFA and a strong password, or none.",
    runbook: "AwsRootFailedLogins",
    needs: &[Collector::RootActivity],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root_console() {
        return Ok(Verdict::NotApplicable);
    }
    let mut counts = a.root_events();
    let count = counts.find(|(kind, window, _)| *kind == EventKind::LoginFailed && *window == "1d");
    let count = count.map(|(_, _, count)| count);
    if let Some(count) = count.filter(|count| *count >= TOO_MANY_FAILED_LOGINS) {
        return Ok(Verdict::Fail(format!(
            "{count} sign-ins as the root user of {} failed within the last day.",
            a.label()
        )));
    }
    // Where not everything is known, there may be more.
    let day = before(a.now, Duration::from_hours(24));
    a.known_since(&[EventKind::LoginFailed], day)
        .map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(known().looked_up().judge(&CHECK), "pass");
        assert_eq!(
            known()
                .looked_up()
                .did(EventKind::LoginFailed, 999, 4)
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(
            known()
                .looked_up()
                .did(EventKind::LoginFailed, 990, 9)
                .judge(&CHECK),
            "pass"
        );
        assert_eq!(
            known().did(EventKind::LoginFailed, 999, 5).judge(&CHECK),
            "fail"
        );
        assert_eq!(
            known().did(EventKind::LoginFailed, 999, 4).judge(&CHECK),
            "unknown"
        );
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().in_govcloud().judge(&CHECK), "not applicable");
    }
}
