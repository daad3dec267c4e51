//! Which accounts are monitored, and with which role: the section `accounts`.
use super::{
    Secret,
    error::{InvalidValue, ensure},
};
use root_model::{names::is_account_id, partition::Partition};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The section `accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Where the list of accounts comes from.
    pub mode: Mode,
    /// Mode `list`: the accounts. Mode `organization`: if not empty, only these.
    pub ids: Vec<String>,
    /// Accounts that are not monitored.
    pub exclude: Vec<String>,
    /// The role assumed in every other account: a name, or an ARN with `{account_id}` and `{partition}`.
    pub role: String,
    /// The external id that the role's trust policy requires.
    pub external_id: Option<Secret>,
    /// The name of the role sessions, which CloudTrail records.
    pub session_name: String,
    /// Whether members' root credentials are audited with `sts:AssumeRoot`.
    pub assume_root: bool,
    /// How often accounts and regions are discovered again.
    #[serde(with = "root_model::duration")]
    pub refresh: Duration,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            mode: Mode::Own,
            ids: Vec::new(),
            exclude: Vec::new(),
            role: "root-exporter".to_owned(),
            external_id: None,
            session_name: "aws-root-exporter".to_owned(),
            assume_root: false,
            refresh: Duration::from_mins(15),
        }
    }
}

/// Where the list of accounts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Mode {
    /// The account of the exporter's own credentials.
    #[serde(rename = "self")]
    #[strum(serialize = "self")]
    Own,
    /// The configured ids.
    List,
    /// The organization's active accounts.
    Organization,
}

/// A role in an account, and how it is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The ARN.
    pub arn: String,
    /// The external id that its trust policy requires.
    pub external_id: Option<Secret>,
    /// The name of the session, which CloudTrail records.
    pub session_name: String,
}

impl Accounts {
    /// Whether `ids` and `exclude` select the account.
    #[must_use]
    pub fn wants(&self, id: &str) -> bool {
        (self.ids.is_empty() || self.ids.iter().any(|wanted| wanted == id))
            && !self.exclude.iter().any(|unwanted| unwanted == id)
    }

    /// The role that is assumed in the account.
    #[must_use]
    pub fn role_in(&self, partition: Partition, account: &str) -> Role {
        let template = if self.role.starts_with("arn:") {
            self.role.clone()
        } else {
            let path = self.role.trim_start_matches('/');
            format!("arn:{{partition}}:iam::{{account_id}}:role/{path}")
        };
        Role {
            arn: template
                .replace("{partition}", partition.as_str())
                .replace("{account_id}", account),
            external_id: self.external_id.clone(),
            session_name: self.session_name.clone(),
        }
    }

    /// Validates a value of `role`.
    ///
    /// # Errors
    /// What is expected.
    pub fn role(text: &str) -> Result<String, &'static str> {
        let form = if text.starts_with("arn:") {
            text.contains(":role/") && text.contains("{account_id}")
        } else {
            !text.is_empty() && plain(text, "+=,.@_-/")
        };
        form.then(|| text.to_owned()).ok_or("expected the name of a role, or an ARN with {account_id} in it, such as arn:{partition}:iam::{account_id}:role/root-exporter")
    }

    pub(super) fn validate(&self) -> Result<(), InvalidValue> {
        const ACCOUNT_IDS: &str = "expected account ids of 12 digits, in quotes";
        let is_id = |id: &String| is_account_id(id);
        ensure(
            self.mode != Mode::List || !self.ids.is_empty(),
            "accounts.ids",
            "mode `list` needs at least one account id",
        )?;
        ensure(
            self.mode != Mode::Own || self.ids.is_empty(),
            "accounts.ids",
            "mode `self` monitors one account: expected no ids, or mode `list` or `organization`",
        )?;
        ensure(self.ids.iter().all(is_id), "accounts.ids", ACCOUNT_IDS)?;
        ensure(
            self.exclude.iter().all(is_id),
            "accounts.exclude",
            ACCOUNT_IDS,
        )?;
        ensure(
            !self.assume_root || self.mode == Mode::Organization,
            "accounts.assume_root",
            "needs mode `organization`: only its management account or IAM's delegated administrator may call sts:AssumeRoot",
        )?;
        if let Err(message) = Self::role(&self.role) {
            ensure(false, "accounts.role", message)?;
        }
        ensure(
            (2..=64).contains(&self.session_name.len()) && plain(&self.session_name, "+=,.@_-"),
            "accounts.session_name",
            "expected 2 to 64 letters, digits or + = , . @ _ -",
        )?;
        ensure(
            self.refresh >= Duration::from_secs(1),
            "accounts.refresh",
            "expected at least 1s",
        )
    }
}

/// Whether it consists of ASCII letters, digits and the characters of `more`.
fn plain(text: &str, more: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_name_or_an_arn() {
        let arn = |role: &str| {
            let accounts = Accounts {
                role: role.to_owned(),
                ..Accounts::default()
            };
            assert_eq!(accounts.validate(), Ok(()), "{role}");
            accounts.role_in(Partition::AwsCn, "111122223333").arn
        };
        assert_eq!(arn("audit/r"), "arn:aws-cn:iam::111122223333:role/audit/r");
        assert_eq!(
            arn("arn:{partition}:iam::{account_id}:role/x"),
            "arn:aws-cn:iam::111122223333:role/x"
        );
    }

    #[test]
    fn ids_and_exclude_select_accounts() {
        let accounts = Accounts {
            ids: vec!["1".into(), "2".into()],
            exclude: vec!["2".into()],
            ..Accounts::default()
        };
        assert!(accounts.wants("1") && !accounts.wants("2") && !accounts.wants("3"));
    }
}
