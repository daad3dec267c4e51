//! The root user of an account, as far as it is known.
use super::Timestamp;
use crate::{
    facts::{account::Account, credential_report::KeySlot},
    missing::Known,
};
use serde::Serialize;

/// What is known of a root user; `None` is not known, or does not exist in the partition.
#[derive(Debug, Serialize)]
pub struct RootUser {
    /// Whether it has an MFA device.
    pub mfa_enabled: Option<bool>,
    /// Whether it has a console password.
    pub password_present: Option<bool>,
    /// Whether it has an access key.
    pub access_keys_present: Option<bool>,
    /// Its access keys.
    pub access_keys: Option<Vec<RootKey>>,
    /// Whether it has an X.509 signing certificate.
    pub signing_certificates_present: Option<bool>,
    /// Whether it has any of these.
    pub credentials_present: Option<bool>,
    /// Its latest known sign-in.
    pub last_login: Option<Timestamp>,
    /// Its latest known event of any kind.
    pub last_activity: Option<Timestamp>,
    /// When AWS made the credential report.
    pub credential_report_generated: Option<Timestamp>,
}

/// One access key.
#[derive(Debug, Serialize)]
pub struct RootKey {
    /// 1 or 2.
    pub number: u8,
    /// Whether it can be used.
    pub active: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

impl RootUser {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            mfa_enabled: account.mfa_enabled().ok(),
            password_present: account.password_present().ok(),
            access_keys_present: account.has_root_key().ok(),
            access_keys: keys(account.root_keys()),
            signing_certificates_present: account.signing_certificates_present().ok(),
            credentials_present: account.credentials_present().ok(),
            last_login: account.last_login().map(Timestamp),
            last_activity: account.last_activity().map(Timestamp),
            credential_report_generated: account
                .report
                .as_ref()
                .ok()
                .map(|report| Timestamp(report.generated)),
        }
    }
}

/// The keys, if it is known of both places whether there is one.
fn keys(slots: [Known<KeySlot>; 2]) -> Option<Vec<RootKey>> {
    let mut keys = Vec::new();
    for (number, slot) in [1, 2].into_iter().zip(slots) {
        match slot.ok()? {
            KeySlot::Empty => {}
            KeySlot::Key {
                active,
                created,
                last_used,
            } => keys.push(RootKey {
                number,
                active,
                created: created.map(Timestamp),
                last_used: last_used.map(Timestamp),
            }),
        }
    }
    Some(keys)
}
