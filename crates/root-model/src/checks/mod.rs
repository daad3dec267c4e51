//! Checks: verdicts on facts. Pure functions: the same facts at the same moment always give the same verdict.
mod central_root_access;
mod cloudtrail_delivering;
mod cloudtrail_enabled;
mod cloudtrail_encrypted;
mod cloudtrail_validated;
#[cfg(test)]
mod fixture;
mod guardduty_enabled;
mod guardduty_findings;
mod guardduty_root_findings;
mod iam_administrators;
mod iam_password_policy;
mod iam_users_mfa;
mod root_access_key_age;
mod root_access_keys;
mod root_credential_changes;
mod root_credentials_removed;
mod root_failed_logins;
mod root_hardware_mfa;
mod root_key_use;
mod root_login;
mod root_login_mfa;
mod root_mfa;
mod root_scp;
mod root_signing_certificates;
mod security_contact;
mod settings;

pub use root_failed_logins::TOO_MANY_FAILED_LOGINS;
pub use settings::CheckSettings;

use crate::{
    collector::Collector,
    facts::{account::Account, trails::Trail},
    missing::Known,
    severity::Severity,
    time::rounded,
};

/// Every check, in the order of the documentation.
pub const CHECKS: &[Check] = &[
    root_mfa::CHECK,
    root_hardware_mfa::CHECK,
    root_access_keys::CHECK,
    root_access_key_age::CHECK,
    root_signing_certificates::CHECK,
    root_login::CHECK,
    root_login_mfa::CHECK,
    root_key_use::CHECK,
    root_failed_logins::CHECK,
    root_credential_changes::CHECK,
    root_credentials_removed::CHECK,
    root_scp::CHECK,
    central_root_access::CHECK,
    cloudtrail_enabled::CHECK,
    cloudtrail_validated::CHECK,
    cloudtrail_encrypted::CHECK,
    cloudtrail_delivering::CHECK,
    guardduty_enabled::CHECK,
    guardduty_findings::CHECK,
    guardduty_root_findings::CHECK,
    security_contact::CHECK,
    iam_password_policy::CHECK,
    iam_users_mfa::CHECK,
    iam_administrators::CHECK,
];

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well.
    Pass,
    /// It is not: a sentence for people that names the account.
    Fail(String),
    /// The account has nothing to judge.
    NotApplicable,
}

impl Verdict {
    /// Passes if it is so, and else fails with the reason.
    fn of(passes: bool, reason: impl FnOnce() -> String) -> Self {
        if passes {
            Self::Pass
        } else {
            Self::Fail(reason())
        }
    }
}

/// A check.
#[derive(Debug)]
pub struct Check {
    /// Its name, as the `check` label has it.
    pub id: &'static str,
    /// How bad a failure is.
    pub severity: Severity,
    /// What is so where it passes.
    pub title: &'static str,
    /// Where it does not apply; empty if it always does.
    pub not_applicable_when: &'static str,
    /// The controls of the CIS AWS Foundations Benchmark 5.0, if any.
    pub cis: &'static str,
    /// The controls of Security Hub's AWS Foundational Security Best Practices, if any.
    pub fsbp: &'static str,
    /// What to do about a failure.
    pub remedy: &'static str,
    /// The alert whose runbook helps.
    pub runbook: &'static str,
    /// The collectors without whose facts the verdict is unknown.
    pub needs: &'static [Collector],
    /// An error says which facts are missing, so that the verdict is unknown.
    pub evaluate: fn(&Account, &CheckSettings) -> Known<Verdict>,
}

/// Where the page of an alert is.
#[must_use]
pub fn runbook_url(alert: &str) -> String {
    let repository = env!("CARGO_PKG_REPOSITORY");
    format!("{repository}/blob/main/docs/runbooks/{alert}.md")
}

/// What all checks found in one account.
#[derive(Debug)]
pub struct Assessment(Vec<(&'static Check, Known<Verdict>)>);

impl Assessment {
    /// Asks every enabled check about the account.
    #[must_use]
    pub fn of(account: &Account, settings: &CheckSettings) -> Self {
        let ask = |check: &'static Check| (check, (check.evaluate)(account, settings));
        Self(settings.enabled().map(ask).collect())
    }

    /// Each check with what it found.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static Check, &Known<Verdict>)> {
        self.0.iter().map(|(check, verdict)| (*check, verdict))
    }

    /// Each check that passed or failed.
    pub fn judged(&self) -> impl Iterator<Item = (&'static Check, bool)> {
        self.verdicts()
            .filter_map(|(check, verdict)| match verdict.as_ref().ok()? {
                Verdict::Pass => Some((check, true)),
                Verdict::Fail(_) => Some((check, false)),
                Verdict::NotApplicable => None,
            })
    }

    /// Weight of the passed over weight of the judged checks, from 0 to 1; a critical one weighs 10, a high one 5, a medium
    /// one 2, a low one 1.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let weigh = |(check, passed): (&Check, bool)| {
            let weight = weight(check.severity);
            (if passed { weight } else { 0 }, weight)
        };
        let all = self.judged().map(weigh);
        let (passed, all) = all.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        (all > 0).then(|| f64::from(passed) / f64::from(all))
    }
}

/// How much a check counts in the posture score.
fn weight(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 10,
        Severity::High => 5,
        Severity::Medium => 2,
        Severity::Low => 1,
    }
}

/// Passes if one of the trails that record everything meets a condition; `what` says for people that it does.
fn recording_trail(
    a: &Account,
    meets: impl Fn(&Trail) -> Known<bool>,
    what: &str,
) -> Known<Verdict> {
    let Some(passes) = a.recording_trail(meets)? else {
        return Ok(Verdict::NotApplicable);
    };
    Ok(Verdict::of(passes, || {
        let account = a.label();
        format!("No trail of {account} that logs all management events {what}.")
    }))
}

#[cfg(test)]
mod tests {
    use super::{fixture::known, *};
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_texts_well_formed() {
        let ids: HashSet<&str> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
        for check in CHECKS {
            assert!(check.remedy.ends_with('.'), "{}: a sentence", check.id);
            assert!(!check.title.contains('|') && !check.title.ends_with('.'));
        }
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        let known = known();
        let account = known.account();
        let assessment = Assessment::of(&account, &CheckSettings::default());
        for (check, verdict) in assessment.verdicts() {
            assert!(verdict.is_err(), "{}", check.id);
        }
        assert_eq!(assessment.score(), None);
    }

    #[test]
    fn the_score_weighs_what_is_judged() {
        let known = known().summary(|it| {
            it.mfa_enabled = Some(true);
            it.access_keys_present = Some(true);
            it.signing_certificates_present = Some(false);
        });
        let account = known.account();
        let mut settings = CheckSettings::default();
        // MFA (critical) and certificates (high) pass; keys (critical) do not; nothing else is known.
        let score = Assessment::of(&account, &settings).score().unwrap();
        assert!((score - 15.0 / 25.0).abs() < 1e-9, "{score}");
        settings.disabled = vec!["root-access-keys".to_owned()];
        let score = Assessment::of(&account, &settings).score().unwrap();
        assert!((score - 1.0).abs() < 1e-9, "{score}");
    }
}
