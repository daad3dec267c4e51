//! Root's MFA devices by kind, as far as an ordinary principal can see them.
//!
//! Only virtual devices can be listed, so hardware tokens and passkeys show as the difference to 'MFA is on'.
use super::account::Account;

/// Root's virtual MFA devices, and whether root had MFA at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaDevices {
    /// Root's virtual devices (IAM `ListVirtualMFADevices`).
    pub virtual_devices: usize,
    /// `AccountMFAEnabled` (IAM `GetAccountSummary`); `None` if that call failed.
    pub enabled: Option<bool>,
}

impl Account<'_> {
    /// Root's virtual MFA devices.
    #[must_use]
    pub fn virtual_mfa_devices(&self) -> Option<usize> {
        self.mfa_devices
            .filter(|_| self.has_root_console())
            .map(|devices| devices.virtual_devices)
    }

    /// Whether root has MFA other than virtual. Unknown when a virtual device is there: others stay hidden behind it.
    /// Unknown too when the summary has said otherwise since: devices came or went.
    #[must_use]
    pub fn non_virtual_mfa(&self) -> Option<bool> {
        let devices = self.mfa_devices?;
        let enabled = self.mfa_enabled()?;
        (devices.virtual_devices == 0 && devices.enabled == Some(enabled)).then_some(enabled)
    }
}
