//! Sessions as the root user of a member account, by STS `AssumeRoot`, which may only audit its credentials. Their access
//! keys are remembered, so that events of these sessions are told apart from those of the true root user.
use super::{Call, CallError, Session, credentials::check};
use crate::limits::{ROOT_SESSION_MEMORY, ROOT_SESSION_SECONDS};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sts::types::PolicyDescriptorType;
use root_model::{
    failure::{Failure, Reason},
    id::id,
    partition::Partition,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

const ASSUME_ROOT: Call = Call::new("sts:AssumeRoot");
/// AWS's policy for such sessions: lists of root's credentials, and nothing else.
const TASK: &str = "policy/root-task/IAMAuditRootUserCredentials";

/// The ids of the access keys of root sessions that the exporter itself has started, with the time.
#[derive(Debug, Default)]
pub(super) struct OwnKeys(Mutex<HashMap<u64, SystemTime>>);

impl OwnKeys {
    fn add(&self, key: &str, now: SystemTime) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, issued| {
            now.duration_since(*issued)
                .map_or(true, |age| age < ROOT_SESSION_MEMORY)
        });
        keys.insert(id(key), now);
    }

    fn contains(&self, key: &str) -> bool {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.contains_key(&id(key))
    }
}

impl Session {
    /// Whether a session that the exporter itself started by [`Session::audit_root`] has that access key.
    #[must_use]
    pub fn is_own_root_session(&self, access_key_id: &str) -> bool {
        self.account.shared.own_keys.contains(access_key_id)
    }

    /// A session as the root user of that member account, started with the exporter's own credentials.
    ///
    /// # Errors
    /// Why STS did not issue one.
    pub async fn audit_root(
        &self,
        partition: Partition,
        account: &str,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        let own = match &self.account.role {
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
            .duration_seconds(ROOT_SESSION_SECONDS);
        let answer = own
            .call(ASSUME_ROOT, request.send())
            .await
            .map_err(with_remedy)?;
        let issued = answer
            .credentials
            .ok_or_else(|| ASSUME_ROOT.malformed("no Credentials"))?;
        self.account.shared.own_keys.add(&issued.access_key_id, now);
        let credentials = Credentials::new(
            issued.access_key_id,
            issued.secret_access_key,
            Some(issued.session_token),
            SystemTime::try_from(issued.expiration).ok(),
            "AssumeRoot",
        );
        check(&credentials).map_err(|unusable| unusable.into_failure(ASSUME_ROOT))?;
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(own.in_account(account, provider, None))
    }
}

/// A denied call with what it takes, which is more than the exporter's own policy.
fn with_remedy(error: CallError) -> Failure {
    if error.failure.reason != Reason::AccessDenied {
        return error.failure;
    }
    Failure {
        message: "cannot assume root to audit its credentials: central management of root credentials has to be enabled for the organization, the exporter's own account has to be the management account or IAM's delegated administrator, its policy has to allow sts:AssumeRoot with that task policy, and no service control policy may deny it".to_owned(),
        ..error.failure
    }
}
