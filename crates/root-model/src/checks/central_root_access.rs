//! Central management of root credentials in the organization.
use super::{Check, CheckSettings, Severity, Verdict};
use crate::{
    collector::Collector,
    facts::{account::Account, organization::Membership},
    missing::Known,
};

pub(super) const CHECK: Check = Check {
    id: "central-root-access",
    severity: Severity::Medium,
    title: "the organization manages root credentials centrally",
    not_applicable_when: "not the management account, or root has no console in the partition",
    cis: "",
    fsbp: "",
    remedy: "Switch it on with `aws iam enable-organizations-root-credentials-management`.",
    runbook: "AwsRootCentralAccessOff",
    needs: &[Collector::Organization],
    evaluate,
};

fn evaluate(a: &Account, _: &CheckSettings) -> Known<Verdict> {
    // GovCloud has no central management of root credentials.
    if !a.has_root_console() || a.membership()? != Membership::Management {
        return Ok(Verdict::NotApplicable);
    }
    let features = a.root_access_features.clone()?;
    Ok(Verdict::of(features.credentials_management, || {
        format!(
            "The organization of {} does not manage root credentials centrally.",
            a.label()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::known;
    use super::*;
    use crate::facts::{Fact, organization::RootAccessFeatures};

    #[test]
    fn verdicts() {
        let with = |on| {
            let features = RootAccessFeatures {
                credentials_management: on,
                sessions: false,
            };
            let fact = Fact::RootAccessFeatures("o-example".into(), features);
            known().management().insert(fact)
        };
        assert_eq!(with(true).judge(&CHECK), "pass");
        assert_eq!(with(false).judge(&CHECK), "fail");
        assert_eq!(known().management().judge(&CHECK), "unknown");
        assert_eq!(known().judge(&CHECK), "unknown");
        assert_eq!(known().member().judge(&CHECK), "not applicable");
        assert_eq!(known().standalone().judge(&CHECK), "not applicable");
        assert_eq!(with(false).in_govcloud().judge(&CHECK), "not applicable");
    }
}
