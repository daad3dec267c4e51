//! Which accounts' root users a service control policy in force denies everything: the policies that may, where they are
//! attached, and down the tree from there.
use super::describe;
use crate::{
    aws::{Pages, Session, global_region},
    collect::{Answers, Central, CentralRun, Collected, Through},
    facts::{Fact, organization::Organization, service_control_policy::ServiceControlPolicy},
    observation::{Account, Failure},
};
use aws_sdk_organizations::types::{ChildType, PolicyType, TargetType};
use std::collections::BTreeSet;

pub(super) const CENTRAL: Central = Central {
    through: Through::Organization,
    size: usize::MAX,
    // A member cannot see which policies are in force.
    alone: true,
    actions: &[
        "organizations:DescribeOrganization",
        "organizations:DescribePolicy",
        "organizations:ListChildren",
        "organizations:ListPolicies",
        "organizations:ListTargetsForPolicy",
    ],
    collect: |run, answers| Box::pin(collect(run, answers)),
};

/// A policy in force that may deny root everything, and for whom.
struct InForce {
    policy: Result<ServiceControlPolicy, Failure>,
    everyone: bool,
    accounts: BTreeSet<String>,
}

async fn collect(run: &CentralRun, answers: &mut Answers) -> Result<(), Failure> {
    let Some(first) = run.accounts.first() else {
        return Ok(());
    };
    let region = global_region(&first.partition, "organizations");
    let session = run.session.at(region.into());
    let Some(organization) = describe(&session).await? else {
        return Ok(());
    };
    let policies = in_force(&session).await;
    for account in &run.accounts {
        // The management account sees more than this, and no policy is ever in force for it.
        if account.id != organization.management_account {
            let answer = answer(run, account, &organization, &policies);
            answers.insert(account.id.clone(), answer);
        }
    }
    Ok(())
}

fn answer(
    run: &CentralRun,
    account: &Account,
    organization: &Organization,
    policies: &Result<Vec<InForce>, Failure>,
) -> Collected {
    let mut collected = Collected::default();
    collected.learn(run.now, Fact::Organization(Some(organization.clone())));
    let denied = match policies {
        Ok(policies) => denied(account, policies),
        Err(failure) => Err(failure.clone()),
    };
    if let Some(denied) = collected.part(denied) {
        collected.learn(run.now, Fact::ScpDeniesRoot(denied));
    }
    collected
}

/// Whether one of the policies denies the account's root everything. One that cannot be read matters if no other does.
fn denied(account: &Account, policies: &[InForce]) -> Result<bool, Failure> {
    let mut unread = None;
    for it in policies {
        if it.everyone || it.accounts.contains(&*account.id) {
            match &it.policy {
                Ok(policy) if policy.denies_root(&account.partition, &account.id) => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(failure) => unread = Some(failure.clone()),
            }
        }
    }
    unread.map_or(Ok(false), Err)
}

async fn in_force(session: &Session) -> Result<Vec<InForce>, Failure> {
    let mut found = Vec::new();
    for id in policies(session).await? {
        let targets = targets(session, &id).await?;
        if targets.is_empty() {
            continue;
        }
        let policy = read(session, &id).await?;
        if policy.as_ref().is_ok_and(ServiceControlPolicy::is_harmless) {
            continue;
        }
        let mut it = InForce {
            policy,
            everyone: false,
            accounts: BTreeSet::new(),
        };
        let mut units = Vec::new();
        for (kind, id) in targets {
            match kind {
                TargetType::Root => it.everyone = true,
                TargetType::OrganizationalUnit => units.push(id),
                _ => drop(it.accounts.insert(id)),
            }
        }
        while let Some(unit) = units.pop() {
            let (below, more) = (ChildType::Account, ChildType::OrganizationalUnit);
            it.accounts.extend(children(session, &unit, below).await?);
            units.extend(children(session, &unit, more).await?);
        }
        found.push(it);
    }
    Ok(found)
}

/// Ids of the organization's own policies: AWS's one denies nothing.
async fn policies(session: &Session) -> Result<Vec<String>, Failure> {
    const CALL: &str = "organizations:ListPolicies";
    let client = session.organizations();
    let (mut found, mut pages) = (Vec::new(), Pages::of(CALL));
    loop {
        let request = client
            .list_policies()
            .filter(PolicyType::ServiceControlPolicy)
            .set_next_token(pages.token());
        let page = session.call(CALL, request.send()).await?;
        let policies = page
            .policies
            .ok_or_else(|| Failure::malformed(CALL, "no Policies"))?;
        for policy in policies.into_iter().filter(|policy| !policy.aws_managed) {
            let id = policy.id;
            found.push(id.ok_or_else(|| Failure::malformed(CALL, "a policy without Id"))?);
        }
        if !pages.turn(page.next_token)? {
            return Ok(found);
        }
    }
}

async fn targets(session: &Session, policy: &str) -> Result<Vec<(TargetType, String)>, Failure> {
    const CALL: &str = "organizations:ListTargetsForPolicy";
    let client = session.organizations();
    let (mut found, mut pages) = (Vec::new(), Pages::of(CALL));
    loop {
        let request = client
            .list_targets_for_policy()
            .policy_id(policy)
            .set_next_token(pages.token());
        let page = match session.call(CALL, request.send()).await {
            // Deleted since it was listed.
            Err(error) if error.is(&["PolicyNotFoundException"]) => return Ok(Vec::new()),
            page => page?,
        };
        let targets = page
            .targets
            .ok_or_else(|| Failure::malformed(CALL, "no Targets"))?;
        for target in targets {
            let target = target.r#type.zip(target.target_id);
            found
                .push(target.ok_or_else(|| {
                    Failure::malformed(CALL, "a target without Type or TargetId")
                })?);
        }
        if !pages.turn(page.next_token)? {
            return Ok(found);
        }
    }
}

/// A policy's content, or why it cannot be understood.
async fn read(
    session: &Session,
    policy: &str,
) -> Result<Result<ServiceControlPolicy, Failure>, Failure> {
    const CALL: &str = "organizations:DescribePolicy";
    let request = session.organizations().describe_policy().policy_id(policy);
    let answer = session.call(CALL, request.send()).await?;
    let content = answer.policy.and_then(|policy| policy.content);
    let content = content.ok_or_else(|| Failure::malformed(CALL, "no Content"))?;
    Ok(ServiceControlPolicy::parse(&content).map_err(|what| Failure::malformed(CALL, what)))
}

async fn children(session: &Session, unit: &str, kind: ChildType) -> Result<Vec<String>, Failure> {
    const CALL: &str = "organizations:ListChildren";
    let client = session.organizations();
    let (mut found, mut pages) = (Vec::new(), Pages::of(CALL));
    loop {
        let request = client
            .list_children()
            .parent_id(unit)
            .child_type(kind.clone())
            .set_next_token(pages.token());
        let page = session.call(CALL, request.send()).await?;
        let children = page
            .children
            .ok_or_else(|| Failure::malformed(CALL, "no Children"))?;
        for child in children {
            let id = child.id;
            found.push(id.ok_or_else(|| Failure::malformed(CALL, "a child without Id"))?);
        }
        if !pages.turn(page.next_token)? {
            return Ok(found);
        }
    }
}
