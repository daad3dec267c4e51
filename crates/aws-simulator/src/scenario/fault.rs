//! Validation of a fault.

use crate::limits::MAX_FAULT_DELAY_SECONDS;
use crate::services;
use crate::world::{Fault, FaultKind};

/// Refuses faults that can match no call, and impossible values.
pub(super) fn validate_fault(fault: &Fault) -> Result<(), String> {
    let service = fault.service.as_deref();
    let mut operations =
        services::all().filter(|it| service.is_none_or(|name| name == it.service.name()));
    let known = match &fault.operation {
        Some(operation) => operations.any(|it| it.name == *operation),
        None => operations.next().is_some(),
    };
    if !known {
        return Err("unknown service or operation".to_owned());
    }
    if (fault.kind == FaultKind::Replace) == fault.result.is_empty() {
        return Err("`replace` needs a result, and no other kind has one".to_owned());
    }
    if !(0.0..=1.0).contains(&fault.probability) {
        return Err("probability must be between 0 and 1".to_owned());
    }
    if !(0.0..=MAX_FAULT_DELAY_SECONDS).contains(&fault.seconds) {
        return Err(format!(
            "seconds must be between 0 and {MAX_FAULT_DELAY_SECONDS}"
        ));
    }
    let status = fault.status.is_none_or(|it| (400..600).contains(&it));
    if !status {
        return Err("status must be between 400 and 599".to_owned());
    }
    Ok(())
}
