//! Account Management: alternate contacts, regions and account information.

use super::context::Context;
use super::operation::Operation;
use crate::api::{
    Parameter, ParameterError, ParameterType, Service, ServiceError, optional, required,
};
use crate::limits::{ACCOUNT_PAGE, GET_ACCOUNT_INFORMATION, GET_ALTERNATE_CONTACT, LIST_REGIONS};
use crate::regions;
use crate::world::{Account, AccountState, ContactType};
use serde_json::{Value, json};

const ACCOUNT_ID: Parameter = optional("AccountId", ParameterType::Text(12, 12));

const OPT_STATUS: ParameterType = ParameterType::OneOf(&[
    "ENABLED",
    "ENABLING",
    "DISABLING",
    "DISABLED",
    "ENABLED_BY_DEFAULT",
]);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Account,
        "GetAlternateContact",
        &[
            required(
                "AlternateContactType",
                ParameterType::OneOf(&["BILLING", "OPERATIONS", "SECURITY"]),
            ),
            ACCOUNT_ID,
        ],
        get_alternate_contact,
    )
    .limited(GET_ALTERNATE_CONTACT),
    Operation::new(
        Service::Account,
        "ListRegions",
        &[
            ACCOUNT_ID,
            optional("MaxResults", ParameterType::PageSize(ACCOUNT_PAGE)),
            optional("NextToken", ParameterType::Text(0, 1000)),
            optional("RegionOptStatusContains", ParameterType::List(&OPT_STATUS)),
        ],
        list_regions,
    )
    .limited(LIST_REGIONS),
    Operation::new(
        Service::Account,
        "GetAccountInformation",
        &[ACCOUNT_ID],
        get_account_information,
    )
    .limited(GET_ACCOUNT_INFORMATION),
];

/// The account that is asked about: one's own, or a member's if one manages the organization.
fn target_account<'a>(context: &'a Context) -> Result<(&'a str, &'a Account), ServiceError> {
    let world = &context.world;
    let caller = context.caller.account.as_str();
    let Some(asked) = context.parameters.text("AccountId") else {
        return Ok((caller, context.account()?));
    };
    let manages = world
        .organization_in(&context.caller.partition)
        .is_some_and(|it| it.administers(caller, "account.amazonaws.com"));
    let member = world
        .accounts
        .get(asked)
        .filter(|it| manages && asked != caller && it.partition == context.caller.partition);
    let denied = || {
        let message = format!(
            "User: {} is not authorized to perform this operation on account {asked}",
            context.caller.arn
        );
        Service::Account.access_denied(message)
    };
    member.map(|account| (asked, account)).ok_or_else(denied)
}

fn get_alternate_contact(context: &mut Context) -> Result<Value, ServiceError> {
    let (_, account) = target_account(context)?;
    let asked = context
        .parameters
        .text("AlternateContactType")
        .unwrap_or_default();
    let kind = match asked {
        "BILLING" => ContactType::Billing,
        "OPERATIONS" => ContactType::Operations,
        _ => ContactType::Security,
    };
    let none = || {
        let message = format!("No contact of the inputted alternate contact type {asked} found.");
        ServiceError::new(404, "ResourceNotFoundException", message)
    };
    let contact = account.alternate_contacts.get(&kind).ok_or_else(none)?;
    let mut contact = json!(contact);
    contact["AlternateContactType"] = asked.into();
    Ok(json!({"AlternateContact": contact}))
}

fn list_regions(context: &mut Context) -> Result<Value, ServiceError> {
    let (_, account) = target_account(context)?;
    let enabled = account.enabled_regions();
    let opt_in = regions::opt_in_regions(&account.partition);
    let status = |region: &str| match (enabled.contains(&region), opt_in.contains(&region)) {
        (false, _) => "DISABLED",
        (true, true) => "ENABLED",
        (true, false) => "ENABLED_BY_DEFAULT",
    };
    let mut names: Vec<&str> = enabled.iter().chain(opt_in).copied().collect();
    names.sort_unstable();
    names.dedup();
    let wanted = context
        .parameters
        .texts("RegionOptStatusContains")
        .unwrap_or_default();
    let listed = names.into_iter().map(|name| (name, status(name)));
    let listed = listed.filter(|(_, status)| wanted.is_empty() || wanted.contains(status));
    let listed =
        listed.map(|(name, status)| json!({"RegionName": name, "RegionOptStatus": status}));
    let size = context.parameters.size("MaxResults", ACCOUNT_PAGE);
    let wrong = || Service::Account.invalid(&ParameterError::NotAllowed("NextToken".to_owned()));
    let (listed, next) = context
        .page(listed.collect(), "NextToken", size)
        .ok_or_else(wrong)?;
    let mut answer = json!({"Regions": listed});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

fn get_account_information(context: &mut Context) -> Result<Value, ServiceError> {
    let (id, account) = target_account(context)?;
    // The modelled states lack PENDING_CLOSURE.
    let state = match account.state {
        AccountState::PendingClosure => AccountState::Suspended,
        other => other,
    };
    Ok(
        json!({"AccountId": id, "AccountName": account.name, "AccountState": state,
        "AccountCreatedDate": account.created().rfc3339()}),
    )
}
