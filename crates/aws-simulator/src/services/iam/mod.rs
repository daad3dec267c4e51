//! IAM: the account, its credentials and who administers it.

mod credential_owner;
mod credential_report;
mod credentials;
mod mfa;
mod mfa_devices;
mod organization;
mod policies;
mod report_csv;
mod summary;
pub(crate) use self::credential_report::CredentialReports;
pub(super) use self::credentials::OPERATIONS as CREDENTIAL_OPERATIONS;
pub(super) use self::mfa::OPERATIONS as MFA_OPERATIONS;

use self::credential_report::{generate_credential_report, get_credential_report};
use self::organization::list_organizations_features;
use self::policies::{get_account_password_policy, list_entities_for_policy};
use self::summary::get_account_summary;
use crate::api::{
    Parameter, ParameterError, ParameterType, Service, ServiceError, optional, required,
};
use crate::limits::{IAM_DEFAULT_PAGE, IAM_PAGE};
use crate::services::{Context, Operation};
use serde_json::{Value, json};

pub(crate) const MARKER: Parameter = optional("Marker", ParameterType::Text(1, 320));

pub(crate) const MAX_ITEMS: Parameter = optional("MaxItems", ParameterType::PageSize(IAM_PAGE));

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

/// A page of the items, and the marker of the next.
pub(crate) fn page_by_marker<T>(
    context: &Context,
    items: Vec<T>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let size = context.parameters.size("MaxItems", IAM_DEFAULT_PAGE);
    let wrong = || Service::Iam.invalid(&ParameterError::NotAllowed("marker".to_owned()));
    context.page(items, "Marker", size).ok_or_else(wrong)
}

fn list_account_aliases(context: &mut Context) -> Result<Value, ServiceError> {
    let aliases: Vec<String> = context.account()?.alias.iter().cloned().collect();
    let (aliases, marker) = page_by_marker(context, aliases)?;
    Ok(json!({"AccountAliases": aliases, "IsTruncated": marker.is_some(), "Marker": marker}))
}
