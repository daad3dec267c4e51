//! A member's root credentials, one by one, as its root user: by `sts:AssumeRoot`, where that is configured. It leaves root
//! events in the account, and GuardDuty makes a low finding of it, so it is done seldom.
use super::{Collected, CollectorSpec, RunContext, system_time};
use crate::aws::{Call, Paginator, Session};
use aws_sdk_iam::types::StatusType;
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    root_audit::{AuditedKey, MfaKinds, RootAudit},
};
use root_model::failure::Failure;
use std::time::SystemTime;

const LIST_ACCESS_KEYS: Call = Call::new("iam:ListAccessKeys");
const LIST_MFA_DEVICES: Call = Call::new("iam:ListMFADevices");
/// A root user without a password has no login profile.
const GET_LOGIN_PROFILE: Call = Call::new("iam:GetLoginProfile").absent(&[&["NoSuchEntity"]]);
const LIST_SIGNING_CERTIFICATES: Call = Call::new("iam:ListSigningCertificates");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::RootCredentials,
    rate_limited: false,
    // The session's own, all of which AWS's task policy allows.
    calls: &[
        GET_LOGIN_PROFILE,
        LIST_ACCESS_KEYS,
        LIST_MFA_DEVICES,
        LIST_SIGNING_CERTIFICATES,
    ],
    collect: |run, collected| Box::pin(collect(run, collected)),
    batched: None,
};

async fn collect(run: &RunContext, collected: &mut Collected) -> Result<(), Failure> {
    let (partition, account) = (run.account.partition, &run.account.id);
    let root = run.session.audit_root(partition, account, run.now).await?;
    let iam = root.at(run.global("iam").region().into());
    let audit = RootAudit {
        taken: run.now,
        keys: keys(&iam, run.now).await?,
        mfa: mfa(run, &iam).await?,
        password: password(&iam).await?,
        signing_certificates: signing_certificates(&iam).await?,
    };
    collected.insert(run.now, Fact::RootAudit(audit));
    Ok(())
}

async fn keys(iam: &Session, now: SystemTime) -> Result<Vec<AuditedKey>, Failure> {
    let client = iam.iam();
    let (mut found, mut pages) = (Vec::new(), Paginator::new(LIST_ACCESS_KEYS));
    loop {
        let request = client.list_access_keys().set_marker(pages.token());
        let page = iam.call(LIST_ACCESS_KEYS, request.send()).await?;
        for key in page.access_key_metadata {
            let created = key.create_date.as_ref().and_then(|at| system_time(at, now));
            let (Some(status), Some(created)) = (key.status, created) else {
                return Err(LIST_ACCESS_KEYS.malformed("a key without Status or CreateDate"));
            };
            let active = status == StatusType::Active;
            found.push(AuditedKey { active, created });
        }
        if !pages.advance_if(page.is_truncated, page.marker)? {
            return Ok(found);
        }
    }
}

async fn mfa(run: &RunContext, iam: &Session) -> Result<MfaKinds, Failure> {
    let client = iam.iam();
    let (mut kinds, mut pages) = (MfaKinds::default(), Paginator::new(LIST_MFA_DEVICES));
    loop {
        let request = client.list_mfa_devices().set_marker(pages.token());
        let page = iam.call(LIST_MFA_DEVICES, request.send()).await?;
        for device in page.mfa_devices {
            if device.serial_number.is_empty() {
                return Err(LIST_MFA_DEVICES.malformed("a device without SerialNumber"));
            }
            if !run.account.owns(&device.serial_number) {
                return Err(LIST_MFA_DEVICES.of_another_account("a device"));
            }
            kinds.add(&device.serial_number);
        }
        if !pages.advance_if(page.is_truncated, page.marker)? {
            return Ok(kinds);
        }
    }
}

async fn password(iam: &Session) -> Result<bool, Failure> {
    match iam
        .call(GET_LOGIN_PROFILE, iam.iam().get_login_profile().send())
        .await
    {
        Ok(answer) if answer.login_profile.is_some() => Ok(true),
        Ok(_) => Err(GET_LOGIN_PROFILE.malformed("no LoginProfile")),
        Err(error) if error.absent => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn signing_certificates(iam: &Session) -> Result<bool, Failure> {
    let client = iam.iam();
    let mut pages = Paginator::new(LIST_SIGNING_CERTIFICATES);
    loop {
        let request = client.list_signing_certificates().set_marker(pages.token());
        let page = iam.call(LIST_SIGNING_CERTIFICATES, request.send()).await?;
        let found = !page.certificates.is_empty();
        if found || !pages.advance_if(page.is_truncated, page.marker)? {
            return Ok(found);
        }
    }
}
