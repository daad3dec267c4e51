//! IAM's credential report: root's keys with their ages, and the console users. As old as AWS says it is.
//!
//! Columns are found by name. `N/A`, `no_information`, `not_supported` and nothing at all mean 'no value'.
use super::{account::Account, sources::CREDENTIAL_REPORT};
use crate::missing::{Cause, Gaps, Known, Missing};
use crate::target::owner;
use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// How much later than its report something in it may be: not all of AWS has one clock.
const SLACK: Duration = Duration::from_hours(1);

/// One credential report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialReport {
    /// When AWS made it.
    pub generated: SystemTime,
    /// Root's row.
    pub root: RootCredentials,
    /// IAM users with a console password; `None` if a row does not say whether there is one.
    pub console_users: Option<ConsoleUsers>,
}

/// Root's row of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootCredentials {
    /// When the password was last used to sign in.
    pub password_last_used: Option<SystemTime>,
    /// When the password was last changed.
    pub password_last_changed: Option<SystemTime>,
    /// The two numbered access keys; `None` where the report does not say whether there is that key.
    pub keys: [Option<KeySlot>; 2],
}

/// One of the report's two places for an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySlot {
    /// No key.
    Empty,
    /// A key.
    Key {
        /// Whether its status is `Active`.
        active: bool,
        /// When it was created or last changed.
        created: Option<SystemTime>,
        /// When it was last used.
        last_used: Option<SystemTime>,
    },
}

/// IAM users with a console password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsoleUsers {
    /// … who have MFA.
    pub with_mfa: usize,
    /// … who have not.
    pub without_mfa: usize,
}

impl ConsoleUsers {
    /// Whether there is any.
    #[must_use]
    pub fn exist(self) -> bool {
        self.with_mfa + self.without_mfa > 0
    }
}

impl CredentialReport {
    /// Reads the CSV of that account's report.
    ///
    /// # Errors
    /// What is missing or unreadable, or of another account, without any of the report's content.
    pub fn parse(csv: &[u8], account: &str, generated: SystemTime) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
        let header = reader
            .headers()
            .map_err(|_| "the report is not CSV")?
            .clone();
        let columns: HashMap<String, usize> = header
            .iter()
            .enumerate()
            .map(|(i, name)| (name.trim().to_ascii_lowercase(), i))
            .collect();
        let (mut root, mut users) = (None, Some(ConsoleUsers::default()));
        for record in reader.records() {
            let record = record.map_err(|_| "a row of the report is not CSV")?;
            let row = Row {
                columns: &columns,
                record: &record,
                generated,
            };
            if row.get("user")? == "<root_account>" {
                if owner(row.get("arn")?).is_some_and(|owner| owner != account) {
                    return Err("the report is that of another account".to_owned());
                }
                root = Some(row.root()?);
            } else {
                users = users.and_then(|users| row.count(users));
            }
        }
        Ok(Self {
            generated,
            root: root.ok_or("the report has no row for the root user")?,
            console_users: users,
        })
    }
}

struct Row<'a> {
    columns: &'a HashMap<String, usize>,
    record: &'a csv::StringRecord,
    generated: SystemTime,
}

