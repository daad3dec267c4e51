//! Organizations: the organization, its accounts, units and service control policies.

pub(crate) mod accounts;
mod policies;
mod tree;
pub(super) use self::policies::OPERATIONS as POLICY_OPERATIONS;

use self::accounts::{list_accounts, list_delegated_administrators, members};
use crate::api::{Parameter, ParameterError, ParameterType, Service, ServiceError, optional};
use crate::limits::{
    DESCRIBE_ORGANIZATION, LIST_ACCOUNTS, ORGANIZATIONS_LISTS, ORGANIZATIONS_PAGE,
};
use crate::services::{Context, Operation};
use crate::world::Organization;
use serde_json::{Value, json};

pub(crate) const NEXT_TOKEN: Parameter = optional("NextToken", ParameterType::Text(0, 100_000));

pub(crate) const MAX_RESULTS: Parameter =
    optional("MaxResults", ParameterType::PageSize(ORGANIZATIONS_PAGE));

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Organizations,
        "DescribeOrganization",
        &[],
        describe_organization,
    )
    .limited(DESCRIBE_ORGANIZATION),
    Operation::new(
        Service::Organizations,
        "ListAccounts",
        &[NEXT_TOKEN, MAX_RESULTS],
        list_accounts,
    )
    .limited(LIST_ACCOUNTS),
    Operation::new(
        Service::Organizations,
        "ListDelegatedAdministrators",
        &[
            optional("ServicePrincipal", ParameterType::Text(1, 128)),
            NEXT_TOKEN,
            MAX_RESULTS,
        ],
        list_delegated_administrators,
    )
    .limited(ORGANIZATIONS_LISTS),
];

impl Organization {
    /// Whether an account manages the organization, or a service of it by delegation.
    pub(crate) fn administers(&self, account: &str, service: &str) -> bool {
        self.management == account || self.delegates(account, service)
    }

    /// Whether a service is delegated to an account.
    pub(crate) fn delegates(&self, account: &str, service: &str) -> bool {
        let delegated = self.delegated_administrators.get(account);
        delegated.is_some_and(|services| services.iter().any(|it| it == service))
    }

    /// The ARN of what belongs to the organization, such as `/` and an account's id.
    pub(crate) fn arn(&self, partition: &str, kind: &str, rest: &str) -> String {
        let Self { id, management, .. } = self;
        format!("arn:{partition}:organizations::{management}:{kind}/{id}{rest}")
    }
}

fn organization<'a>(context: &'a Context) -> Result<&'a Organization, ServiceError> {
    let message = "Your account is not a member of an organization.";
    let unused = || ServiceError::new(400, "AWSOrganizationsNotInUseException", message);
    let world = &context.world;
    world
        .organization_in(&context.caller.partition)
        .ok_or_else(unused)
}

/// The organization, for its management account and its delegated administrators.
pub(crate) fn managed_organization<'a>(
    context: &'a Context,
) -> Result<&'a Organization, ServiceError> {
    let organization = organization(context)?;
    let caller = &context.caller.account;
    let delegated = organization.delegated_administrators.contains_key(caller);
    if organization.management == *caller || delegated {
        return Ok(organization);
    }
    let message = "You don't have permissions to access this resource.";
    Err(Service::Organizations.access_denied(message))
}

fn describe_organization(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = organization(context)?;
    let Organization { id, management, .. } = organization;
    let arn = |kind: &str, rest: &str| organization.arn(&context.caller.partition, kind, rest);
    let email = members(context, organization)
        .get(management.as_str())
        .map(|it| it.email.clone());
    Ok(json!({"Organization": {
        "Id": id,
        "Arn": arn("organization", ""),
        "FeatureSet": organization.feature_set,
        "MasterAccountArn": arn("account", &format!("/{management}")),
        "MasterAccountId": management,
        "MasterAccountEmail": email.unwrap_or_else(|| "management@example.com".to_owned()),
        "AvailablePolicyTypes": [],
    }}))
}

pub(crate) fn page_by_token(
    context: &Context,
    items: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), ServiceError> {
    let size = context.parameters.size("MaxResults", ORGANIZATIONS_PAGE);
    let wrong =
        || Service::Organizations.invalid(&ParameterError::NotAllowed("NextToken".to_owned()));
    context.page(items, "NextToken", size).ok_or_else(wrong)
}

pub(crate) fn with_token(mut answer: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    answer
}
