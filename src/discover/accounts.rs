//! The list of accounts to monitor.
use crate::{
    aws::{Aws, Call, Identity, Paginator, Session, global_region},
    collect::{organization, organization_accounts},
    config::{Config, Mode},
};
use root_model::facts::organization::AccountState;
use root_model::failure::Failure;
use root_model::partition::Partition;
use std::sync::Arc;

const LIST_DELEGATED_ADMINISTRATORS: Call = Call::new("organizations:ListDelegatedAdministrators");

/// The accounts to monitor, as far as they could be listed.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountList {
    /// The exporter's own account, if it is known.
    pub(super) own: Option<Arc<str>>,
    pub(super) accounts: Vec<ListedAccount>,
    /// Whether the accounts have been listed at least once.
    pub(super) listed: bool,
    /// The organization's management account, if it is known.
    pub(super) management: Option<Arc<str>>,
    /// GuardDuty's delegated administrator, if there is one.
    pub(super) guardduty_administrator: Option<Arc<str>>,
    pub(super) failures: Vec<Failure>,
}

/// An account to monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedAccount {
    pub(super) id: Arc<str>,
    pub(super) partition: Partition,
    pub(super) name: Option<Arc<str>>,
}

/// Lists the accounts. What cannot be determined stays as it was `before`.
pub(super) async fn update(aws: &Aws, config: &Config, before: AccountList) -> AccountList {
    let Identity {
        account: own,
        partition,
    } = match aws.session().identity().await {
        Ok(identity) => identity,
        Err(failure) => {
            let mut accounts = before.accounts;
            accounts.retain(|account| is_monitored(config, &account.id));
            return AccountList {
                accounts,
                failures: vec![failure],
                ..before
            };
        }
    };
    let session = aws.own(&own);
    let account = |id: Arc<str>, name| ListedAccount {
        id,
        partition,
        name,
    };
    let mode = config.accounts.mode;
    let organizations = session.at(global_region(partition, "organizations").into());
    let (mut management, mut guardduty_administrator) = (
        before.management.clone(),
        before.guardduty_administrator.clone(),
    );
    let mut unseen = Vec::new();
    if mode == Mode::Organization {
        match organization(&organizations).await {
            Ok(organization) => management = organization.map(|it| it.management_account),
            Err(failure) => unseen.push(failure),
        }
        match delegated_administrator(&organizations, "guardduty.amazonaws.com").await {
            Ok(administrator) => guardduty_administrator = administrator,
            Err(failure) => unseen.push(failure),
        }
    } else {
        (management, guardduty_administrator) = (None, None);
    }
    let listed = match mode {
        Mode::Own => Ok(vec![account(own.clone(), None)]),
        Mode::List => Ok(config
            .accounts
            .ids
            .iter()
            .map(|id| account(id.as_str().into(), None))
            .collect()),
        Mode::Organization => {
            let listed = active(&organizations, management.as_deref()).await;
            listed.map(|listed| {
                let listed = listed.into_iter();
                listed.map(|(id, name)| account(id, name)).collect()
            })
        }
    };
    let (mut accounts, mut failures): (Vec<ListedAccount>, _) = match listed {
        Ok(accounts) => (accounts, Vec::new()),
        // The accounts listed before are kept. If there are none, the own account is known to exist.
        Err(failure) if before.own.as_ref() == Some(&own) && !before.accounts.is_empty() => {
            (before.accounts, vec![failure])
        }
        Err(failure) => (vec![account(own.clone(), None)], vec![failure]),
    };
    accounts.retain(|account| is_monitored(config, &account.id));
    accounts.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    accounts.dedup_by(|a, b| a.id == b.id);
    // The own account alone is enough to start with.
    let listed = failures.is_empty() || before.listed || !accounts.is_empty();
    failures.extend(unseen);
    AccountList {
        own: Some(own),
        listed,
        management,
        guardduty_administrator,
        accounts,
        failures,
    }
}

fn is_monitored(config: &Config, id: &str) -> bool {
    config.accounts.wants(id) && config.shard.has(id)
}

/// The active accounts of the organization: id and name.
async fn active(
    session: &Session,
    management: Option<&str>,
) -> Result<Vec<(Arc<str>, Option<Arc<str>>)>, Failure> {
    let accounts = organization_accounts(session, management).await?;
    Ok(accounts
        .into_iter()
        .filter(|account| account.state == AccountState::Active)
        .map(|account| (account.id, account.name))
        .collect())
}

/// The account to which the organization has delegated a service, if any; GuardDuty has one at most.
async fn delegated_administrator(
    session: &Session,
    service: &str,
) -> Result<Option<Arc<str>>, Failure> {
    let client = session.organizations();
    let mut pages = Paginator::new(LIST_DELEGATED_ADMINISTRATORS);
    loop {
        let request = client
            .list_delegated_administrators()
            .service_principal(service)
            .set_next_token(pages.token());
        let page = session
            .call(LIST_DELEGATED_ADMINISTRATORS, request.send())
            .await?;
        let administrators = page
            .delegated_administrators
            .ok_or_else(|| LIST_DELEGATED_ADMINISTRATORS.malformed("no DelegatedAdministrators"))?;
        if let Some(first) = administrators.into_iter().next() {
            return LIST_DELEGATED_ADMINISTRATORS.account_id(first.id).map(Some);
        }
        if !pages.advance(page.next_token)? {
            return Ok(None);
        }
    }
}
