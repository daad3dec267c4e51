//! A call that passed all checks, as the implementation of an operation sees it.

use super::pagination::paginate;
use crate::api::{Parameters, Service, ServiceError};
use crate::clock::Timestamp;
use crate::identity::{Caller, Session};
use crate::services::iam::CredentialReports;
use crate::world::{Account, World};
use std::collections::HashMap;

/// A call that passed all checks.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a mut World,
    /// Temporary credentials by access key ID.
    pub(crate) sessions: &'a mut HashMap<String, Session>,
    pub(crate) reports: &'a mut CredentialReports,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) service: Service,
    pub(crate) parameters: Parameters,
    pub(crate) now: Timestamp,
}

impl Context<'_> {
    /// The caller's account.
    pub(crate) fn account(&self) -> Result<&Account, ServiceError> {
        let account = self.world.accounts.get(&self.caller.account);
        account.ok_or_else(|| self.service.unknown_client())
    }

    /// An ARN of IAM in the caller's account.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!(
            "arn:{}:iam::{}:{resource}",
            self.caller.partition, self.caller.account
        )
    }

    /// One page of the items, by the parameters of that name.
    pub(crate) fn page<T>(
        &self,
        items: Vec<T>,
        token: &str,
        size: usize,
    ) -> Option<(Vec<T>, Option<String>)> {
        let caller = &self.caller.account;
        let request = format!(
            "{caller}/{}/{}",
            self.region,
            self.parameters.without_token(token)
        );
        paginate(items, self.parameters.text(token), size, &request)
    }
}
