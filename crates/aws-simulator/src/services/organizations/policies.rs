//! Service control policies.

use super::tree::{list_children, list_targets_for_policy};
use super::{MAX_RESULTS, NEXT_TOKEN, managed_organization, page_by_token, with_token};
use crate::api::{Parameter, ParameterError, ParameterType, Service, ServiceError, required};
use crate::limits::{DESCRIBE_POLICY, ORGANIZATIONS_LISTS};
use crate::services::{Context, Operation};
use crate::world::{FULL_ACCESS_POLICY_ID, Organization, ServiceControlPolicy, is_policy_id};
use serde_json::{Value, json};

/// The one type whose policies are simulated.
const CONTROL: &str = "SERVICE_CONTROL_POLICY";

const TYPES: ParameterType = ParameterType::OneOf(&[
    CONTROL,
    "RESOURCE_CONTROL_POLICY",
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "SECURITYHUB_CSPM_POLICY",
    "INSPECTOR_POLICY",
    "UPGRADE_ROLLOUT_POLICY",
    "BEDROCK_POLICY",
    "S3_POLICY",
    "NETWORK_SECURITY_DIRECTOR_POLICY",
    "GUARDDUTY_POLICY",
]);

const POLICY_ID: Parameter = required("PolicyId", ParameterType::Text(0, 130));

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Organizations,
        "ListPolicies",
        &[required("Filter", TYPES), NEXT_TOKEN, MAX_RESULTS],
        list_policies,
    )
    .limited(ORGANIZATIONS_LISTS),
    Operation::new(
        Service::Organizations,
        "DescribePolicy",
        &[POLICY_ID],
        describe_policy,
    )
    .limited(DESCRIBE_POLICY),
    Operation::new(
        Service::Organizations,
        "ListTargetsForPolicy",
        &[POLICY_ID, NEXT_TOKEN, MAX_RESULTS],
        list_targets_for_policy,
    )
    .limited(ORGANIZATIONS_LISTS),
    Operation::new(
        Service::Organizations,
        "ListChildren",
        &[
            required("ParentId", ParameterType::Text(0, 100)),
            required(
                "ChildType",
                ParameterType::OneOf(&["ACCOUNT", "ORGANIZATIONAL_UNIT"]),
            ),
            NEXT_TOKEN,
            MAX_RESULTS,
        ],
        list_children,
    )
    .limited(ORGANIZATIONS_LISTS),
];

/// A policy's summary; without one, that of AWS's own.
fn summary(
    context: &Context,
    organization: &Organization,
    id: &str,
    policy: Option<&ServiceControlPolicy>,
) -> Value {
    let partition = &context.caller.partition;
    let (arn, name, description) = match policy {
        Some(policy) => {
            let rest = format!("/{}/{id}", CONTROL.to_ascii_lowercase());
            let arn = organization.arn(partition, "policy", &rest);
            (arn, policy.name.as_str(), "")
        }
        None => (
            format!(
                "arn:{partition}:organizations::aws:policy/{}/{id}",
                CONTROL.to_ascii_lowercase()
            ),
            "FullAWSAccess",
            "Allows access to every operation",
        ),
    };
    json!({"Id": id, "Arn": arn, "Name": name, "Description": description, "Type": CONTROL,
        "AwsManaged": policy.is_none()})
}

fn list_policies(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let own = organization.policies.iter();
    let own = own.map(|(id, policy)| summary(context, organization, id, Some(policy)));
    let full_access = summary(context, organization, FULL_ACCESS_POLICY_ID, None);
    let policies = match context.parameters.text("Filter") {
        Some(CONTROL) => own.chain([full_access]).collect(),
        _ => Vec::new(),
    };
    let (policies, next) = page_by_token(context, policies)?;
    Ok(with_token(json!({"Policies": policies}), next))
}

/// The policy that the request names; `None` is AWS's own.
pub(crate) fn policy<'a>(
    context: &'a Context,
    organization: &'a Organization,
) -> Result<(&'a str, Option<&'a ServiceControlPolicy>), ServiceError> {
    let id = context.parameters.text("PolicyId").unwrap_or_default();
    if !is_policy_id(id) {
        let error = ParameterError::NotAllowed("policyId".to_owned());
        return Err(Service::Organizations.invalid(&error));
    }
    let found = organization.policies.get(id);
    if found.is_none() && id != FULL_ACCESS_POLICY_ID {
        let message = "We can't find a policy with the PolicyId that you specified.";
        return Err(ServiceError::new(400, "PolicyNotFoundException", message));
    }
    Ok((id, found))
}

fn describe_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let (id, policy) = policy(context, organization)?;
    let document = match policy {
        Some(policy) => json!(policy.content),
        None => json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    };
    Ok(json!({"Policy": {
        "PolicySummary": summary(context, organization, id, policy),
        "Content": document.to_string(),
    }}))
}
