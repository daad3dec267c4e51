//! Root's MFA devices by kind, as far as an ordinary principal can see them.
//!
//! Only virtual devices can be listed, so hardware tokens and passkeys show as the difference to 'MFA is on'.
use super::account::Account;

impl Account<'_> {
    /// Root's virtual MFA devices.
    #[must_use]
    pub fn virtual_mfa_devices(&self) -> Option<usize> {
        self.virtual_mfa.filter(|_| self.has_root_console())
    }

    /// Whether root has MFA other than virtual. Unknown when a virtual device is there: others stay hidden behind it.
    #[must_use]
    pub fn non_virtual_mfa(&self) -> Option<bool> {
        match (self.mfa_enabled()?, self.virtual_mfa?) {
            (mfa, 0) => Some(mfa),
            (_, _) => None,
        }
    }
}
