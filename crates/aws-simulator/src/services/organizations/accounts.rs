//! The accounts of the organization.

use super::{managed_organization, page_by_token, with_token};
use crate::api::ServiceError;
use crate::clock::Timestamp;
use crate::services::Context;
use crate::world::{AccountState, Organization};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// From then on accounts have a `State` only.
const STATUS_RETIRED: Timestamp = Timestamp(time::macros::datetime!(2026-09-09 00:00 UTC));

pub(crate) fn list_accounts(context: &mut Context) -> Result<Value, ServiceError> {
    let organization = managed_organization(context)?;
    let accounts = members(context, organization);
    let accounts = accounts
        .iter()
        .map(|(id, member)| describe(context, organization, id, member));
    let (accounts, next) = page_by_token(context, accounts.collect())?;
    Ok(with_token(json!({"Accounts": accounts}), next))
}

pub(crate) fn list_delegated_administrators(context: &mut Context) -> Result<Value, ServiceError> {
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
    let simulated = context.world.accounts.iter();
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
