//! IAM beside root: the password policy, and who has the `AdministratorAccess` policy.
use super::{Collected, CollectorSpec, RunContext, minutes};
use crate::aws::Pages;
use aws_sdk_iam::types::PolicyUsageType;
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    iam::{Administrators, PasswordPolicy},
};
use root_model::failure::Failure;

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::Iam,
    interval: minutes(60),
    timeout: minutes(1),
    paced: false,
    actions: &["iam:GetAccountPasswordPolicy", "iam:ListEntitiesForPolicy"],
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
    const CALL: &str = "iam:GetAccountPasswordPolicy";
    let session = run.global("iam");
    let request = session.iam().get_account_password_policy();
    let policy = match session.call(CALL, request.send()).await {
        Ok(answer) => answer.password_policy,
        // The account has no policy of its own: AWS's default, which is no strong one, applies.
        Err(error) if error.is(&["NoSuchEntity"]) => return Ok(PasswordPolicy::default()),
        Err(error) => return Err(error.into()),
    };
    let minimum_length = policy.as_ref().and_then(|p| p.minimum_password_length);
    Ok(PasswordPolicy {
        minimum_length: minimum_length
            .ok_or_else(|| Failure::malformed(CALL, "no MinimumPasswordLength"))?,
        // AWS leaves it out where reuse is allowed.
        reuse_prevention: policy
            .and_then(|p| p.password_reuse_prevention)
            .unwrap_or_default(),
    })
}

async fn administrators(run: &RunContext) -> Result<Administrators, Failure> {
    const CALL: &str = "iam:ListEntitiesForPolicy";
    let session = run.global("iam");
    let client = session.iam();
    let arn = format!(
        "arn:{}:iam::aws:policy/AdministratorAccess",
        run.account.partition
    );
    let (mut found, mut pages) = (Administrators::default(), Pages::of(CALL));
    loop {
        let request = client
            .list_entities_for_policy()
            .policy_arn(&arn)
            // Not those who have it as a boundary: a boundary grants nothing.
            .policy_usage_filter(PolicyUsageType::PermissionsPolicy)
            .set_marker(pages.token());
        let page = session.call(CALL, request.send()).await?;
        let (Some(users), Some(groups), Some(roles)) =
            (&page.policy_users, &page.policy_groups, &page.policy_roles)
        else {
            return Err(Failure::malformed(CALL, "a list of principals is missing"));
        };
        found.users += users.len();
        found.groups += groups.len();
        found.roles += roles.len();
        if !pages.turn_if(page.is_truncated, page.marker)? {
            return Ok(found);
        }
    }
}
