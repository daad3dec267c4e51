//! Organizations: what the organization is, and its accounts for those who may know.

use super::{Context, Operation, Service};
use crate::clock::Timestamp;
use crate::failure::{ParameterError, ServiceError};
use crate::parameters::{Parameter, ParameterType, optional};
use crate::world::{AccountState, Organization};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// From then on accounts have a `State` only.
const STATUS_RETIRED: Timestamp = Timestamp(time::macros::datetime!(2026-09-09 00:00 UTC));

pub(crate) const NEXT_TOKEN: Parameter = optional("NextToken", ParameterType::Text(0, 100_000));
pub(crate) const MAX_RESULTS: Parameter = optional("MaxResults", ParameterType::Integer(1, 20));

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Organizations,
        "DescribeOrganization",
        &[],
        describe_organization,
    )
    .limited(1.0, 2.0),
    Operation::new(
        Service::Organizations,
        "ListAccounts",
        &[NEXT_TOKEN, MAX_RESULTS],
        list_accounts,
    )
    .limited(8.0, 12.0),
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
    .limited(5.0, 8.0),
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
    let world = &context.simulation.world;
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

fn list_accounts(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let accounts = members(context, organization);
    let accounts = accounts
        .iter()
        .map(|(id, member)| describe(context, organization, id, member));
    let (accounts, next) = page_by_token(context, accounts.collect())?;
    Ok(with_token(json!({"Accounts": accounts}), next))
}

fn list_delegated_administrators(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let service = context.parameters.text("ServicePrincipal");
    let accounts = members(context, organization);
    let mut delegated = Vec::new();
    for (id, services) in &organization.delegated_administrators {
        let wanted = service.is_none_or(|service| services.iter().any(|it| it == service));
        if let (true, Some(member)) = (wanted, accounts.get(id.as_str())) {
            let mut account = describe(context, organization, id, member);
            account["DelegationEnabledDate"] = joined_at().into();
            delegated.push(account);
        }
    }
    let (delegated, next) = page_by_token(context, delegated)?;
    Ok(with_token(
        json!({"DelegatedAdministrators": delegated}),
        next,
    ))
}

pub(crate) fn page_by_token(
    context: &Context,
    items: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), ServiceError> {
    let size = context.parameters.size("MaxResults", 20);
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

/// An account of the organization.
pub(crate) struct OrganizationAccount {
    pub(crate) name: String,
    pub(crate) email: String,
    state: AccountState,
    pub(crate) unit: Option<String>,
}

/// All accounts of the organization: the simulated ones of its partition, and those it names.
pub(crate) fn members<'a>(
    context: &'a Context,
    organization: &'a Organization,
) -> BTreeMap<&'a str, OrganizationAccount> {
    let email = |id: &str, email: &Option<String>| {
        email
            .clone()
            .unwrap_or_else(|| format!("aws+{id}@example.com"))
    };
    let named = organization.accounts.iter().map(|(id, member)| {
        let name = if member.name.is_empty() {
            id
        } else {
            &member.name
        };
        let listed = OrganizationAccount {
            name: name.clone(),
            email: email(id, &member.email),
            state: member.state,
            unit: member.unit.clone(),
        };
        (id.as_str(), listed)
    });
    let mut all: BTreeMap<_, _> = named.collect();
    let simulated = context.simulation.world.accounts.iter();
    for (id, account) in simulated.filter(|(_, it)| it.partition == context.caller.partition) {
        let listed = OrganizationAccount {
            name: account.name.clone(),
            email: email(id, &account.email),
            state: account.state,
            unit: account.unit.clone(),
        };
        all.insert(id, listed);
    }
    all
}

fn describe(
    context: &Context,
    organization: &Organization,
    id: &str,
    member: &OrganizationAccount,
) -> Value {
    let arn = organization.arn(&context.caller.partition, "account", &format!("/{id}"));
    let status = match member.state {
        AccountState::Active | AccountState::PendingActivation => "ACTIVE",
        AccountState::PendingClosure => "PENDING_CLOSURE",
        AccountState::Suspended | AccountState::Closed => "SUSPENDED",
    };
    let method = if id == organization.management {
        "INVITED"
    } else {
        "CREATED"
    };
    let mut account = json!({"Id": id, "Arn": arn, "Email": member.email, "Name": member.name,
        "State": member.state, "JoinedMethod": method, "JoinedTimestamp": joined_at()});
    if context.now < STATUS_RETIRED {
        account["Status"] = status.into();
    }
    account
}

/// When every account joined: 2019-03-01T10:00:00Z.
fn joined_at() -> i64 {
    1_551_434_400
}
