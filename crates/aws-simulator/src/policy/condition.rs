//! The policy conditions that are evaluated: the task policy of `sts:AssumeRoot` and the organization of an assumed role.

use super::AuthorizationRequest;
use super::statement::OneOrMany;
use serde::{Deserialize, Serialize};

/// The supported conditions. Others are refused when the policy is read.
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

/// The policy variable for the organization of the caller.
pub(crate) const OWN_ORGANIZATION: &str = "${aws:PrincipalOrgID}";

impl Condition {
    /// A value that the request does not have equals nothing.
    pub(crate) fn holds(&self, request: AuthorizationRequest) -> bool {
        let task = |wanted: &TaskPolicyCondition| {
            let mut arns = wanted.arn.as_slice().iter();
            arns.any(|arn| request.task_policy == Some(arn))
        };
        let owner = |wanted: &OrganizationCondition| {
            let mut ids = wanted.organization.as_slice().iter().map(|id| match &**id {
                OWN_ORGANIZATION => request.caller_organization,
                id => Some(id),
            });
            ids.any(|id| id.is_some() && id == request.resource_organization)
        };
        self.arn_equals.as_ref().is_none_or(task) && self.string_equals.as_ref().is_none_or(owner)
    }
}
