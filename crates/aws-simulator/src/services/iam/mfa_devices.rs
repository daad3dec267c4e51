//! MFA devices and their serial numbers.

use crate::clock::Timestamp;
use crate::ids;
use crate::services::Context;
use crate::world::{Account, MfaKind, Root};
use serde_json::{Value, json};

/// A device's serial number: an ARN, but for hardware that makes one-time passwords.
pub(crate) fn serial(context: &Context, owner: &str, kind: MfaKind, name: &str) -> String {
    let digest = ids::digest(&format!("{}/{owner}/{name}", context.caller.account));
    match kind {
        MfaKind::Virtual => context.arn(&format!("mfa/{name}")),
        MfaKind::Passkey => {
            let id = digest[..26].to_uppercase();
            context.arn(&format!("u2f/{owner}/{name}-{id}"))
        }
        MfaKind::Hardware => format!("GAHT{}", digest[..8].to_uppercase()),
    }
}

/// Root's devices by kind and serial number. Where the scenario names none, they are counted.
pub(crate) fn root_devices(context: &Context, root: &Root) -> Vec<(MfaKind, String)> {
    let device = |position: usize| {
        let kind = root.mfa[position].kind;
        let before = root.mfa[..position].iter().filter(|it| it.kind == kind);
        let usual = match kind {
            MfaKind::Virtual => "root-account-mfa-device",
            MfaKind::Hardware => "token",
            MfaKind::Passkey => "passkey",
        };
        let usual = match before.count() {
            0 => usual.to_owned(),
            number => format!("{usual}-{number}"),
        };
        let name = root.mfa[position].name.as_ref().unwrap_or(&usual);
        (kind, serial(context, "root", kind, name))
    };
    (0..root.mfa.len()).map(device).collect()
}

/// All of the account's virtual MFA devices: root's first.
pub(crate) fn virtual_devices(context: &Context, account: &Account) -> Vec<Value> {
    let of_root = root_devices(context, &account.root).into_iter();
    let of_root = of_root.filter(|(kind, _)| *kind == MfaKind::Virtual);
    let mut devices: Vec<Value> = of_root
        .map(|(_, serial)| {
            let mut user = json!({
                "UserId": context.caller.account,
                "Arn": context.arn("root"),
                "CreateDate": account.created().rfc3339(),
            });
            let last_login = account
                .root
                .password
                .as_ref()
                .and_then(|password| password.last_used);
            user["PasswordLastUsed"] = last_login.map(Timestamp::rfc3339).into();
            json!({"SerialNumber": serial, "User": user, "EnableDate": account.created().rfc3339()})
        })
        .collect();
    for (name, user) in account
        .users
        .iter()
        .filter(|(_, user)| user.mfa == Some(MfaKind::Virtual))
    {
        let created = user.created.unwrap_or(account.created()).rfc3339();
        devices.push(json!({
            "SerialNumber": context.arn(&format!("mfa/{name}")),
            "User": {
                "Path": "/",
                "UserName": name,
                "UserId": ids::unique_id("AIDA", &format!("{}/{name}", context.caller.account)),
                "Arn": context.arn(&format!("user/{name}")),
                "CreateDate": created,
                "PasswordLastUsed": user.last_used.map(Timestamp::rfc3339),
            },
            "EnableDate": created,
        }));
    }
    devices
}
