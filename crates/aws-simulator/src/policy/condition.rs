//! The policy conditions that are evaluated: the task policy of `sts:AssumeRoot` and the organization of an assumed role.

use super::AuthorizationRequest;
use super::statement::OneOrMany;
use serde::{Deserialize, Serialize};

/// The conditions that are evaluated: which task policy `sts:AssumeRoot` is asked for, and whose role `sts:AssumeRole`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    #[serde(rename = "ArnEquals", default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn_equals: Option<TaskPolicyCondition>,
    #[serde(
        rename = "StringEquals",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) string_equals: Option<OrganizationCondition>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskPolicyCondition {
    #[serde(rename = "sts:TaskPolicyArn")]
    arn: OneOrMany<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationCondition {
    #[serde(rename = "aws:ResourceOrgID")]
    organization: OneOrMany<String>,
}

/// What stands for the caller's organization in a policy.
pub(crate) const OWN_ORGANIZATION: &str = "${aws:PrincipalOrgID}";

impl Condition {
    /// What a request does not have is equal to nothing.
    pub(crate) fn holds(&self, request: AuthorizationRequest) -> bool {
        let task = |wanted: &TaskPolicyCondition| {
            let mut arns = wanted.arn.as_slice().iter();
            arns.any(|arn| request.task_policy == Some(arn))
        };
        let owner = |wanted: &OrganizationCondition| {
            let mut ids = wanted.organization.as_slice().iter().map(|id| match &**id {
                OWN_ORGANIZATION => request.own_organization,
                id => Some(id),
            });
            ids.any(|id| id.is_some() && id == request.its_organization)
        };
        self.arn_equals.as_ref().is_none_or(task) && self.string_equals.as_ref().is_none_or(owner)
    }
}
