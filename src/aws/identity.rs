//! Whose credentials are used: STS `GetCallerIdentity`.
use super::{Call, Session};
use root_model::{failure::Failure, partition::Partition};
use std::sync::Arc;

const GET_CALLER_IDENTITY: Call = Call::new("sts:GetCallerIdentity");

/// An account and its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's id.
    pub account: Arc<str>,
    /// Its partition.
    pub partition: Partition,
}

impl Session {
    /// The account to which the session's credentials belong.
    ///
    /// # Errors
    /// Why AWS did not say.
    pub async fn identity(&self) -> Result<Identity, Failure> {
        let request = self.sts().get_caller_identity().send();
        let answer = self.call(GET_CALLER_IDENTITY, request).await?;
        let account = GET_CALLER_IDENTITY.account_id(answer.account)?;
        let arn = GET_CALLER_IDENTITY.arn(answer.arn)?;
        match arn.split(':').nth(1).map(str::parse) {
            Some(Ok(partition)) => Ok(Identity { account, partition }),
            _ => Err(GET_CALLER_IDENTITY
                .malformed("the Arn is of a partition that this version does not know")),
        }
    }
}
