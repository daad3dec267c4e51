//! Sessions as the root user of a member account, by STS `AssumeRoot`, which may do no more than audit its credentials.
//! Which keys were issued is kept in memory, so that what these sessions did is not taken for the work of the true root
//! user.
use super::{CallError, Session};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sts::types::PolicyDescriptorType;
use root_model::failure::{Failure, Reason};
use root_model::partition::Partition;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

const CALL: &str = "sts:AssumeRoot";
/// AWS's policy for such sessions: lists of root's credentials, and nothing else.
const TASK: &str = "policy/root-task/IAMAuditRootUserCredentials";
/// In seconds; 900 is the most. An audit takes a few.
const LIFETIME: i32 = 300;
/// CloudTrail keeps events for 90 days; those of later sessions may show in them.
const MEMORY: Duration = Duration::from_hours(91 * 24);

/// The access keys of the sessions that the exporter itself has begun: hashed, with the time.
#[derive(Debug, Default)]
pub(super) struct OwnKeys(Mutex<HashMap<u64, SystemTime>>);

impl OwnKeys {
    fn add(&self, key: &str, now: SystemTime) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, issued| now.duration_since(*issued).map_or(true, |age| age < MEMORY));
        keys.insert(hash(key), now);
    }

    fn contains(&self, key: &str) -> bool {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.contains_key(&hash(key))
    }
}

fn hash(key: &str) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish()
}

impl Session {
    /// Whether a session that the exporter itself began by [`Session::audit_root`] has that access key.
    #[must_use]
    pub fn is_own_root_session(&self, access_key_id: &str) -> bool {
        self.entry.own_keys.contains(access_key_id)
    }

    /// A session as the root user of that member account, begun with the exporter's own credentials.
    ///
    /// # Errors
    /// Why STS refused it.
    pub async fn audit_root(
        &self,
        partition: Partition,
        account: &str,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        let own = match &self.entry.role {
            Some(role) => role.base(),
            None => self,
        };
        let task = PolicyDescriptorType::builder()
            .arn(format!("arn:{partition}:iam::aws:{TASK}"))
            .build();
        let request = own
            .sts()
            .assume_root()
            .target_principal(account)
            .task_policy_arn(task)
            .duration_seconds(LIFETIME);
        let answer = own.call(CALL, request.send()).await.map_err(explained)?;
        let issued = answer
            .credentials
            .ok_or_else(|| Failure::malformed(CALL, "no Credentials"))?;
        self.entry.own_keys.add(&issued.access_key_id, now);
        let credentials = Credentials::new(
            issued.access_key_id,
            issued.secret_access_key,
            Some(issued.session_token),
            SystemTime::try_from(issued.expiration).ok(),
            "AssumeRoot",
        );
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(own.entering(account, provider, None))
    }
}

/// Says what it takes, which is more than the exporter's own policy.
fn explained(error: CallError) -> Failure {
    if error.failure.reason != Reason::AccessDenied {
        return error.failure;
    }
    Failure {
        message: "root's credentials may not be audited: central management of root credentials has to be enabled for the organization, the exporter's own account has to be the management account or IAM's delegated administrator, its policy has to allow sts:AssumeRoot with that task policy, and no service control policy may deny it".to_owned(),
        ..error.failure
    }
}
