//! The root user's part of IAM's account summary: what is true of its credentials now.
use super::{account::Account, sources::ACCOUNT_SUMMARY};
use crate::missing::{Cause, Gaps, Known, Missing};

/// IAM `GetAccountSummary`, as far as it concerns root. A key that AWS did not send is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// `AccountMFAEnabled`: root has an MFA device of any kind.
    pub mfa_enabled: Option<bool>,
    /// `AccountAccessKeysPresent`: a flag, not a count.
    pub access_keys_present: Option<bool>,
    /// `AccountPasswordPresent`.
    pub password_present: Option<bool>,
    /// `AccountSigningCertificatesPresent`.
    pub signing_certificates_present: Option<bool>,
}

impl Account<'_> {
    /// Whether root has an MFA device of any kind.
    ///
    /// # Errors
    /// What is missing.
    pub fn mfa_enabled(&self) -> Known<bool> {
        self.root_console(ACCOUNT_SUMMARY)?;
        flag(self.summary.clone()?.mfa_enabled, "AccountMFAEnabled")
    }

    /// Whether root has a console password.
    ///
    /// # Errors
    /// What is missing.
    pub fn password_present(&self) -> Known<bool> {
        self.root_console(ACCOUNT_SUMMARY)?;
        let present = self.summary.clone()?.password_present;
        // Where the summary does not say, an audit may.
        let audited = self.root_audit.as_ref().ok().map(|audit| audit.password);
        flag(present.or(audited), "AccountPasswordPresent")
    }

    /// Whether root has an access key.
    ///
    /// # Errors
    /// What is missing.
    pub fn access_keys_present(&self) -> Known<bool> {
        self.root(ACCOUNT_SUMMARY)?;
        let present = self.summary.clone()?.access_keys_present;
        flag(present, "AccountAccessKeysPresent")
    }

    /// Whether root has an X.509 signing certificate.
    ///
    /// # Errors
    /// What is missing.
    pub fn signing_certificates_present(&self) -> Known<bool> {
        self.root(ACCOUNT_SUMMARY)?;
        let present = self.summary.clone()?.signing_certificates_present;
        let audit = self.root_audit.as_ref().ok();
        let audited = audit.map(|audit| audit.signing_certificates);
        flag(present.or(audited), "AccountSigningCertificatesPresent")
    }

    /// Whether root has any credential to sign in or to sign requests with. `false` only if all three are known to be
    /// absent.
    ///
    /// # Errors
    /// What is missing.
    pub fn credentials_present(&self) -> Known<bool> {
        let password = if self.has_root_console() {
            self.password_present()
        } else {
            Ok(false)
        };
        let all = [
            password,
            self.has_root_key(),
            self.signing_certificates_present(),
        ];
        if all.contains(&Ok(true)) {
            return Ok(true);
        }
        let mut gaps = Gaps::default();
        for one in all {
            gaps.note(one);
        }
        gaps.check().map(|()| false)
    }
}

/// A key of the summary, which AWS may not have sent.
fn flag(sent: Option<bool>, key: &'static str) -> Known<bool> {
    sent.ok_or_else(|| Missing::new(ACCOUNT_SUMMARY, Cause::NotSent(key)))
}
