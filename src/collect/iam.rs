//! IAM beside root: the password policy, and who has the `AdministratorAccess` policy.
use super::{Collected, CollectorSpec, RunContext};
use crate::aws::{Call, Paginator};
use aws_sdk_iam::types::PolicyUsageType;
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    iam::{Administrators, PasswordPolicy},
};
use root_model::failure::Failure;

/// Without a password policy AWS's default applies, which is not a strong one.
const GET_ACCOUNT_PASSWORD_POLICY: Call =
    Call::new("iam:GetAccountPasswordPolicy").absent(&[&["NoSuchEntity"]]);
const LIST_ENTITIES_FOR_POLICY: Call = Call::new("iam:ListEntitiesForPolicy");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::Iam,
    rate_limited: false,
    calls: &[GET_ACCOUNT_PASSWORD_POLICY, LIST_ENTITIES_FOR_POLICY],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    if let Some(policy) = collected.ok_or_record(password_policy(run).await) {
        collected.insert(run.now, Fact::PasswordPolicy(policy));
    }
    if let Some(administrators) = collected.ok_or_record(administrators(run).await) {
        collected.insert(run.now, Fact::Administrators(administrators));
    }
    Ok(())
}

async fn password_policy(run: &RunContext) -> Result<PasswordPolicy, Failure> {
    let session = run.global("iam");
    let request = session.iam().get_account_password_policy();
    let policy = match session
        .call(GET_ACCOUNT_PASSWORD_POLICY, request.send())
        .await
    {
        Ok(answer) => answer.password_policy,
        Err(error) if error.absent => return Ok(PasswordPolicy::default()),
        Err(error) => return Err(error.into()),
    };
    let minimum_length = policy.as_ref().and_then(|p| p.minimum_password_length);
    Ok(PasswordPolicy {
        minimum_length: minimum_length
            .ok_or_else(|| GET_ACCOUNT_PASSWORD_POLICY.malformed("no MinimumPasswordLength"))?,
        // AWS leaves it out where reuse is allowed.
        reuse_prevention: policy
            .and_then(|p| p.password_reuse_prevention)
            .unwrap_or_default(),
    })
}

async fn administrators(run: &RunContext) -> Result<Administrators, Failure> {
    let session = run.global("iam");
    let client = session.iam();
    let arn = format!(
        "arn:{}:iam::aws:policy/AdministratorAccess",
        run.account.partition
    );
    let (mut found, mut pages) = (
        Administrators::default(),
        Paginator::new(LIST_ENTITIES_FOR_POLICY),
    );
    loop {
        let request = client
            .list_entities_for_policy()
            .policy_arn(&arn)
            // Not those who have it as a boundary: a boundary grants nothing.
            .policy_usage_filter(PolicyUsageType::PermissionsPolicy)
            .set_marker(pages.token());
        let page = session
            .call(LIST_ENTITIES_FOR_POLICY, request.send())
            .await?;
        let (Some(users), Some(groups), Some(roles)) =
            (&page.policy_users, &page.policy_groups, &page.policy_roles)
        else {
            return Err(LIST_ENTITIES_FOR_POLICY.malformed("a list of principals is missing"));
        };
        found.users += users.len();
        found.groups += groups.len();
        found.roles += roles.len();
        if !pages.advance_if(page.is_truncated, page.marker)? {
            return Ok(found);
        }
    }
}
