//! IAM: the account summary, the credential report, the password policy, who administers.

use super::mfa::virtual_devices;
use super::{Context, Operation, Service};
use crate::failure::{ParameterError, ServiceError};
use crate::ids;
use crate::parameters::{Parameter, ParameterType, optional, required};
use crate::world::{FeatureSet, SummaryValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::Duration;

pub(crate) const MARKER: Parameter = optional("Marker", ParameterType::Text(1, 320));
pub(crate) const MAX_ITEMS: Parameter = optional("MaxItems", ParameterType::Integer(1, 1000));

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(Service::Iam, "GetAccountSummary", &[], get_account_summary),
    Operation::new(
        Service::Iam,
        "GenerateCredentialReport",
        &[],
        generate_credential_report,
    ),
    Operation::new(
        Service::Iam,
        "GetCredentialReport",
        &[],
        get_credential_report,
    ),
    Operation::new(
        Service::Iam,
        "GetAccountPasswordPolicy",
        &[],
        get_account_password_policy,
    ),
    Operation::new(
        Service::Iam,
        "ListEntitiesForPolicy",
        &[
            required("PolicyArn", ParameterType::Text(20, 2048)),
            optional(
                "EntityFilter",
                ParameterType::OneOf(&[
                    "User",
                    "Role",
                    "Group",
                    "LocalManagedPolicy",
                    "AWSManagedPolicy",
                ]),
            ),
            optional(
                "PolicyUsageFilter",
                ParameterType::OneOf(&["PermissionsPolicy", "PermissionsBoundary"]),
            ),
            optional("PathPrefix", ParameterType::Text(1, 512)),
            MARKER,
            MAX_ITEMS,
        ],
        list_entities_for_policy,
    ),
    Operation::new(
        Service::Iam,
        "ListAccountAliases",
        &[MARKER, MAX_ITEMS],
        list_account_aliases,
    ),
    Operation::new(
        Service::Iam,
        "ListOrganizationsFeatures",
        &[],
        list_organizations_features,
    ),
];

/// AWS's own policies that exist here; a misspelt one exists nowhere.
const MANAGED_POLICIES: [&str; 6] = [
    "AdministratorAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
];

/// The quotas, which are the same everywhere.
const QUOTAS: [(&str, i64); 18] = [
    ("UsersQuota", 5000),
    ("GroupsQuota", 300),
    ("ServerCertificatesQuota", 20),
    ("UserPolicySizeQuota", 2048),
    ("GroupPolicySizeQuota", 5120),
    ("GroupsPerUserQuota", 10),
    ("SigningCertificatesPerUserQuota", 2),
    ("AccessKeysPerUserQuota", 2),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("PoliciesQuota", 1500),
    ("PolicySizeQuota", 6144),
    ("PolicyVersionsInUseQuota", 10_000),
    ("VersionsPerPolicyQuota", 5),
    ("AssumeRolePolicySizeQuota", 2048),
    ("InstanceProfilesQuota", 1000),
    ("RolePolicySizeQuota", 10_240),
];

fn get_account_summary(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let root = &account.root;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let virtual_devices = count(virtual_devices(context, account).len());
    let mut summary: BTreeMap<&str, i64> = QUOTAS.into_iter().collect();
    summary.extend([
        (
            "Users",
            count(account.users.len() + account.unlisted_users().len()),
        ),
        ("Groups", count(account.administrators.groups.len())),
        ("ServerCertificates", 0),
        ("MFADevices", virtual_devices),
        ("MFADevicesInUse", virtual_devices),
        ("AccountMFAEnabled", i64::from(!root.mfa.is_empty())),
        ("AccountAccessKeysPresent", i64::from(!root.keys.is_empty())),
        (
            "AccountSigningCertificatesPresent",
            i64::from(!root.certificates.is_empty()),
        ),
        ("Policies", 0),
        ("PolicyVersionsInUse", 1),
        ("GlobalEndpointTokenVersion", 1),
        ("InstanceProfiles", 0),
        ("Providers", 0),
        ("Roles", count(account.roles.len())),
        ("RolesQuota", 1000),
    ]);
    if account.partition != "aws-us-gov" {
        summary.insert("AccountPasswordPresent", i64::from(root.password.is_some()));
    }
    for (key, value) in &account.summary {
        match value {
            SummaryValue::Number(number) => summary.insert(key, *number),
            SummaryValue::Absent => summary.remove(key.as_str()),
        };
    }
    let entry = |(key, value)| json!({"key": key, "value": value});
    let entries: Vec<Value> = summary.into_iter().map(entry).collect();
    Ok(json!({"SummaryMap": {"entry": entries}}))
}

#[expect(clippy::unnecessary_wraps, reason = "an operation's signature")]
fn generate_credential_report(context: &mut Context) -> Result<Value, ServiceError> {
    let (id, now) = (context.caller.account.clone(), context.now);
    if let Some(report) = context.simulation.report(&id) {
        if report.ready > now {
            return Ok(json!({"State": "INPROGRESS"}));
        }
        if now - report.generated < context.simulation.world.report_interval.0 {
            return Ok(json!({"State": "COMPLETE"}));
        }
    }
    context.simulation.start_report(&id, now);
    if context.simulation.world.report_delay.0.is_zero() {
        return Ok(json!({"State": "COMPLETE"}));
    }
    let description = "No report exists. Starting a new report generation task";
    Ok(json!({"State": "STARTED", "Description": description}))
}

