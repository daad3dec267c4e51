//! Root's MFA devices by kind, as far as an ordinary principal can see them.
//!
//! Only virtual devices can be listed, so hardware tokens and passkeys show as the difference to 'MFA is on'.
use super::{account::Account, sources::MFA_DEVICES};
use crate::missing::{Cause, Known, Missing, both};

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
    ///
    /// # Errors
    /// What is missing.
    pub fn virtual_mfa_devices(&self) -> Known<usize> {
        self.root_console(MFA_DEVICES)?;
        Ok(self.mfa_devices.clone()?.virtual_devices)
    }

    /// Whether root has MFA other than virtual. Unknown when there is a virtual device: others stay hidden behind it.
    /// Unknown too when the account summary has said otherwise since: devices were added or removed.
    ///
    /// # Errors
    /// What is missing.
    pub fn non_virtual_mfa(&self) -> Known<bool> {
        let (devices, enabled) = both(self.mfa_devices.clone(), self.mfa_enabled())?;
        let inconclusive = |why| Err(Missing::new(MFA_DEVICES, Cause::Inconclusive(why)));
        match devices.enabled {
            _ if devices.virtual_devices > 0 => {
                inconclusive("Devices of other kinds cannot be seen beside a virtual one.")
            }
            Some(then) if then == enabled => Ok(enabled),
            _ => inconclusive(
                "MFA devices were added or removed between two runs; the next run resolves it.",
            ),
        }
    }
}
