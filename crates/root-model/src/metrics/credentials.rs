//! Root's credentials.
use super::{Family, catalogue};
use crate::{facts::credential_report::KeySlot, missing::Known, time::epoch_seconds};
use std::time::SystemTime;

pub(super) const FAMILIES: &[Family] = catalogue! {
    Account Gauge "aws_root_mfa_enabled" ["account_id"]
        "1 if the root user has at least one MFA device of any kind."
        => |a, out| out.put([&a.identity.id], a.mfa_enabled());
    Account Gauge "aws_root_mfa_devices" ["account_id", "kind"]
        "MFA devices of the root user that are known, by kind; non_virtual is 1 when MFA is on and no virtual device is root's."
        => |a, out| {
            out.put([&a.identity.id, "virtual"], a.virtual_mfa_devices());
            match a.mfa_kinds() {
                Some(kinds) => {
                    out.put([&a.identity.id, "hardware"], kinds.hardware);
                    out.put([&a.identity.id, "passkey"], kinds.passkeys);
                }
                None => out.put([&a.identity.id, "non_virtual"], a.non_virtual_mfa()),
            }
        };
    Account Gauge "aws_root_password_present" ["account_id"]
        "1 if the root user has a console password."
        => |a, out| out.put([&a.identity.id], a.password_present());
    Account Gauge "aws_root_access_keys_present" ["account_id"]
        "1 if the root user has any access key."
        => |a, out| out.put([&a.identity.id], a.access_keys_present());
    Account Gauge "aws_root_access_keys" ["account_id", "status"]
        "Number of access keys of the root user, by status."
        => |a, out| {
            out.put([&a.identity.id, "active"], a.root_key_count(true));
            out.put([&a.identity.id, "inactive"], a.root_key_count(false));
        };
    Account Gauge "aws_root_access_key_created_timestamp_seconds" ["account_id", "key"]
        "When a root access key was created or last rotated."
        => |a, out| for (n, created, _) in keys(&a.root_keys()) {
            out.put([&a.identity.id, n], created);
        };
    Account Gauge "aws_root_access_key_age_seconds" ["account_id", "key"]
        "Age of a root access key."
        => |a, out| for (n, created, _) in keys(&a.root_keys()) {
            out.put([&a.identity.id, n], age(a.now, created));
        };
    Account Gauge "aws_root_access_key_last_used_timestamp_seconds" ["account_id", "key"]
        "When a root access key was last used; no series if it never was."
        => |a, out| for (n, _, last_used) in keys(&a.root_keys()) {
            out.put([&a.identity.id, n], last_used);
        };
    Account Gauge "aws_root_signing_certificates_present" ["account_id"]
        "1 if the root user has an X.509 signing certificate."
        => |a, out| out.put([&a.identity.id], a.signing_certificates_present());
    Account Gauge "aws_root_credentials_present" ["account_id"]
        "1 if the root user has a password, an access key or a signing certificate; 0 if it is deactivated."
        => |a, out| out.put([&a.identity.id], a.credentials_present());
    Account Gauge "aws_root_password_last_used_timestamp_seconds" ["account_id"]
        "When the root user last signed in with its password, by the credential report."
        => |a, out| out.put([&a.identity.id], a.password_last_used());
    Account Gauge "aws_root_password_last_changed_timestamp_seconds" ["account_id"]
        "When the root user's password was last changed, by the credential report."
        => |a, out| out.put([&a.identity.id], a.password_last_changed());
    Account Gauge "aws_root_credential_report_generated_timestamp_seconds" ["account_id"]
        "When AWS made the credential report that key ages and password times come from; it is remade at most every 4 hours."
        => |a, out| out.put([&a.identity.id], a.report.as_ref().ok().map(|report| report.generated));
};

/// The keys that there are: number, creation, last use.
fn keys(
    slots: &[Known<KeySlot>; 2],
) -> impl Iterator<Item = (&'static str, Option<SystemTime>, Option<SystemTime>)> {
    ["1", "2"]
        .into_iter()
        .zip(slots)
        .filter_map(|(n, slot)| match slot {
            Ok(KeySlot::Key {
                created, last_used, ..
            }) => Some((n, *created, *last_used)),
            _ => None,
        })
}

/// Seconds from `at` to `now`; 0 if the clocks disagree.
pub(super) fn age(now: SystemTime, at: Option<SystemTime>) -> Option<f64> {
    at.map(|at| (epoch_seconds(now) - epoch_seconds(at)).max(0.0))
}
