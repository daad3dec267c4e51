//! Root's credentials as an `AssumeRoot` session sees them: every key and every MFA device. The audit is seldom made, so it
//! counts only as far as nothing younger contradicts it.
use super::{account::Account, credential_report::KeySlot};
use std::{collections::BTreeSet, time::SystemTime};

/// A member's root credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootAudit {
    /// When they were looked at.
    pub taken: SystemTime,
    /// IAM `ListAccessKeys`.
    pub keys: Vec<AuditedKey>,
    /// IAM `ListMFADevices`.
    pub mfa: MfaKinds,
    /// IAM `GetLoginProfile`: whether there is a password.
    pub password: bool,
    /// IAM `ListSigningCertificates`: whether there are any.
    pub signing_certificates: bool,
}

/// One access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditedKey {
    /// Whether its status is `Active`.
    pub active: bool,
    /// When it was created.
    pub created: SystemTime,
}

/// MFA devices by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MfaKinds {
    /// Their serial number is an ARN of a virtual device.
    pub virtual_devices: usize,
    /// Hardware tokens: their serial number is no ARN.
    pub hardware: usize,
    /// Passkeys and security keys (FIDO).
    pub passkeys: usize,
}

impl MfaKinds {
    /// Takes in one device by its serial number.
    pub fn add(&mut self, serial: &str) {
        // arn:partition:iam::account:mfa/name, arn:partition:iam::account:u2f/root/name
        match serial
            .strip_prefix("arn:")
            .and_then(|arn| arn.splitn(5, ':').nth(4))
        {
            None => self.hardware += 1,
            Some(resource) if resource.starts_with("u2f/") => self.passkeys += 1,
            Some(_) => self.virtual_devices += 1,
        }
    }

    fn count(&self) -> usize {
        self.virtual_devices + self.hardware + self.passkeys
    }
}

impl Account<'_> {
    /// Root's MFA devices by kind, where they have been audited and neither the account summary nor the list of virtual
    /// devices says otherwise since.
    #[must_use]
    pub fn mfa_kinds(&self) -> Option<MfaKinds> {
        let kinds = self.root_audit.as_ref().ok()?.mfa;
        let enabled = self.mfa_enabled().ok()? == (kinds.count() > 0);
        let virtual_devices = self.virtual_mfa_devices();
        let listed = virtual_devices.map_or(true, |listed| listed == kinds.virtual_devices);
        (enabled && listed).then_some(kinds)
    }

    /// The audited access keys in the report's two places, so that each keeps its number; `None` if the report or the
    /// summary says otherwise since.
    pub(super) fn audited_keys(
        &self,
        report: Option<(SystemTime, [Option<KeySlot>; 2])>,
    ) -> Option<[KeySlot; 2]> {
        let audit = self.root_audit.as_ref().ok()?;
        let active = audit.keys.iter().filter(|key| key.active);
        let active: BTreeSet<_> = active.map(|key| Some(key.created)).collect();
        let contradicted = if self.access_keys_present().ok()? {
            audit.keys.is_empty()
        } else {
            !active.is_empty()
        };
        let places = report.map_or([None; 2], |(_, places)| places);
        let of_report = places.iter().filter_map(|place| match place {
            Some(KeySlot::Key {
                active: true,
                created,
                ..
            }) => Some(*created),
            _ => None,
        });
        let of_report: BTreeSet<_> = of_report.collect();
        let unheard_of = places.iter().any(|place| match place {
            Some(KeySlot::Key { created, .. }) => {
                !audit.keys.iter().any(|key| Some(key.created) == *created)
            }
            _ => false,
        });
        let outdated = report.is_some_and(|(generated, _)| generated > audit.taken)
            && (of_report != active || unheard_of);
        if contradicted || outdated || audit.keys.len() > places.len() {
            return None;
        }
        let mut result = [KeySlot::Empty; 2];
        let mut rest = Vec::new();
        for key in &audit.keys {
            let same = |place: &Option<KeySlot>| matches!(place, Some(KeySlot::Key { created: Some(created), .. }) if *created == key.created);
            match places.iter().position(same) {
                Some(n) if result[n] == KeySlot::Empty => result[n] = slot(key, places[n]),
                _ => rest.push(key),
            }
        }
        rest.sort_by_key(|key| key.created);
        for key in rest {
            let free = result.iter().position(|it| *it == KeySlot::Empty)?;
            result[free] = slot(key, None);
        }
        Some(result)
    }
}

/// A key with its last use, which the report knows.
fn slot(key: &AuditedKey, of_report: Option<KeySlot>) -> KeySlot {
    let last_used = match of_report {
        Some(KeySlot::Key { last_used, .. }) => last_used,
        _ => None,
    };
    KeySlot::Key {
        active: key.active,
        created: Some(key.created),
        last_used,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_serial_number() {
        let mut kinds = MfaKinds::default();
        for serial in [
            "arn:aws:iam::111122223333:mfa/root-account-mfa-device",
            "arn:aws:iam::111122223333:u2f/root/key-EXAMPLE",
            "GAHT12345678",
        ] {
            kinds.add(serial);
        }
        let one_each = MfaKinds {
            virtual_devices: 1,
            hardware: 1,
            passkeys: 1,
        };
        assert_eq!(kinds, one_each);
    }
}
