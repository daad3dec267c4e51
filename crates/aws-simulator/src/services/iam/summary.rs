//! The account summary.

use super::mfa_devices::virtual_devices;
use crate::api::ServiceError;
use crate::services::Context;
use crate::world::SummaryValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The quotas, which are the same everywhere.
const QUOTAS: [(&str, i64); 18] = [
    ("UsersQuota", 5000),
    ("GroupsQuota", 300),
    ("ServerCertificatesQuota", 20),
    ("UserPolicySizeQuota", 2048),
    ("GroupPolicySizeQuota", 5120),
    ("GroupsPerUserQuota", 10),
    ("SigningCertificatesPerUserQuota", 2),
    ("AccessKeysPerUserQuota", 2),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("PoliciesQuota", 1500),
    ("PolicySizeQuota", 6144),
    ("PolicyVersionsInUseQuota", 10_000),
    ("VersionsPerPolicyQuota", 5),
    ("AssumeRolePolicySizeQuota", 2048),
    ("InstanceProfilesQuota", 1000),
    ("RolePolicySizeQuota", 10_240),
];

pub(crate) fn get_account_summary(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let root = &account.root;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let virtual_devices = count(virtual_devices(context, account).len());
    let mut summary: BTreeMap<&str, i64> = QUOTAS.into_iter().collect();
    summary.extend([
        (
            "Users",
            count(account.users.len() + account.unlisted_users().len()),
        ),
        ("Groups", count(account.administrators.groups.len())),
        ("ServerCertificates", 0),
        ("MFADevices", virtual_devices),
        ("MFADevicesInUse", virtual_devices),
        ("AccountMFAEnabled", i64::from(!root.mfa.is_empty())),
        ("AccountAccessKeysPresent", i64::from(!root.keys.is_empty())),
        (
            "AccountSigningCertificatesPresent",
            i64::from(!root.certificates.is_empty()),
        ),
        ("Policies", 0),
        ("PolicyVersionsInUse", 1),
        ("GlobalEndpointTokenVersion", 1),
        ("InstanceProfiles", 0),
        ("Providers", 0),
        ("Roles", count(account.roles.len())),
        ("RolesQuota", 1000),
    ]);
    if account.partition != "aws-us-gov" {
        summary.insert("AccountPasswordPresent", i64::from(root.password.is_some()));
    }
    for (key, value) in &account.summary {
        match value {
            SummaryValue::Number(number) => summary.insert(key, *number),
            SummaryValue::Absent => summary.remove(key.as_str()),
        };
    }
    let entry = |(key, value)| json!({"key": key, "value": value});
    let entries: Vec<Value> = summary.into_iter().map(entry).collect();
    Ok(json!({"SummaryMap": {"entry": entries}}))
}
