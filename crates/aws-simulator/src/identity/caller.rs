//! The authenticated principal and what its policy allows.

use crate::api::ServiceError;
use crate::ids;

use crate::api::Service;
use crate::policy::AuthorizationRequest;
use crate::policy::Decision;
use crate::policy::Policy;
use crate::world::World;

/// An authenticated principal.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) partition: String,
    pub(crate) arn: String,
    pub(crate) user_id: String,
    pub(crate) policy: Policy,
    pub(crate) kind: CallerKind,
}

/// The kind of a principal.
#[derive(Clone, Debug)]
pub(crate) enum CallerKind {
    Anonymous,
    /// An IAM user, by name.
    User(String),
    Role,
    /// The root user, in the session with this access key ID.
    Root(String),
}

/// The caller of an operation that needs no signature.
pub(crate) fn anonymous(account: &str) -> Caller {
    Caller {
        account: account.to_owned(),
        partition: "aws".to_owned(),
        arn: "anonymous".to_owned(),
        user_id: String::new(),
        policy: Policy::default(),
        kind: CallerKind::Anonymous,
    }
}

pub(crate) fn user_caller(world: &World, key: &str) -> Option<(Caller, String)> {
    let mut accounts = world.accounts.iter();
    let (id, account, principal) =
        accounts.find_map(|(id, account)| Some((id, account, account.principals.get(key)?)))?;
    let caller = Caller {
        account: id.clone(),
        partition: account.partition.clone(),
        arn: format!(
            "arn:{}:iam::{id}:user/{}",
            account.partition, principal.name
        ),
        user_id: ids::unique_id("AIDA", &format!("{id}/{}", principal.name)),
        policy: principal.policy.clone(),
        kind: CallerKind::User(principal.name.clone()),
    };
    Some((caller, principal.secret.clone()))
}

impl Caller {
    /// The ARN that a trust policy names. For a session this is the ARN of the role.
    pub(crate) fn principal(&self) -> String {
        let session = self.arn.split_once(":assumed-role/");
        let role = session.and_then(|(_, rest)| rest.split('/').next());
        role.map_or_else(
            || self.arn.clone(),
            |role| format!("arn:{}:iam::{}:role/{role}", self.partition, self.account),
        )
    }

    /// Returns the error of AWS if the policy of the principal does not allow the operation.
    pub(crate) fn authorize(
        &self,
        service: Service,
        operation: &str,
        resource: &str,
        task_policy: Option<&str>,
        world: &World,
    ) -> Result<(), ServiceError> {
        if operation == "GetCallerIdentity" {
            return Ok(());
        }
        let action = format!("{}:{}", service.name(), operation);
        let owner = resource.split(':').nth(4).unwrap_or_default();
        let request = AuthorizationRequest {
            action: &action,
            resource,
            task_policy,
            caller_organization: world.organization_of(&self.account),
            resource_organization: world.organization_of(owner),
        };
        match self.policy.decide(request) {
            Decision::Allowed => Ok(()),
            denied => Err(service.denied(&self.arn, &action, resource, denied)),
        }
    }
}
