//! Operations on MFA devices.

use super::credential_owner::{CredentialOwner, credential_owner};
use super::credentials::USER_NAME;
use super::mfa_devices::{root_devices, serial, virtual_devices};
use super::{MARKER, MAX_ITEMS, page_by_marker};
use crate::api::{ParameterType, Service, ServiceError, optional};
use crate::services::{Context, Operation};
use serde_json::{Value, json};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Iam,
        "ListMFADevices",
        &[USER_NAME, MARKER, MAX_ITEMS],
        list_mfa_devices,
    ),
    Operation::new(
        Service::Iam,
        "ListVirtualMFADevices",
        &[
            optional(
                "AssignmentStatus",
                ParameterType::OneOf(&["Assigned", "Unassigned", "Any"]),
            ),
            MARKER,
            MAX_ITEMS,
        ],
        list_virtual_mfa_devices,
    ),
];

fn list_mfa_devices(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let devices: Vec<Value> = match credential_owner(context)? {
        CredentialOwner::Root => {
            let enabled = account.created().rfc3339();
            let devices = root_devices(context, &account.root).into_iter();
            let device = |(_, serial)| json!({"SerialNumber": serial, "EnableDate": enabled});
            devices.map(device).collect()
        }
        CredentialOwner::User(name) => {
            let user = account.users.get(name);
            let enabled = user.and_then(|it| it.created).unwrap_or(account.created());
            let device = |kind| {
                let serial = serial(context, &format!("user/{name}"), kind, name);
                json!({"UserName": name, "SerialNumber": serial, "EnableDate": enabled.rfc3339()})
            };
            user.and_then(|it| it.mfa).map(device).into_iter().collect()
        }
    };
    let (devices, marker) = page_by_marker(context, devices)?;
    Ok(json!({"MFADevices": devices, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn list_virtual_mfa_devices(context: &mut Context) -> Result<Value, ServiceError> {
    let devices = match context.parameters.text("AssignmentStatus") {
        Some("Unassigned") => Vec::new(),
        _ => virtual_devices(context, context.account()?),
    };
    let (devices, marker) = page_by_marker(context, devices)?;
    Ok(json!({"VirtualMFADevices": devices, "IsTruncated": marker.is_some(), "Marker": marker}))
}
