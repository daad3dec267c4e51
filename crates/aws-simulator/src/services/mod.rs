//! The simulated services. Each declares its operations, their parameters and rate limits, and implements them.

mod account;
pub(crate) mod cloudtrail;
mod context;
mod guardduty;
pub(crate) mod iam;
mod operation;
pub(crate) mod organizations;
mod pagination;
pub(crate) mod sts;
pub(crate) use self::context::Context;
pub(crate) use self::operation::Operation;
pub(crate) use self::pagination::paginate;

use crate::api::Service;

/// Every operation that is simulated.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    let services = [
        account::OPERATIONS,
        cloudtrail::OPERATIONS,
        guardduty::OPERATIONS,
        iam::OPERATIONS,
        iam::CREDENTIAL_OPERATIONS,
        iam::MFA_OPERATIONS,
        organizations::OPERATIONS,
        organizations::POLICY_OPERATIONS,
        sts::OPERATIONS,
    ];
    services.into_iter().flatten()
}

/// The operation of that name.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.service == service && operation.name == name)
}