impl Row<'_> {
    fn get(&self, column: &str) -> Result<&str, String> {
        self.columns
            .get(column)
            .and_then(|i| self.record.get(*i))
            .map(str::trim)
            .ok_or_else(|| format!("the report has no column {column}"))
    }

    /// `None`: the report does not say.
    fn flag(&self, column: &str) -> Option<bool> {
        let value = self.get(column).ok()?;
        [("true", true), ("false", false)]
            .into_iter()
            .find_map(|(word, flag)| value.eq_ignore_ascii_case(word).then_some(flag))
    }

    fn time(&self, column: &str) -> Result<Option<SystemTime>, String> {
        let value = self.get(column)?;
        let none = ["", "n/a", "no_information", "not_supported"];
        if none.iter().any(|word| value.eq_ignore_ascii_case(word)) {
            return Ok(None);
        }
        let at = OffsetDateTime::parse(value, &Rfc3339).map(SystemTime::from);
        // A report holds only times before it was made; a key of the future would never be old.
        let past = at
            .ok()
            .filter(|at| *at >= UNIX_EPOCH && *at <= self.generated + SLACK);
        past.map(Some)
            .ok_or_else(|| format!("column {column} holds no RFC 3339 time of the past"))
    }

    fn root(&self) -> Result<RootCredentials, String> {
        Ok(RootCredentials {
            password_last_used: self.time("password_last_used")?,
            password_last_changed: self.time("password_last_changed")?,
            keys: [self.key(1)?, self.key(2)?],
        })
    }

    /// An inactive key is one that is not active but has a date; AWS's page and its answers differ on whether the
    /// date is kept, so its absence is read as the page has it: no key.
    fn key(&self, n: u8) -> Result<Option<KeySlot>, String> {
        let created = self.time(&format!("access_key_{n}_last_rotated"))?;
        let last_used = self.time(&format!("access_key_{n}_last_used_date"))?;
        let active = self.flag(&format!("access_key_{n}_active"));
        Ok(active.map(|active| {
            if !active && created.is_none() {
                return KeySlot::Empty;
            }
            KeySlot::Key {
                active,
                created,
                last_used,
            }
        }))
    }

    fn count(&self, mut users: ConsoleUsers) -> Option<ConsoleUsers> {
        if self.flag("password_enabled")? {
            if self.flag("mfa_active")? {
                users.with_mfa += 1;
            } else {
                users.without_mfa += 1;
            }
        }
        Some(users)
    }
}

