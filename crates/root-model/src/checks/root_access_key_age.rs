//! Age of the root user's active access keys.
use super::{Check, CheckSettings, Severity, Verdict, rounded};
use crate::facts::credential_report::KeySlot;
use crate::{
    collector::Collector,
    facts::{account::Account, sources::CREDENTIAL_REPORT},
    missing::{Cause, Gaps, Known, Missing},
};

pub(super) const CHECK: Check = Check {
    id: "root-access-key-age",
    severity: Severity::High,
    title: "no active root key is older than checks.root_key_max_age",
    not_applicable_when: "root has no key",
    cis: "",
    fsbp: "IAM.3",
    remedy: "Delete the root user's access keys; rotate them only until that can be done.",
    runbook: "AwsRootAccessKeyOld",
    needs: &[Collector::AccountSummary, Collector::CredentialReport],
    evaluate,
};

fn evaluate(a: &Account, settings: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() {
        return Ok(Verdict::NotApplicable);
    }
    if !a.has_root_key()? {
        return Ok(Verdict::NotApplicable);
    }
    let mut gaps = Gaps::default();
    for key in a.root_keys() {
        let created = match key {
            Ok(KeySlot::Key {
                active: true,
                created,
                ..
            }) => created.ok_or_else(|| {
                Missing::new(
                    CREDENTIAL_REPORT,
                    Cause::NotSent("when the key was created"),
                )
            }),
            Ok(_) => continue,
            Err(missing) => Err(missing),
        };
        let age = gaps
            .note(created)
            .map(|at| a.now.duration_since(at).unwrap_or_default());
        match age {
            Some(age) if age > settings.root_key_max_age => {
                let limit = rounded(settings.root_key_max_age);
                return Ok(Verdict::Fail(format!(
                    "An active access key of the root user of {} is {} old; the limit is {limit}.",
                    a.label(),
                    rounded(age)
                )));
            }
            _ => {}
        }
    }
    gaps.check().map(|()| Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{NO_KEY, key, known};
    use super::*;
    use std::time::Duration;

    #[test]
    fn verdicts() {
        let with = |first, second| known().report([first, second], None);
        assert_eq!(with(key(true, 950, None), NO_KEY).judge(&CHECK), "pass");
        assert_eq!(with(key(true, 900, None), NO_KEY).judge(&CHECK), "fail");
        assert_eq!(with(key(true, 900, None), None).judge(&CHECK), "fail");
        assert_eq!(with(key(false, 100, None), NO_KEY).judge(&CHECK), "pass");
        assert_eq!(with(key(true, 950, None), None).judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        let none = with(NO_KEY, NO_KEY);
        assert_eq!(none.judge(&CHECK), "unknown", "the report may be old");
        let none = none.summary(|it| it.access_keys_present = Some(false));
        assert_eq!(none.judge(&CHECK), "not applicable");
        let mut strict = with(key(true, 950, None), NO_KEY);
        strict.settings.root_key_max_age = Duration::from_hours(24);
        assert_eq!(strict.judge(&CHECK), "fail");
    }
}
