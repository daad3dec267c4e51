//! Which accounts, and how they are entered.
use super::span;
use crate::aws::Role;
use root_model::partition::Partition;
use serde::Deserialize;
use std::time::Duration;

/// Which accounts, and how they are entered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Where the list of accounts comes from.
    pub mode: Mode,
    /// Which accounts (`list`), or only these (`organization`).
    pub ids: Vec<String>,
    /// Which not.
    pub exclude: Vec<String>,
    /// The role that is assumed in every other account.
    pub role: String,
    /// The external id that it asks for.
    pub external_id: Option<String>,
    /// The name of the sessions.
    pub session_name: String,
    /// Whether members' root credentials are audited with `sts:AssumeRoot`.
    pub assume_root: bool,
    /// How often accounts and regions are discovered again.
    #[serde(deserialize_with = "span::duration")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The account of the exporter's own credentials.
    #[serde(rename = "self")]
    Own,
    /// The configured ids.
    List,
    /// The organization.
    Organization,
}

impl Accounts {
    /// Whether an account of that id is to be monitored, as far as `ids` and `exclude` say.
    #[must_use]
    pub fn wants(&self, id: &str) -> bool {
        (self.ids.is_empty() || self.ids.iter().any(|wanted| wanted == id))
            && !self.exclude.iter().any(|unwanted| unwanted == id)
    }

    /// The role to assume in an account.
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

    /// Checks that this names a role in every account.
    ///
    /// # Errors
    /// How it has to be written.
    pub fn role(text: &str) -> Result<String, &'static str> {
        let form = if text.starts_with("arn:") {
            text.contains(":role/") && text.contains("{account_id}")
        } else {
            !text.is_empty() && plain(text, "+=,.@_-/")
        };
        form.then(|| text.to_owned()).ok_or("write a role's name, or an ARN with {account_id} in it, such as arn:{partition}:iam::{account_id}:role/root-exporter")
    }

    /// A key whose value makes no sense, and why.
    pub(super) fn nonsense(&self) -> Option<(String, String)> {
        let wrong =
            |key: &str, message: &str| Some((format!("accounts.{key}"), message.to_owned()));
        let no_id = |ids: &[String]| {
            ids.iter()
                .any(|id| id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()))
        };
        if self.mode == Mode::List && self.ids.is_empty() {
            return wrong("ids", "mode `list` needs the ids of the accounts");
        }
        if self.mode == Mode::Own && !self.ids.is_empty() {
            return wrong(
                "ids",
                "with mode `self` there is one account; choose `list` or `organization`",
            );
        }
        if no_id(&self.ids) {
            return wrong("ids", "an account id has 12 digits; write it in quotes");
        }
        if no_id(&self.exclude) {
            return wrong("exclude", "an account id has 12 digits; write it in quotes");
        }
        if self.assume_root && self.mode != Mode::Organization {
            return wrong(
                "assume_root",
                "needs mode `organization`: only its management account or IAM's delegated administrator may",
            );
        }
        if let Err(message) = Self::role(&self.role) {
            return wrong("role", message);
        }
        if !(2..=64).contains(&self.session_name.len()) || !plain(&self.session_name, "+=,.@_-") {
            return wrong("session_name", "2 to 64 letters, digits and + = , . @ _ -");
        }
        if self.refresh < Duration::from_secs(1) {
            return wrong("refresh", "must be at least 1s");
        }
        None
    }
}

fn plain(text: &str, more: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_name_and_by_arn() {
        let arn = |role: &str| {
            let accounts = Accounts {
                role: role.to_owned(),
                ..Accounts::default()
            };
            assert_eq!(accounts.nonsense(), None, "{role}");
            accounts.role_in(Partition::AwsCn, "111122223333").arn
        };
        assert_eq!(arn("audit/r"), "arn:aws-cn:iam::111122223333:role/audit/r");
        assert_eq!(
            arn("arn:{partition}:iam::{account_id}:role/x"),
            "arn:aws-cn:iam::111122223333:role/x"
        );
    }

    #[test]
    fn some_accounts_and_not_others() {
        let accounts = Accounts {
            ids: vec!["1".into(), "2".into()],
            exclude: vec!["2".into()],
            ..Accounts::default()
        };
        assert!(accounts.wants("1") && !accounts.wants("2") && !accounts.wants("3"));
    }
}
