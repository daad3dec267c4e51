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
        let (Some(account), Some(arn)) = (answer.account, answer.arn) else {
            return Err(GET_CALLER_IDENTITY.malformed("no Account or no Arn"));
        };
        let is_id = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        match arn.split(':').nth(1).map(str::parse) {
            Some(Ok(partition)) if is_id => Ok(Identity {
                account: account.into(),
                partition,
            }),
            _ => Err(GET_CALLER_IDENTITY.malformed("Account or Arn is not of the documented form, or of a partition that this version does not know")),
        }
    }
}