impl<'a> Account<'a> {
    /// The report, where the partition has a root user.
    fn root_report(&self) -> Known<&'a CredentialReport> {
        self.root(CREDENTIAL_REPORT)?;
        self.report.clone()
    }

    /// Root's access keys by number, from the report and, where there is one, the audit. Both are missing where the report,
    /// which may be hours old, and the current account summary contradict each other: a key was created or deleted since.
    pub fn root_keys(&self) -> [Known<KeySlot>; 2] {
        let report = self.root_report();
        let known = report.as_ref().ok();
        let known = known.map(|report| (report.generated, report.root.keys));
        if let Some(keys) = self.audited_keys(known) {
            return keys.map(Ok);
        }
        let keys = match report {
            Ok(report) => report.root.keys,
            Err(missing) => return [Err(missing.clone()), Err(missing)],
        };
        let is_key = |slot: &Option<KeySlot>| matches!(slot, Some(KeySlot::Key { .. }));
        let is_active =
            |slot: &Option<KeySlot>| matches!(slot, Some(KeySlot::Key { active: true, .. }));
        // Whether an inactive key counts in the summary is not documented, so only clear contradictions count.
        let contradicted = match self.access_keys_present() {
            Ok(true) => !keys.iter().any(is_key),
            Ok(false) => keys.iter().any(is_active),
            Err(_) => false,
        };
        let cause = if contradicted {
            Cause::Inconclusive(
                "The credential report is older than a change of root's access keys; AWS makes the next report within about four hours.",
            )
        } else {
            Cause::NotSent("whether root has that access key")
        };
        keys.map(|slot| {
            slot.filter(|_| !contradicted)
                .ok_or_else(|| Missing::new(CREDENTIAL_REPORT, cause))
        })
    }

    /// Whether root has an access key, active or not. It is not documented whether the account summary counts inactive ones,
    /// so that there is none is known only where the report says so too.
    ///
    /// # Errors
    /// What is missing.
    pub fn has_root_key(&self) -> Known<bool> {
        let (present, keys) = (self.access_keys_present(), self.root_keys());
        let is_key = |slot: &Known<KeySlot>| matches!(slot, Ok(KeySlot::Key { .. }));
        if present == Ok(true) || keys.iter().any(is_key) {
            return Ok(true);
        }
        let mut gaps = Gaps::default();
        gaps.note(present);
        for key in keys {
            gaps.note(key);
        }
        gaps.check().map(|()| false)
    }

    /// How many root access keys are active (or inactive).
    ///
    /// # Errors
    /// What is missing.
    pub fn root_key_count(&self, wanted_active: bool) -> Known<usize> {
        // What the account summary says is of now: without keys there is no active one, whatever an old report says.
        if wanted_active && self.access_keys_present() == Ok(false) {
            return Ok(0);
        }
        let mut count = 0;
        for slot in self.root_keys() {
            match slot? {
                KeySlot::Key { active, .. } if active == wanted_active => count += 1,
                _ => {}
            }
        }
        Ok(count)
    }

    /// IAM users with a console password.
    ///
    /// # Errors
    /// What is missing.
    pub fn console_users(&self) -> Known<ConsoleUsers> {
        let not_sent = || {
            let what = "whether each IAM user has a password and MFA";
            Missing::new(CREDENTIAL_REPORT, Cause::NotSent(what))
        };
        self.report.clone()?.console_users.ok_or_else(not_sent)
    }

    /// When the report says that root last signed in with its password.
    #[must_use]
    pub fn password_last_used(&self) -> Option<SystemTime> {
        self.root_console(CREDENTIAL_REPORT).ok()?;
        self.root_report().ok()?.root.password_last_used
    }

    /// When the report says that root's password was last changed.
    #[must_use]
    pub fn password_last_changed(&self) -> Option<SystemTime> {
        self.root_console(CREDENTIAL_REPORT).ok()?;
        self.root_report().ok()?.root.password_last_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

    fn report(rows: &[&str]) -> Result<CredentialReport, String> {
        CredentialReport::parse(
            format!("{HEADER}\n{}", rows.join("\n")).as_bytes(),
            "111122223333",
            UNIX_EPOCH + Duration::from_hours(48),
        )
    }

    #[test]
    fn a_root_without_credentials() {
        let row = "<root_account>,arn:aws:iam::111122223333:root,2024-03-01T10:00:00Z,FALSE,N/A,N/A,not_supported,false,false,N/A,N/A,N/A,N/A,False,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
        let root = report(&[row]).unwrap().root;
        assert_eq!(root.keys, [Some(KeySlot::Empty); 2]);
        assert_eq!(root.password_last_used, None);
    }

    #[test]
    fn old_forms_and_an_inactive_key() {
        let row = "<root_account>,arn:aws:iam::111122223333:root,2019-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,TRUE,true,1970-01-01T00:01:40+00:00,1970-01-01T00:03:20Z,us-east-1,s3,false,1970-01-02T00:00:00Z,N/A,N/A,N/A,false,N/A,false,N/A,extra";
        let root = report(&[row]).unwrap().root;
        let at = |s| Some(UNIX_EPOCH + Duration::from_secs(s));
        assert_eq!(
            root.keys,
            [
                Some(KeySlot::Key {
                    active: true,
                    created: at(100),
                    last_used: at(200)
                }),
                Some(KeySlot::Key {
                    active: false,
                    created: at(86400),
                    last_used: None
                }),
            ]
        );
    }

    #[test]
    fn console_users_are_counted_by_mfa() {
        let root = "<root_account>,a,N/A,true,N/A,N/A,N/A,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
        let user = |password: &str, mfa: &str| {
            format!(
                "u,a,N/A,{password},N/A,N/A,N/A,{mfa},false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
            )
        };
        let rows = [
            root.to_owned(),
            user("true", "false"),
            user("TRUE", "true"),
            user("false", "false"),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(
            report(&rows).unwrap().console_users,
            Some(ConsoleUsers {
                with_mfa: 1,
                without_mfa: 1
            })
        );
        let odd = user("perhaps", "true");
        assert_eq!(
            report(&[root, &odd]).unwrap().console_users,
            None,
            "unknown is not none"
        );
    }

    #[test]
    fn a_cut_off_or_foreign_report_is_an_error() {
        assert!(report(&[]).is_err(), "no root row");
        assert!(
            report(&["<root_account>,arn:aws:iam::1:root,2024"]).is_err(),
            "cut off"
        );
        assert!(CredentialReport::parse(b"<html>sorry</html>", "1", UNIX_EPOCH).is_err());
        assert!(CredentialReport::parse(b"\xff\xfe", "1", UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_report_of_another_account_is_an_error() {
        let row = "<root_account>,arn:aws:iam::222233334444:root,2024-03-01T10:00:00Z,FALSE,N/A,N/A,not_supported,false,false,N/A,N/A,N/A,N/A,False,N/A,N/A,N/A,N/A,false,N/A,false,N/A";
        let error = report(&[row]).unwrap_err();
        assert_eq!(error, "the report is that of another account");
        assert!(report(&[&row.replace("222233334444", "111122223333")]).is_ok());
    }
}
