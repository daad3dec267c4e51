//! A service control policy that denies the root user everything, by whichever unit it is in force.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{
    collector::Collector,
    facts::{account::Account, organization::Membership},
    missing::Known,
};

pub(super) const CHECK: Check = Check {
    id: "root-scp",
    severity: Severity::Medium,
    title: "a policy in force denies the member's root user",
    not_applicable_when: "not a member account",
    cis: "",
    fsbp: "",
    remedy: "Attach a service control policy to the organization's root that denies the root user everything.",
    runbook: "AwsRootScpRemoved",
    needs: &[Collector::Organization],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    if !a.has_root() || a.membership()? != Membership::Member {
        return Ok(Verdict::NotApplicable);
    }
    Ok(Verdict::of(a.scp_denies_root()?, || {
        format!(
            "No service control policy denies the root user of {}.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::Fact;

    #[test]
    fn verdicts() {
        let with = |denied| known().member().insert(Fact::ScpDeniesRoot(denied));
        assert_eq!(with(true).judge(&CHECK), "pass");
        assert_eq!(with(false).judge(&CHECK), "fail");
        assert_eq!(known().member().judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().standalone().judge(&CHECK), "not applicable");
        assert_eq!(known().management().judge(&CHECK), "not applicable");
    }
}
