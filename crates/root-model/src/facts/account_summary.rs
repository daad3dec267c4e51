//! The root user's part of IAM's account summary: what is true of its credentials now.
use super::account::Account;

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
    #[must_use]
    pub fn mfa_enabled(&self) -> Option<bool> {
        self.summary?
            .mfa_enabled
            .filter(|_| self.has_root_console())
    }

    /// Whether root has a console password.
    #[must_use]
    pub fn password_present(&self) -> Option<bool> {
        let summary = self.summary?.password_present;
        // Where the summary does not say, an audit may.
        summary
            .or_else(|| Some(self.root_audit?.password))
            .filter(|_| self.has_root_console())
    }

    /// Whether root has an access key.
    #[must_use]
    pub fn access_keys_present(&self) -> Option<bool> {
        self.summary?
            .access_keys_present
            .filter(|_| self.has_root())
    }

    /// Whether root has an X.509 signing certificate.
    #[must_use]
    pub fn signing_certificates_present(&self) -> Option<bool> {
        let summary = self.summary?.signing_certificates_present;
        summary
            .or_else(|| Some(self.root_audit?.signing_certificates))
            .filter(|_| self.has_root())
    }

    /// Whether root has any credential to sign in or to sign requests with. `Some(false)` only if all three are
    /// known to be absent.
    #[must_use]
    pub fn credentials_present(&self) -> Option<bool> {
        let password = if self.has_root_console() {
            self.password_present()
        } else {
            Some(false)
        };
        let all = [
            password,
            self.has_root_key(),
            self.signing_certificates_present(),
        ];
        if all.contains(&Some(true)) {
            return Some(true);
        }
        all.iter().all(|one| *one == Some(false)).then_some(false)
    }
}
