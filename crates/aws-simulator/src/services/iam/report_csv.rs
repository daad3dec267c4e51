//! The CSV of the credential report, in the format of AWS: the row of root first, no newline at the end.

use crate::clock::Timestamp;
use crate::world::{AccessKey, Account, Certificate, KeyStatus, User};

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
cert_2_active,cert_2_last_rotated";

/// The report of an account as it is now.
pub(crate) fn csv(id: &str, account: &Account) -> String {
    let mut rows = vec![HEADER.to_owned(), root(id, account)];
    let users = account
        .users
        .iter()
        .map(|(name, user)| row(id, account, name, user));
    rows.extend(users);
    for name in account.unlisted_users() {
        let mut keys = account.principals.iter().filter(|(_, it)| it.name == name);
        let keys = keys.by_ref().take(2).map(|(key, _)| AccessKey {
            id: key.clone(),
            status: KeyStatus::Active,
            created: account.created(),
            last_used: None,
            region: None,
            service: None,
        });
        let user = User {
            keys: keys.collect(),
            ..User::default()
        };
        rows.push(row(id, account, name, &user));
    }
    rows.join("\n")
}

fn root(id: &str, account: &Account) -> String {
    let root = &account.root;
    let created = account.created().rfc3339();
    let mut fields = vec![
        "<root_account>".to_owned(),
        format!("arn:{}:iam::{id}:root", account.partition),
        created.clone(),
    ];
    match &root.password {
        _ if account.partition != "aws" => {
            let used = root
                .password
                .as_ref()
                .and_then(|password| password.last_used);
            fields.push("not_supported".to_owned());
            fields.push(time_or(used, "no_information"));
            fields.push("not_supported".to_owned());
        }
        Some(password) => {
            fields.push("true".to_owned());
            fields.push(time_or(password.last_used, "no_information"));
            fields.push(password.changed.map_or(created, Timestamp::rfc3339));
        }
        None => fields.extend(["false", "N/A", "N/A"].map(str::to_owned)),
    }
    fields.push("not_supported".to_owned());
    fields.push((!root.mfa.is_empty()).to_string());
    fields.extend(key_fields(&root.keys));
    fields.extend(certificate_fields(&root.certificates));
    fields.join(",")
}

fn row(id: &str, account: &Account, name: &str, user: &User) -> String {
    let created = user.created.unwrap_or(account.created()).rfc3339();
    let mut fields = vec![
        name.to_owned(),
        format!("arn:{}:iam::{id}:user/{name}", account.partition),
        created.clone(),
    ];
    if user.password {
        let rotation = account
            .password_policy
            .as_ref()
            .and_then(|policy| policy.max_password_age);
        let next = rotation.map(|days| {
            user.created.unwrap_or(account.created()) + time::Duration::days(i64::from(days))
        });
        fields.extend([
            "true".to_owned(),
            time_or(user.last_used, "no_information"),
            created,
        ]);
        fields.push(time_or(next, "N/A"));
    } else {
        fields.extend(["false", "N/A", "N/A", "N/A"].map(str::to_owned));
    }
    fields.push(user.mfa.is_some().to_string());
    fields.extend(key_fields(&user.keys));
    fields.extend(certificate_fields(&[]));
    fields.join(",")
}

fn key_fields(keys: &[AccessKey]) -> Vec<String> {
    let none = || ["false", "N/A", "N/A", "N/A", "N/A"].map(str::to_owned);
    let of = |key: &AccessKey| {
        let used = |text: &Option<String>, default: &str| match key.last_used {
            Some(_) => text.clone().unwrap_or_else(|| default.to_owned()),
            None => "N/A".to_owned(),
        };
        [
            (key.status == KeyStatus::Active).to_string(),
            key.created.rfc3339(),
            time_or(key.last_used, "N/A"),
            used(&key.region, "us-east-1"),
            used(&key.service, "iam"),
        ]
    };
    (0..2)
        .flat_map(|n| keys.get(n).map_or_else(none, of))
        .collect()
}

fn certificate_fields(certificates: &[Certificate]) -> Vec<String> {
    let none = || ["false".to_owned(), "N/A".to_owned()];
    let of = |it: &Certificate| [it.active.to_string(), it.created.rfc3339()];
    (0..2)
        .flat_map(|n| certificates.get(n).map_or_else(none, of))
        .collect()
}

fn time_or(time: Option<Timestamp>, none: &str) -> String {
    time.map_or_else(|| none.to_owned(), Timestamp::rfc3339)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_user_with_a_password_only() {
        let yaml = "accounts: {\"111122223333\": {created: 2024-03-01T10:00:00Z,
            root: {password: {changed: 2026-09-11T13:15:19Z}}}}";
        let world = crate::Scenario::from_yaml(yaml).unwrap().world;
        let report = csv("111122223333", &world.accounts["111122223333"]);
        let rows: Vec<_> = report.split('\n').collect();
        assert_eq!(rows[0].split(',').count(), 22);
        assert_eq!(
            rows[1..],
            [
                "<root_account>,arn:aws:iam::111122223333:root,2024-03-01T10:00:00Z,true,no_information,2026-09-11T13:15:19Z,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
            ]
        );
    }
}
