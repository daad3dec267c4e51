//! Changes of the root user's credentials.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};
use crate::{facts::event_kind::EventKind, time::before};
use std::time::Duration;

const PERIOD: Duration = Duration::from_hours(7 * 24);

pub(super) const CHECK: Check = Check {
    id: "root-credential-changes",
    severity: Severity::Medium,
    title: "no credential change or account recovery by root within 7 days",
    not_applicable_when: "there is no root user in the partition",
    cis: "",
    fsbp: "",
    remedy: "Make sure that the change was meant; if not, recover the account with AWS Support and rotate what root could reach.",
    runbook: "AwsRootCredentialChange",
    needs: &[Collector::RootActivity],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() {
        return Ok(Verdict::NotApplicable);
    }
    let kinds = [EventKind::CredentialChange, EventKind::AccountRecovery];
    let quiet = a.is_quiet(&kinds, before(a.now, PERIOD))?;
    Ok(Verdict::of(quiet, || {
        format!(
            "Credentials of the root user of {} were changed or recovered within the last 7 days.",
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
                .did(EventKind::CredentialChange, 995, 1)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(
            known()
                .did(EventKind::AccountRecovery, 995, 1)
                .judge(&CHECK),
            "fail"
        );
        assert_eq!(known().looked_up_since(day(995)).judge(&CHECK), "unknown");
        assert_eq!(known().in_china().judge(&CHECK), "not applicable");
    }
}
