//! Member accounts of a delegated administrator.

use super::bad_request;
use super::detectors::{OwnedDetector, detector, members};
use crate::api::ServiceError;
use crate::limits::GUARDDUTY_VALUES;
use crate::services::Context;
use crate::services::organizations::accounts;
use crate::world::DetectorStatus;
use serde_json::{Value, json};

/// Those of the accounts that a detector has as members, and why the others are none.
pub(crate) fn get_members(context: &mut Context) -> Result<Value, ServiceError> {
    detector(context)?;
    let ids = context.parameters.texts("accountIds").unwrap_or_default();
    if ids.is_empty() || ids.len() > GUARDDUTY_VALUES {
        return Err(bad_request(
            "the parameter accountIds has not between 1 and 50 values",
        ));
    }
    let partition = &context.caller.partition;
    let accounts = context.world.organization_in(partition);
    let accounts = accounts.map(|it| accounts::members(context, it));
    let administrator = &context.caller.account;
    let member = |it: OwnedDetector| {
        let listed = accounts.as_ref().and_then(|all| all.get(it.account));
        let account = context.world.accounts.get(it.account);
        let status = match it.detector.status {
            DetectorStatus::Enabled => "Enabled",
            DetectorStatus::Disabled => "Disabled",
        };
        json!({
            "accountId": it.account,
            "detectorId": it.id(context.region),
            "administratorId": administrator,
            "masterId": administrator,
            "email": listed.map(|listed| &listed.email),
            "relationshipStatus": status,
            "updatedAt": account.map(|account| account.created().rfc3339_millis()),
        })
    };
    let all = members(context);
    let mut found: Vec<Value> = Vec::new();
    let mut unprocessed = Vec::new();
    for id in ids {
        match all.iter().find(|it| it.account == id) {
            Some(it) => found.push(member(*it)),
            None => unprocessed.push(json!({"accountId": id,
                "result": "The account is not an associated member of the current account."})),
        }
    }
    Ok(json!({"members": found, "unprocessedAccounts": unprocessed}))
}
