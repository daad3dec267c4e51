//! The organization, as far as the account can see it: a member sees that it is one, the management account sees all.
mod policies;

use super::{Collected, CollectorSpec, RunContext};
use crate::aws::{Call, Paginator, Session};
use aws_sdk_iam::types::FeatureType;
use aws_sdk_organizations::types::{Account, AccountState as SdkAccountState, AccountStatus};
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    organization::{AccountState, Organization, OrganizationAccount, RootAccessFeatures},
};
use root_model::failure::Failure;
use root_model::names::display_name;
use std::collections::BTreeMap;

/// A standalone account is in no organization.
const DESCRIBE_ORGANIZATION: Call = Call::new("organizations:DescribeOrganization")
    .absent(&[&["AWSOrganizationsNotInUseException"]]);
const LIST_ACCOUNTS: Call = Call::new("organizations:ListAccounts");
/// Without trusted access for IAM, or with consolidated billing only, no feature is enabled.
const LIST_ORGANIZATIONS_FEATURES: Call = Call::new("iam:ListOrganizationsFeatures").absent(&[&[
    "ServiceAccessNotEnabledException",
    "ServiceAccessNotEnabled",
    "OrganizationNotInAllFeaturesModeException",
    "OrganizationNotInAllFeaturesMode",
]]);

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::Organization,
    rate_limited: false,
    calls: &[
        DESCRIBE_ORGANIZATION,
        LIST_ACCOUNTS,
        LIST_ORGANIZATIONS_FEATURES,
    ],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: Some(policies::BATCHED),
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let organization = describe(&run.global("organizations")).await?;
    collected.insert(run.now, Fact::Organization(organization.clone()));
    // Members may not see the rest.
    let manages = |org: &Organization| org.management_account == run.account.id;
    let Some(organization) = organization.filter(manages) else {
        return Ok(());
    };
    let session = run.global("organizations");
    let listed = accounts(&session, Some(&organization.management_account)).await;
    if let Some(accounts) = collected.ok_or_record(listed) {
        let id = organization.id.clone();
        collected.insert(run.now, Fact::OrganizationAccounts(id, accounts));
    }
    if let Some(features) = collected.ok_or_record(features(run).await) {
        collected.insert(run.now, Fact::RootAccessFeatures(organization.id, features));
    }
    Ok(())
}

/// The organization; `None` for a standalone account.
pub(crate) async fn describe(session: &Session) -> Result<Option<Organization>, Failure> {
    let request = session.organizations().describe_organization();
    let answer = match session.call(DESCRIBE_ORGANIZATION, request.send()).await {
        Ok(answer) => answer.organization,
        Err(error) if error.absent => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let organization = answer.ok_or_else(|| DESCRIBE_ORGANIZATION.malformed("no Organization"))?;
    Ok(Some(Organization {
        id: DESCRIBE_ORGANIZATION.organization_id(organization.id)?,
        management_account: DESCRIBE_ORGANIZATION.account_id(organization.master_account_id)?,
    }))
}

/// The accounts of the organization, whatever their state. One that is malformed fails the list: it must not go missing. Nor
/// is a list whole that lacks the management account.
pub(crate) async fn accounts(
    session: &Session,
    management: Option<&str>,
) -> Result<Vec<OrganizationAccount>, Failure> {
    let client = session.organizations();
    // An account that joins meanwhile can move another to the next page, where it is listed again.
    let (mut found, mut pages) = (BTreeMap::new(), Paginator::new(LIST_ACCOUNTS));
    loop {
        let request = client.list_accounts().set_next_token(pages.token());
        let page = session.call(LIST_ACCOUNTS, request.send()).await?;
        let accounts = page
            .accounts
            .ok_or_else(|| LIST_ACCOUNTS.malformed("no Accounts"))?;
        for account in accounts {
            let account = read(account)?;
            found.insert(account.id.clone(), account);
        }
        if !pages.advance(page.next_token)? {
            break;
        }
    }
    if management.is_some_and(|id| !found.contains_key(id)) {
        return Err(LIST_ACCOUNTS.malformed("the management account is not among the Accounts"));
    }
    Ok(found.into_values().collect())
}

fn read(account: Account) -> Result<OrganizationAccount, Failure> {
    // Status is being retired for State.
    let state = account.state.as_ref().map(SdkAccountState::as_str);
    let status = account.status.as_ref().map(AccountStatus::as_str);
    Ok(OrganizationAccount {
        id: LIST_ACCOUNTS.account_id(account.id)?,
        name: account.name.as_deref().map(display_name),
        state: state
            .or(status)
            .and_then(AccountState::parse)
            .ok_or_else(|| LIST_ACCOUNTS.malformed("an account without a known State"))?,
    })
}

async fn features(run: &RunContext) -> Result<RootAccessFeatures, Failure> {
    let session = run.global("iam");
    let request = session.iam().list_organizations_features();
    match session
        .call(LIST_ORGANIZATIONS_FEATURES, request.send())
        .await
    {
        Ok(answer) => {
            let enabled = answer
                .enabled_features
                .ok_or_else(|| LIST_ORGANIZATIONS_FEATURES.malformed("no EnabledFeatures"))?;
            Ok(RootAccessFeatures {
                credentials_management: enabled.contains(&FeatureType::RootCredentialsManagement),
                sessions: enabled.contains(&FeatureType::RootSessions),
            })
        }
        Err(error) if error.absent => Ok(RootAccessFeatures::default()),
        Err(error) => Err(error.into()),
    }
}
