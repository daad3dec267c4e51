//! Which accounts' root users a service control policy in force denies everything: the policies that may, where they are
//! attached, and down the tree from there.
use super::{DESCRIBE_ORGANIZATION, describe};
use crate::{
    aws::{Call, Paginator, Session, global_region},
    collect::{Answers, BatchRun, Batched, Collected, Delegate},
    limits::MAX_ORGANIZATIONAL_UNITS,
};
use aws_sdk_organizations::types::{ChildType, PolicyType, TargetType};
use root_model::facts::{Fact, service_control_policy::ServiceControlPolicy};
use root_model::failure::Failure;
use root_model::target::AccountIdentity;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::yield_now;

const LIST_POLICIES: Call = Call::new("organizations:ListPolicies");
/// A policy may have been deleted since it was listed.
const LIST_TARGETS_FOR_POLICY: Call =
    Call::new("organizations:ListTargetsForPolicy").absent(&[&["PolicyNotFoundException"]]);
const DESCRIBE_POLICY: Call = Call::new("organizations:DescribePolicy");
const LIST_CHILDREN: Call = Call::new("organizations:ListChildren");

pub(super) const BATCHED: Batched = Batched {
    delegate: Delegate::Organization,
    batch_size: usize::MAX,
    // A member cannot see which policies are in force.
    only_source: true,
    calls: &[
        DESCRIBE_ORGANIZATION,
        DESCRIBE_POLICY,
        LIST_CHILDREN,
        LIST_POLICIES,
        LIST_TARGETS_FOR_POLICY,
    ],
    collect: |run, answers| Box::pin(collect(run, answers)),
};

/// A policy in force that may deny root everything, and for whom.
struct InForce {
    policy: Result<ServiceControlPolicy, Failure>,
    everyone: bool,
    accounts: BTreeSet<String>,
}

async fn collect(run: &BatchRun, answers: &mut Answers) -> Result<(), Failure> {
    let Some(first) = run.accounts.first() else {
        return Ok(());
    };
    let region = global_region(first.partition, "organizations");
    let session = run.session.at(region.into());
    let Some(organization) = describe(&session).await? else {
        return Ok(());
    };
    // The management account sees more than this, and no policy is ever in force for it.
    let members = || {
        let accounts = run.accounts.iter();
        accounts.filter(|account| account.id != organization.management_account)
    };
    for account in members() {
        let mut collected = Collected::default();
        collected.insert(run.now, Fact::Organization(Some(organization.clone())));
        answers.insert(account.id.clone(), collected);
    }
    let policies = Walk::new(&session).in_force().await?;
    for account in members() {
        let collected = answers.entry(account.id.clone()).or_default();
        if let Some(denied) = collected.ok_or_record(denied(account, &policies)) {
            collected.insert(run.now, Fact::ScpDeniesRoot(denied));
        }
    }
    Ok(())
}

/// Whether one of the policies denies the account's root everything. One that cannot be read matters if no other does.
fn denied(account: &AccountIdentity, policies: &[InForce]) -> Result<bool, Failure> {
    let mut unread = None;
    for it in policies {
        if it.everyone || it.accounts.contains(&*account.id) {
            match &it.policy {
                Ok(policy) if policy.denies_root(account.partition, &account.id) => {
                    return Ok(true);
                }
                Ok(_) => {}
                Err(failure) => unread = Some(failure.clone()),
            }
        }
    }
    unread.map_or(Ok(false), Err)
}

/// Down the tree, each unit once.
struct Walk<'a> {
    session: &'a Session,
    units: BTreeMap<String, Children>,
}

/// What is directly below a unit.
#[derive(Clone)]
struct Children {
    accounts: Vec<String>,
    units: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(session: &'a Session) -> Self {
        Self {
            session,
            units: BTreeMap::new(),
        }
    }

