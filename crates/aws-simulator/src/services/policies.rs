//! Organizations: the tree of its units, and the service control policies on it.

use super::organizations::{
    MAX_RESULTS, NEXT_TOKEN, managed_organization, members, page_by_token, with_token,
};
use super::{Context, Operation, Service};
use crate::failure::{ParameterError, ServiceError};
use crate::parameters::{Parameter, ParameterType, required};
use crate::world::{FULL_ACCESS_POLICY_ID, Organization, ROOT, ServiceControlPolicy, is_policy_id};
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
    .limited(5.0, 8.0),
    Operation::new(
        Service::Organizations,
        "DescribePolicy",
        &[POLICY_ID],
        describe_policy,
    )
    .limited(2.0, 2.0),
    Operation::new(
        Service::Organizations,
        "ListTargetsForPolicy",
        &[POLICY_ID, NEXT_TOKEN, MAX_RESULTS],
        list_targets_for_policy,
    )
    .limited(5.0, 8.0),
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
    .limited(5.0, 8.0),
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
fn policy<'a>(
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

fn list_targets_for_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let (_, policy) = policy(context, organization)?;
    let attached = |id: &str| policy.is_none_or(|it| it.targets.iter().any(|target| target == id));
    let target = |id: &str, name: &str, kind: &str, part: &str| {
        let partition = &context.caller.partition;
        let arn = organization.arn(partition, part, &format!("/{id}"));
        json!({"TargetId": id, "Arn": arn, "Name": name, "Type": kind})
    };
    let mut targets = Vec::new();
    if attached(ROOT) {
        targets.push(target(ROOT, "Root", "ROOT", "root"));
    }
    for (id, unit) in organization.units.iter().filter(|(id, _)| attached(id)) {
        targets.push(target(id, &unit.name, "ORGANIZATIONAL_UNIT", "ou"));
    }
    for (id, member) in members(context, organization) {
        if attached(id) {
            targets.push(target(id, &member.name, "ACCOUNT", "account"));
        }
    }
    let (targets, next) = page_by_token(context, targets)?;
    Ok(with_token(json!({"Targets": targets}), next))
}

fn list_children(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let parent = context.parameters.text("ParentId").unwrap_or_default();
    if parent != ROOT && !organization.units.contains_key(parent) {
        let message = "We can't find a root or OU with the ParentId that you specified.";
        return Err(ServiceError::new(400, "ParentNotFoundException", message));
    }
    let within = |place: &Option<String>| place.as_deref().unwrap_or(ROOT) == parent;
    let kind = context.parameters.text("ChildType").unwrap_or_default();
    let ids: Vec<&str> = if kind == "ACCOUNT" {
        let accounts = members(context, organization).into_iter();
        let within = accounts.filter(|(_, it)| within(&it.unit));
        within.map(|(id, _)| id).collect()
    } else {
        let units = organization.units.iter();
        let within = units.filter(|(_, it)| within(&it.parent));
        within.map(|(id, _)| id.as_str()).collect()
    };
    let children = ids.into_iter().map(|id| json!({"Id": id, "Type": kind}));
    let (children, next) = page_by_token(context, children.collect())?;
    Ok(with_token(json!({"Children": children}), next))
}