fn get_credential_report(context: &mut Context) -> Result<Value, ServiceError> {
    let now = context.now;
    let expiry = context
        .simulation
        .world
        .report_interval
        .0
        .max(Duration::hours(4));
    match context.simulation.report(&context.caller.account) {
        None => Err(ServiceError::new(
            410,
            "ReportNotPresent",
            "No report exists",
        )),
        Some(report) if report.ready > now => {
            Err(ServiceError::new(404, "ReportInProgress", "Unknown"))
        }
        Some(report) if now - report.generated > expiry => Err(ServiceError::new(
            410,
            "ReportExpired",
            "The report has expired",
        )),
        Some(report) => Ok(json!({
            "Content": STANDARD.encode(report.content),
            "ReportFormat": "text/csv",
            "GeneratedTime": report.generated.rfc3339(),
        })),
    }
}

/// A page of the items, and the marker of the next.
pub(crate) fn page_by_marker<T>(
    context: &Context,
    items: Vec<T>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let size = context.parameters.size("MaxItems", 100);
    let wrong = || Service::Iam.invalid(&ParameterError::NotAllowed("marker".to_owned()));
    context.page(items, "Marker", size).ok_or_else(wrong)
}

fn get_account_password_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let id = &context.caller.account;
    match &context.account()?.password_policy {
        Some(policy) => Ok(json!({"PasswordPolicy": policy})),
        None => Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("The Password Policy with domain name {id} cannot be found."),
        )),
    }
}

fn list_entities_for_policy(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let arn = context.parameters.text("PolicyArn").unwrap_or_default();
    let managed_organization = format!("arn:{}:iam::aws:policy/", context.caller.partition);
    let known = |name: &&str| MANAGED_POLICIES.contains(name);
    let Some(policy) = arn.strip_prefix(&managed_organization).filter(known) else {
        return Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("Policy {arn} does not exist or is not attachable."),
        ));
    };
    let filter = context.parameters.text("EntityFilter");
    let permissions = context.parameters.text("PolicyUsageFilter") != Some("PermissionsBoundary");
    let attached = policy == "AdministratorAccess" && permissions;
    let at_root = context
        .parameters
        .text("PathPrefix")
        .is_none_or(|path| path == "/");
    let of = |kind: &'static str, names: &[String]| {
        let wanted = attached && at_root && filter.is_none_or(|filter| filter == kind);
        let names = if wanted { names.to_vec() } else { Vec::new() };
        names.into_iter().map(move |name| (kind, name))
    };
    let it = &account.administrators;
    let all = of("Group", &it.groups)
        .chain(of("User", &it.users))
        .chain(of("Role", &it.roles));
    let (page, marker) = page_by_marker(context, all.collect())?;
    let select = |kind: &str, prefix: &str| -> Vec<Value> {
        let named = page.iter().filter(|(is, _)| *is == kind);
        let entity = |(_, name): &(&str, String)| {
            let id = ids::unique_id(prefix, &format!("{}/{name}", context.caller.account));
            json!({format!("{kind}Name"): name, format!("{kind}Id"): id})
        };
        named.map(entity).collect()
    };
    Ok(json!({
        "PolicyGroups": select("Group", "AGPA"),
        "PolicyUsers": select("User", "AIDA"),
        "PolicyRoles": select("Role", "AROA"),
        "IsTruncated": marker.is_some(),
        "Marker": marker,
    }))
}

fn list_account_aliases(context: &mut Context) -> Result<Value, ServiceError> {
    let aliases: Vec<String> = context.account()?.alias.iter().cloned().collect();
    let (aliases, marker) = page_by_marker(context, aliases)?;
    Ok(json!({"AccountAliases": aliases, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn list_organizations_features(context: &mut Context) -> Result<Value, ServiceError> {
    let fail = |code, message| Err(ServiceError::new(400, code, message));
    let world = &context.simulation.world;
    let Some(organization) = world.organization_in(&context.caller.partition) else {
        return fail(
            "OrganizationNotFoundException",
            "The account is not part of an organization",
        );
    };
    if !organization.administers(&context.caller.account, "iam.amazonaws.com") {
        return fail(
            "AccountNotManagementOrDelegatedAdministratorException",
            "The account is neither the management account nor a delegated administrator",
        );
    }
    if organization.feature_set != FeatureSet::All {
        return fail(
            "OrganizationNotInAllFeaturesModeException",
            "The organization does not have all features",
        );
    }
    if !organization.trusted_access {
        return fail(
            "ServiceAccessNotEnabledException",
            "Trusted access for IAM is not enabled",
        );
    }
    Ok(json!({"OrganizationId": organization.id, "EnabledFeatures": organization.features}))
}
