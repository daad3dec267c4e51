//! Which accounts there are to monitor.
use crate::{
    aws::{Aws, Pages, Session, global_region},
    collect::{organization, organization_accounts},
    config::{Config, Mode},
};
use root_model::facts::organization::AccountState;
use root_model::failure::Failure;
use root_model::partition::Partition;
use std::sync::Arc;

/// The accounts to monitor, as far as they could be found.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    /// The exporter's own account, if it is known.
    pub(super) own: Option<Arc<str>>,
    /// Every account to monitor.
    pub(super) members: Vec<Member>,
    /// Whether the accounts could be listed, once at least.
    pub(super) listed: bool,
    /// The organization's management account, if it is known.
    pub(super) management: Option<Arc<str>>,
    /// GuardDuty's delegated administrator, if there is one.
    pub(super) guardduty_administrator: Option<Arc<str>>,
    /// What went wrong.
    pub(super) failures: Vec<Failure>,
}

/// An account to monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: Arc<str>,
    pub(super) partition: Partition,
    pub(super) name: Option<Arc<str>>,
}

/// Looks for the accounts. What cannot be found out stays as it was `before`.
pub(super) async fn look(aws: &Aws, config: &Config, before: Roster) -> Roster {
    let session = aws.session();
    let (own, partition) = match identity(&session).await {
        Ok(identity) => identity,
        Err(failure) => {
            let mut members = before.members;
            members.retain(|member| wanted(config, &member.id));
            return Roster {
                members,
                failures: vec![failure],
                ..before
            };
        }
    };
    let member = |id: Arc<str>, name| Member {
        id,
        partition,
        name,
    };
    let (accounts, before_listed) = (&config.accounts, before.listed);
    let listed = match accounts.mode {
        Mode::Own => Ok(vec![member(own.clone(), None)]),
        Mode::List => Ok(accounts
            .ids
            .iter()
            .map(|id| member(id.as_str().into(), None))
            .collect()),
        Mode::Organization => {
            let session = session.at(global_region(partition, "organizations").into());
            active(&session).await.map(|listed| {
                let members = listed.into_iter();
                members.map(|(id, name)| member(id, name)).collect()
            })
        }
    };
    let (mut members, mut failures): (Vec<Member>, _) = match listed {
        Ok(members) => (members, Vec::new()),
        // The accounts known before are still there; of an unknown organization the own account is one.
        Err(failure) if before.own.as_ref() == Some(&own) && !before.members.is_empty() => {
            (before.members, vec![failure])
        }
        Err(failure) => (vec![member(own.clone(), None)], vec![failure]),
    };
    members.retain(|member| wanted(config, &member.id));
    members.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    members.dedup_by(|a, b| a.id == b.id);
    // The own account alone is something to begin with.
    let listed = failures.is_empty() || before_listed || !members.is_empty();
    let (mut management, mut guardduty_administrator) =
        (before.management, before.guardduty_administrator);
    if accounts.mode == Mode::Organization {
        let session = session.at(global_region(partition, "organizations").into());
        match organization(&session).await {
            Ok(organization) => management = organization.map(|it| it.management_account),
            Err(failure) => failures.push(failure),
        }
        match administrator(&session, "guardduty.amazonaws.com").await {
            Ok(administrator) => guardduty_administrator = administrator,
            Err(failure) => failures.push(failure),
        }
    } else {
        (management, guardduty_administrator) = (None, None);
    }
    Roster {
        own: Some(own),
        listed,
        management,
        guardduty_administrator,
        members,
        failures,
    }
}

fn wanted(config: &Config, id: &str) -> bool {
    config.accounts.wants(id) && config.shard.has(id)
}

/// The active accounts of the organization: id and name.
async fn active(session: &Session) -> Result<Vec<(Arc<str>, Option<Arc<str>>)>, Failure> {
    let accounts = organization_accounts(session).await?;
    Ok(accounts
        .into_iter()
        .filter(|account| account.state == AccountState::Active)
        .map(|account| (account.id, account.name))
        .collect())
}

/// The account to which the organization has delegated a service, if any. Those that are looked for have one at most.
async fn administrator(session: &Session, service: &str) -> Result<Option<Arc<str>>, Failure> {
    const CALL: &str = "organizations:ListDelegatedAdministrators";
    let client = session.organizations();
    let mut pages = Pages::of(CALL);
    loop {
        let request = client
            .list_delegated_administrators()
            .service_principal(service)
            .set_next_token(pages.token());
        let page = session.call(CALL, request.send()).await?;
        let administrators = page
            .delegated_administrators
            .ok_or_else(|| Failure::malformed(CALL, "no DelegatedAdministrators"))?;
        if let Some(first) = administrators.into_iter().next() {
            let id = first.id.map(Into::into);
            return id
                .map(Some)
                .ok_or_else(|| Failure::malformed(CALL, "an administrator without Id"));
        }
        if !pages.turn(page.next_token)? {
            return Ok(None);
        }
    }
}

/// The account's id and partition.
async fn identity(session: &Session) -> Result<(Arc<str>, Partition), Failure> {
    const CALL: &str = "sts:GetCallerIdentity";
    let answer = session
        .call(CALL, session.sts().get_caller_identity().send())
        .await?;
    let (Some(id), Some(arn)) = (answer.account, answer.arn) else {
        return Err(Failure::malformed(CALL, "no Account or no Arn"));
    };
    let valid = id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    match arn.split(':').nth(1).map(str::parse) {
        Some(Ok(partition)) if valid => Ok((id.into(), partition)),
        _ => Err(Failure::malformed(
            CALL,
            "Account or Arn is not of the documented form, or of a partition that this version does not know",
        )),
    }
}
