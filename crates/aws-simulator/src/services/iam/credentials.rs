//! Access keys, signing certificates and passwords of root and of users.

use super::credential_owner::{CredentialOwner, credential_owner, not_root_error};
use super::{MARKER, MAX_ITEMS, page_by_marker};
use crate::api::{Parameter, ParameterType, Service, ServiceError, optional, required};
use crate::clock::Timestamp;
use crate::identity::CallerKind;
use crate::ids;
use crate::services::{Context, Operation};
use crate::world::{AccessKey, Account, KeyStatus};
use serde_json::{Value, json};

pub(crate) const USER_NAME: Parameter = optional("UserName", ParameterType::Text(1, 128));

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::new(
        Service::Iam,
        "ListAccessKeys",
        &[USER_NAME, MARKER, MAX_ITEMS],
        list_access_keys,
    ),
    Operation::new(
        Service::Iam,
        "GetAccessKeyLastUsed",
        &[required("AccessKeyId", ParameterType::Text(16, 128))],
        get_access_key_last_used,
    ),
    Operation::new(
        Service::Iam,
        "ListSigningCertificates",
        &[USER_NAME, MARKER, MAX_ITEMS],
        list_signing_certificates,
    ),
    Operation::new(
        Service::Iam,
        "GetLoginProfile",
        &[optional("UserName", ParameterType::Text(1, 64))],
        get_login_profile,
    ),
];

/// The access keys of a user, including the keys with which clients of the simulator sign.
fn keys(account: &Account, owner: CredentialOwner) -> Vec<AccessKey> {
    let CredentialOwner::User(name) = owner else {
        return account.root.keys.clone();
    };
    let listed = account.users.get(name).map(|user| user.keys.clone());
    let mut keys = listed.unwrap_or_default();
    let signing = account.principals.iter().filter(|(_, it)| it.name == name);
    keys.extend(signing.map(|(id, _)| AccessKey {
        id: id.clone(),
        status: KeyStatus::Active,
        created: account.created(),
        last_used: None,
        region: None,
        service: None,
    }));
    keys
}

fn list_access_keys(context: &mut Context) -> Result<Value, ServiceError> {
    let owner = credential_owner(context)?;
    let metadata = |key: AccessKey| {
        json!({"UserName": owner.name(), "AccessKeyId": key.id, "Status": key.status,
            "CreateDate": key.created.rfc3339()})
    };
    let keys = keys(context.account()?, owner).into_iter();
    let (keys, marker) = page_by_marker(context, keys.map(metadata).collect())?;
    Ok(json!({"AccessKeyMetadata": keys, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn get_access_key_last_used(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let id = context.parameters.text("AccessKeyId").unwrap_or_default();
    let users = account.users.keys().map(String::as_str);
    let users = users
        .chain(account.unlisted_users())
        .map(CredentialOwner::User);
    let mut found = [CredentialOwner::Root].into_iter().chain(users);
    let found = found.find_map(|owner| {
        let key = keys(account, owner).into_iter().find(|it| it.id == id)?;
        Some((owner, key))
    });
    let Some((owner, key)) = found else {
        return Err(Service::Iam.access_denied(format!(
            "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}",
            context.caller.arn
        )));
    };
    if let (CredentialOwner::User(name), CallerKind::Root(_)) = (owner, &context.caller.kind) {
        return Err(not_root_error(context, name));
    }
    let used = |text: &Option<String>, usual: &str| match key.last_used {
        Some(_) => text.clone().unwrap_or_else(|| usual.to_owned()),
        None => "N/A".to_owned(),
    };
    Ok(json!({"UserName": owner.name(), "AccessKeyLastUsed": {
        "LastUsedDate": key.last_used.map(Timestamp::rfc3339),
        "ServiceName": used(&key.service, "iam"),
        "Region": used(&key.region, "us-east-1"),
    }}))
}

fn list_signing_certificates(context: &mut Context) -> Result<Value, ServiceError> {
    let certificates = match credential_owner(context)? {
        CredentialOwner::Root => context.account()?.root.certificates.as_slice(),
        CredentialOwner::User(_) => &[],
    };
    let certificates = certificates.iter().enumerate().map(|(number, it)| {
        let digest = ids::digest(&format!("{}/certificate/{number}", context.caller.account));
        let body =
            format!("-----BEGIN CERTIFICATE-----\n{digest}\n-----END CERTIFICATE-----");
        json!({"CertificateId": digest[..32].to_uppercase(), "CertificateBody": body,
            "Status": if it.active { "Active" } else { "Inactive" }, "UploadDate": it.created.rfc3339()})
    });
    let (certificates, marker) = page_by_marker(context, certificates.collect())?;
    Ok(json!({"Certificates": certificates, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn get_login_profile(context: &mut Context) -> Result<Value, ServiceError> {
    let account = context.account()?;
    let owner = credential_owner(context)?;
    let made = match owner {
        CredentialOwner::Root => account.root.password.as_ref().map(|it| it.changed),
        CredentialOwner::User(name) => {
            let user = account.users.get(name).filter(|it| it.password);
            user.map(|it| it.created)
        }
    };
    let Some(made) = made else {
        let name = owner.name().unwrap_or("null");
        return Err(ServiceError::new(
            404,
            "NoSuchEntity",
            format!("Login Profile for User {name} cannot be found."),
        ));
    };
    Ok(json!({"LoginProfile": {
        "UserName": owner.name(),
        "CreateDate": made.unwrap_or(account.created()).rfc3339(),
        "PasswordResetRequired": false,
    }}))
}
