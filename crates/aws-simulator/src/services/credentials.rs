//! IAM: what root, or a user, signs in with: keys, certificates and the password.

use super::iam::{MARKER, MAX_ITEMS, marked};
use super::{Context, Operation, Service};
use crate::clock::Time;
use crate::failure::Failure;
use crate::identity::Who;
use crate::ids;
use crate::parameters::{Kind, Parameter, optional, required};
use crate::world::{AccessKey, Account, KeyStatus};
use serde_json::{Value, json};

pub(crate) const USER_NAME: Parameter = optional("UserName", Kind::Text(1, 128));

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
        &[required("AccessKeyId", Kind::Text(16, 128))],
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
        &[optional("UserName", Kind::Text(1, 64))],
        get_login_profile,
    ),
];

/// Whose credentials a request is about.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Root,
    User(&'a str),
}

impl<'a> Subject<'a> {
    /// As answers name it: root has no name.
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Root => None,
            Self::User(name) => Some(name),
        }
    }
}

/// The user that the request names; else the caller, if it is one who has credentials.
pub(crate) fn subject<'a>(context: &'a Context) -> Result<Subject<'a>, Failure> {
    match (context.parameters.text("UserName"), &context.caller.who) {
        (Some(name), Who::Root(_)) => Err(not_root(context, name)),
        (Some(name), _) if exists(context.account()?, name) => Ok(Subject::User(name)),
        (Some(name), _) => Err(Failure::new(
            404,
            "NoSuchEntity",
            format!("The user with name {name} cannot be found."),
        )),
        (None, Who::Root(_)) => Ok(Subject::Root),
        (None, Who::User(name)) => Ok(Subject::User(name)),
        (None, Who::Role | Who::Anonymous) => Err(Failure::new(
            400,
            "ValidationError",
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

fn exists(account: &Account, name: &str) -> bool {
    account.users.contains_key(name) || account.service_users().contains(&name)
}

/// The session's task policy is about root only.
fn not_root(context: &Context, user: &str) -> Failure {
    Service::Iam.access_denied(format!(
        "User: {} is not authorized to perform this action on resource: {} with an explicit deny in a session policy",
        context.caller.arn,
        context.arn(&format!("user/{user}"))
    ))
}

/// The access keys of root or of a user, among whose are those that requests are signed with.
fn keys(account: &Account, subject: Subject) -> Vec<AccessKey> {
    let Subject::User(name) = subject else {
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

fn list_access_keys(context: &mut Context) -> Result<Value, Failure> {
    let subject = subject(context)?;
    let described = |key: AccessKey| {
        json!({"UserName": subject.name(), "AccessKeyId": key.id, "Status": key.status,
            "CreateDate": key.created.iso()})
    };
    let keys = keys(context.account()?, subject).into_iter();
    let (keys, marker) = marked(context, keys.map(described).collect())?;
    Ok(json!({"AccessKeyMetadata": keys, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn get_access_key_last_used(context: &mut Context) -> Result<Value, Failure> {
    let account = context.account()?;
    let id = context.parameters.text("AccessKeyId").unwrap_or_default();
    let users = account.users.keys().map(String::as_str);
    let users = users.chain(account.service_users()).map(Subject::User);
    let mut found = [Subject::Root].into_iter().chain(users);
    let found = found.find_map(|subject| {
        let key = keys(account, subject).into_iter().find(|it| it.id == id)?;
        Some((subject, key))
    });
    let Some((subject, key)) = found else {
        return Err(Service::Iam.access_denied(format!(
            "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}",
            context.caller.arn
        )));
    };
    if let (Subject::User(name), Who::Root(_)) = (subject, &context.caller.who) {
        return Err(not_root(context, name));
    }
    let used = |text: &Option<String>, usual: &str| match key.last_used {
        Some(_) => text.clone().unwrap_or_else(|| usual.to_owned()),
        None => "N/A".to_owned(),
    };
    Ok(json!({"UserName": subject.name(), "AccessKeyLastUsed": {
        "LastUsedDate": key.last_used.map(Time::iso),
        "ServiceName": used(&key.service, "iam"),
        "Region": used(&key.region, "us-east-1"),
    }}))
}

fn list_signing_certificates(context: &mut Context) -> Result<Value, Failure> {
    let certificates = match subject(context)? {
        Subject::Root => context.account()?.root.certificates.as_slice(),
        Subject::User(_) => &[],
    };
    let described = certificates.iter().enumerate().map(|(number, it)| {
        let digest = ids::digest(&format!("{}/certificate/{number}", context.caller.account));
        let body =
            format!("-----BEGIN CERTIFICATE-----\n{digest}\n-----END CERTIFICATE-----");
        json!({"CertificateId": digest[..32].to_uppercase(), "CertificateBody": body,
            "Status": if it.active { "Active" } else { "Inactive" }, "UploadDate": it.created.iso()})
    });
    let (certificates, marker) = marked(context, described.collect())?;
    Ok(json!({"Certificates": certificates, "IsTruncated": marker.is_some(), "Marker": marker}))
}

fn get_login_profile(context: &mut Context) -> Result<Value, Failure> {
    let account = context.account()?;
    let subject = subject(context)?;
    let made = match subject {
        Subject::Root => account.root.password.as_ref().map(|it| it.changed),
        Subject::User(name) => {
            let user = account.users.get(name).filter(|it| it.password);
            user.map(|it| it.created)
        }
    };
    let Some(made) = made else {
        let name = subject.name().unwrap_or("null");
        return Err(Failure::new(
            404,
            "NoSuchEntity",
            format!("Login Profile for User {name} cannot be found."),
        ));
    };
    Ok(json!({"LoginProfile": {
        "UserName": subject.name(),
        "CreateDate": made.unwrap_or(account.created()).iso(),
        "PasswordResetRequired": false,
    }}))
}
