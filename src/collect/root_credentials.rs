//! A member's root credentials, one by one, as its root user: by `sts:AssumeRoot`, where that is configured. It leaves root
//! events in the account, and GuardDuty makes a low finding of it, so it is done seldom.
use super::{Collected, CollectorSpec, RunContext, system_time};
use crate::aws::{Pages, Session};
use aws_sdk_iam::types::StatusType;
use root_model::collector::Collector;
use root_model::facts::{
    Fact,
    root_audit::{AuditedKey, MfaKinds, RootAudit},
};
use root_model::failure::Failure;
use std::time::{Duration, SystemTime};

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    collector: Collector::RootCredentials,
    interval: Duration::from_hours(24),
    timeout: Duration::from_mins(1),
    paced: false,
    // The session's own, all of which AWS's task policy allows.
    actions: &[
        "iam:GetLoginProfile",
        "iam:ListAccessKeys",
        "iam:ListMFADevices",
        "iam:ListSigningCertificates",
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
        mfa: mfa(&iam).await?,
        password: password(&iam).await?,
        signing_certificates: signing_certificates(&iam).await?,
    };
    collected.insert(run.now, Fact::RootAudit(audit));
    Ok(())
}

async fn keys(iam: &Session, now: SystemTime) -> Result<Vec<AuditedKey>, Failure> {
    const CALL: &str = "iam:ListAccessKeys";
    let client = iam.iam();
    let (mut found, mut pages) = (Vec::new(), Pages::of(CALL));
    loop {
        let request = client.list_access_keys().set_marker(pages.token());
        let page = iam.call(CALL, request.send()).await?;
        for key in page.access_key_metadata {
            let created = key.create_date.as_ref().and_then(|at| system_time(at, now));
            let (Some(status), Some(created)) = (key.status, created) else {
                return Err(Failure::malformed(
                    CALL,
                    "a key without Status or CreateDate",
                ));
            };
            let active = status == StatusType::Active;
            found.push(AuditedKey { active, created });
        }
        if !pages.turn_if(page.is_truncated, page.marker)? {
            return Ok(found);
        }
    }
}

async fn mfa(iam: &Session) -> Result<MfaKinds, Failure> {
    const CALL: &str = "iam:ListMFADevices";
    let client = iam.iam();
    let (mut kinds, mut pages) = (MfaKinds::default(), Pages::of(CALL));
    loop {
        let request = client.list_mfa_devices().set_marker(pages.token());
        let page = iam.call(CALL, request.send()).await?;
        for device in page.mfa_devices {
            if device.serial_number.is_empty() {
                return Err(Failure::malformed(CALL, "a device without SerialNumber"));
            }
            kinds.add(&device.serial_number);
        }
        if !pages.turn_if(page.is_truncated, page.marker)? {
            return Ok(kinds);
        }
    }
}

async fn password(iam: &Session) -> Result<bool, Failure> {
    const CALL: &str = "iam:GetLoginProfile";
    match iam.call(CALL, iam.iam().get_login_profile().send()).await {
        Ok(answer) if answer.login_profile.is_some() => Ok(true),
        Ok(_) => Err(Failure::malformed(CALL, "no LoginProfile")),
        Err(error) if error.is(&["NoSuchEntity"]) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn signing_certificates(iam: &Session) -> Result<bool, Failure> {
    const CALL: &str = "iam:ListSigningCertificates";
    let request = iam.iam().list_signing_certificates();
    let page = iam.call(CALL, request.send()).await?;
    Ok(!page.certificates.is_empty())
}
