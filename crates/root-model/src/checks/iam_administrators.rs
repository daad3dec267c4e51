//! Segregation of duties: someone else than root administers, and not everyone.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{collector::Collector, facts::account::Account, missing::Known};

pub(super) const CHECK: Check = Check {
    id: "iam-administrators",
    severity: Severity::Medium,
    title: "someone other than root can administer, and no more principals than checks.max_administrators",
    not_applicable_when: "",
    cis: "",
    fsbp: "",
    remedy: "Give a few roles the AdministratorAccess policy for daily work, and take it from all that do not need it.",
    runbook: "AwsRootCheckFailing",
    needs: &[Collector::Iam],
    evaluate,
};

fn evaluate(a: &Account, settings: &CheckSettings) -> Known<Verdict> {
    let (count, most) = (
        a.administrators.clone()?.count(),
        settings.max_administrators,
    );
    let account = a.label();
    Ok(match count {
        0 => Verdict::Fail(format!(
            "Nobody but root has the AdministratorAccess policy in {account}."
        )),
        _ if count > most => Verdict::Fail(format!(
            "{count} principals have the AdministratorAccess policy in {account}; {most} are enough."
        )),
        _ => Verdict::Pass,
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, iam::Administrators};

    #[test]
    fn verdicts() {
        let with = |roles| {
            known().insert(Fact::Administrators(Administrators {
                roles,
                ..Administrators::default()
            }))
        };
        assert_eq!(with(1).judge(&CHECK), "pass");
        assert_eq!(with(10).judge(&CHECK), "pass");
        assert_eq!(with(0).judge(&CHECK), "fail");
        assert_eq!(with(11).judge(&CHECK), "fail");
        assert_eq!(known().judge(&CHECK), "unknown");
    }
}
