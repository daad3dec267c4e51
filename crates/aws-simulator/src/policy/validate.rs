//! Policies that cannot be evaluated exactly are refused.

use super::Policy;

impl Policy {
    /// Why the policy cannot be evaluated here, if so.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if let Some(version) = &self.version
            && version != "2012-10-17"
        {
            return Err(format!("policy version `{version}` is not supported"));
        }
        for statement in self.statement.as_slice() {
            let actions = statement.action.as_slice();
            if let Some(wrong) = actions
                .iter()
                .find(|action| *action != "*" && !action.contains(':'))
            {
                return Err(format!("policy action `{wrong}` names no service"));
            }
            let assumes = actions
                .iter()
                .all(|action| action.starts_with("sts:Assume"));
            if let Some(wrong) = statement
                .resource
                .as_slice()
                .iter()
                .find(|it| *it != "*" && !assumes)
            {
                return Err(format!(
                    "policy resource `{wrong}` is supported for sts:AssumeRole and sts:AssumeRoot only"
                ));
            }
            let Some(condition) = &statement.condition else {
                continue;
            };
            let of_root = actions.iter().all(|action| action == "sts:AssumeRoot");
            if condition.arn_equals.is_some() && !of_root {
                return Err("sts:TaskPolicyArn is a condition of sts:AssumeRoot only".to_owned());
            }
            if condition.string_equals.is_some() && !assumes {
                return Err("aws:ResourceOrgID is supported for sts:AssumeRole only".to_owned());
            }
            if condition.arn_equals.is_none() && condition.string_equals.is_none() {
                return Err("a condition asks for nothing".to_owned());
            }
        }
        Ok(())
    }
}
