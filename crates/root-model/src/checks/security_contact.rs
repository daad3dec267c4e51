//! The contact to whom AWS writes about security.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "security-contact",
    severity: Severity::Medium,
    title: "a security alternate contact is set",
    not_applicable_when: "",
    cis: "1.2",
    fsbp: "Account.1",
    remedy: "Set it with `aws account put-alternate-contact`.",
    runbook: "AwsRootSecurityContactMissing",
    needs: &[Collector::SecurityContact],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    Ok(Verdict::of(a.security_contact.clone()?, || {
        format!("The account {} has no security contact.", a.label())
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::Fact;

    #[test]
    fn verdicts() {
        let with = |set| known().insert(Fact::SecurityContact(set));
        assert_eq!(with(true).judge(&CHECK), "pass");
        assert_eq!(with(false).judge(&CHECK), "fail");
        assert_eq!(known().judge(&CHECK), "unknown");
    }
}
