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
    if let Some(accounts) = collected.ok_or_record(accounts(&run.global("organizations")).await) {
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
    match answer.map(|org| (org.id, org.master_account_id)) {
        Some((Some(id), Some(management))) => Ok(Some(Organization {
            id: id.into(),
            management_account: management.into(),
        })),
        _ => Err(DESCRIBE_ORGANIZATION.malformed("no Id or no MasterAccountId")),
    }
}

/// The accounts of the organization, whatever their state.
pub(crate) async fn accounts(session: &Session) -> Result<Vec<OrganizationAccount>, Failure> {
    let client = session.organizations();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_ACCOUNTS));
    loop {
        let request = client.list_accounts().set_next_token(pages.token());
        let page = session.call(LIST_ACCOUNTS, request.send()).await?;
        let accounts = page
            .accounts
            .ok_or_else(|| LIST_ACCOUNTS.malformed("no Accounts"))?;
        for account in accounts {
            found.push(read(account).ok_or_else(|| {
                LIST_ACCOUNTS.malformed("an account without Id or without a known State")
            })?);
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

fn read(account: Account) -> Option<OrganizationAccount> {
    // Status is being retired for State.
    let state = account.state.as_ref().map(SdkAccountState::as_str);
    let status = account.status.as_ref().map(AccountStatus::as_str);
    Some(OrganizationAccount {
        id: account.id?.into(),
        name: account.name.map(Into::into),
        state: AccountState::parse(state.or(status)?)?,
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