    async fn in_force(mut self) -> Result<Vec<InForce>, Failure> {
        let session = self.session;
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
            let everyone = targets.iter().any(|(kind, _)| *kind == TargetType::Root);
            let mut accounts = BTreeSet::new();
            for (kind, id) in targets.into_iter().filter(|_| !everyone) {
                match kind {
                    TargetType::OrganizationalUnit => self.below(id, &mut accounts).await?,
                    _ => drop(accounts.insert(id)),
                }
            }
            found.push(InForce {
                policy,
                everyone,
                accounts,
            });
        }
        Ok(found)
    }

    /// Adds the accounts of a unit and of those below it.
    async fn below(&mut self, unit: String, into: &mut BTreeSet<String>) -> Result<(), Failure> {
        // A unit that AWS lists below itself is not gone through again.
        let mut seen = BTreeSet::new();
        let mut units = vec![unit];
        while let Some(unit) = units.pop() {
            if !seen.insert(unit.clone()) {
                continue;
            }
            if seen.len() > MAX_ORGANIZATIONAL_UNITS {
                return Err(
                    LIST_CHILDREN.malformed("there are more units than an organization has")
                );
            }
            // Of what is known already, much is gone through without a call.
            yield_now().await;
            let children = match self.units.get(&unit) {
                Some(known) => known.clone(),
                None => Children {
                    accounts: children(self.session, &unit, ChildType::Account).await?,
                    units: children(self.session, &unit, ChildType::OrganizationalUnit).await?,
                },
            };
            into.extend(children.accounts.iter().cloned());
            units.extend(children.units.iter().cloned());
            self.units.insert(unit, children);
        }
        Ok(())
    }
}

/// Ids of the organization's own policies: AWS's one denies nothing.
async fn policies(session: &Session) -> Result<Vec<String>, Failure> {
    let client = session.organizations_policies();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_POLICIES));
    loop {
        let request = client
            .list_policies()
            .filter(PolicyType::ServiceControlPolicy)
            .set_next_token(pages.token());
        let page = session.call(LIST_POLICIES, request.send()).await?;
        let policies = page
            .policies
            .ok_or_else(|| LIST_POLICIES.malformed("no Policies"))?;
        for policy in policies.into_iter().filter(|policy| !policy.aws_managed) {
            let id = policy.id;
            found.push(id.ok_or_else(|| LIST_POLICIES.malformed("a policy without Id"))?);
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

async fn targets(session: &Session, policy: &str) -> Result<Vec<(TargetType, String)>, Failure> {
    let client = session.organizations_policies();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_TARGETS_FOR_POLICY));
    loop {
        let request = client
            .list_targets_for_policy()
            .policy_id(policy)
            .set_next_token(pages.token());
        let page = match session.call(LIST_TARGETS_FOR_POLICY, request.send()).await {
            Err(error) if error.absent => return Ok(Vec::new()),
            page => page?,
        };
        let targets = page
            .targets
            .ok_or_else(|| LIST_TARGETS_FOR_POLICY.malformed("no Targets"))?;
        for target in targets {
            let target = target.r#type.zip(target.target_id);
            let (kind, id) = target.ok_or_else(|| {
                LIST_TARGETS_FOR_POLICY.malformed("a target without Type or TargetId")
            })?;
            if kind == TargetType::Account {
                LIST_TARGETS_FOR_POLICY.account_id(Some(id.clone()))?;
            }
            found.push((kind, id));
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}

/// A policy's content, or why it cannot be understood.
async fn read(
    session: &Session,
    policy: &str,
) -> Result<Result<ServiceControlPolicy, Failure>, Failure> {
    let request = session
        .organizations_policies()
        .describe_policy()
        .policy_id(policy);
    let answer = session.call(DESCRIBE_POLICY, request.send()).await?;
    let content = answer.policy.and_then(|policy| policy.content);
    let content = content.ok_or_else(|| DESCRIBE_POLICY.malformed("no Content"))?;
    Ok(ServiceControlPolicy::parse(&content).map_err(|what| DESCRIBE_POLICY.malformed(what)))
}

async fn children(session: &Session, unit: &str, kind: ChildType) -> Result<Vec<String>, Failure> {
    let client = session.organizations_policies();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_CHILDREN));
    loop {
        let request = client
            .list_children()
            .parent_id(unit)
            .child_type(kind.clone())
            .set_next_token(pages.token());
        let page = session.call(LIST_CHILDREN, request.send()).await?;
        let children = page
            .children
            .ok_or_else(|| LIST_CHILDREN.malformed("no Children"))?;
        for child in children {
            let id = child.id;
            let id = id.ok_or_else(|| LIST_CHILDREN.malformed("a child without Id"))?;
            if kind == ChildType::Account {
                LIST_CHILDREN.account_id(Some(id.clone()))?;
            }
            found.push(id);
        }
        if !pages.advance(page.next_token)? {
            return Ok(found);
        }
    }
}
