//! What a `credential_process` wrote: credentials on standard output, and on standard error a line for people, which is
//! shown unless it may hold a secret.
use crate::limits::MAX_PROCESS_LINE_CHARS;
use aws_credential_types::Credentials;
use serde_json::Value;
use std::time::SystemTime;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// # Errors
/// What was printed instead of credentials.
pub(super) fn parse(stdout: &[u8]) -> Result<Credentials, String> {
    let object = match serde_json::from_slice(stdout) {
        Ok(Value::Object(object)) => object,
        _ if stdout.iter().all(u8::is_ascii_whitespace) => return Err("nothing".to_owned()),
        _ => return Err("something other than a JSON object".to_owned()),
    };
    let value = |name: &str| {
        let mut entries = object.iter();
        entries
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let text = |name: &str| match value(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("JSON whose {name} is not a string")),
    };
    let required = |name: &str| text(name)?.ok_or_else(|| format!("JSON without {name}"));
    match value("Version") {
        Some(version) if version.as_u64() == Some(1) => {}
        Some(_) => return Err("JSON of a Version other than 1".to_owned()),
        None => return Err("JSON without Version".to_owned()),
    }
    let expires = text("Expiration")?
        .map(|text| OffsetDateTime::parse(&text, &Rfc3339))
        .transpose()
        .map_err(|_| "JSON whose Expiration is not a time of RFC 3339".to_owned())?;
    Ok(Credentials::new(
        required("AccessKeyId")?,
        required("SecretAccessKey")?,
        text("SessionToken")?,
        expires.map(SystemTime::from),
        "credential_process",
    ))
}

/// The first line that says anything, without control characters, cut to a length; `None` if there is none.
pub(super) fn first_line(stderr: &[u8], stdout: &[u8], command: &str) -> Option<String> {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line: String = line
        .chars()
        .map(|c| if is_visible(c) { c } else { ' ' })
        .collect();
    let line = line.trim();
    // Judged as a whole: the cut must not make half a secret look harmless.
    if may_hold_secret(line, stdout, command) {
        return Some(
            "what it wrote to standard error is withheld, because it may hold a secret".to_owned(),
        );
    }
    let mut short: String = line.chars().take(MAX_PROCESS_LINE_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    Some(short)
}

/// Whether it neither controls a terminal nor changes the order in which text is shown.
fn is_visible(c: char) -> bool {
    let hidden = [
        '\u{200b}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
    ];
    !c.is_control() && !hidden.iter().any(|range| range.contains(&c))
}

/// Whether the line has a part of the output, a secret of the command line, or anything that looks like a credential or
/// an e-mail address.
fn may_hold_secret(line: &str, stdout: &[u8], command: &str) -> bool {
    let stdout = String::from_utf8_lossy(stdout);
    let printed = stdout.split(|c: char| c.is_whitespace() || "\"',:{}=".contains(c));
    let has = |part: &str| part.len() >= 4 && !is_name(part) && line.contains(part);
    let lower = line.to_ascii_lowercase().replace(['_', '-', ' '], "");
    line.contains(['@'])
        || line.contains("AKIA")
        || line.contains("ASIA")
        || [
            "password=",
            "passwd=",
            "secret=",
            "token=",
            "key=",
            "accesskey\"",
            "accesskey:",
            "token\"",
            "password:",
            "passphrase",
            "authorization",
            "bearer",
            // It names a principal.
            "arn:",
        ]
        .iter()
        .any(|name| lower.contains(name))
        || line
            .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c)))
            .any(looks_secret)
        || printed.into_iter().any(has)
        || arguments_after_secret_flags(command).any(has)
}

/// A key of the output.
fn is_name(part: &str) -> bool {
    let names = [
        "version",
        "accesskeyid",
        "secretaccesskey",
        "sessiontoken",
        "expiration",
        "accountid",
        "null",
    ];
    names.contains(&part.to_ascii_lowercase().as_str())
}

/// Long, and with capitals, small letters and digits, or of letters and digits without any structure.
fn looks_secret(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let digits = has(char::is_ascii_digit);
    let mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    word.len() >= 16 && digits && (mixed || !word.contains(['/', '-', '_']))
        || word.len() >= 40 && mixed && !word.contains(['-', '_'])
}

/// Of `--token abc` and `--token=abc` the `abc`.
fn arguments_after_secret_flags(command: &str) -> impl Iterator<Item = &str> {
    let words = command.split(|c: char| c.is_whitespace() || "=\"'".contains(c));
    let words = words.filter(|word| !word.is_empty());
    words
        .clone()
        .zip(words.skip(1))
        .filter_map(|(flag, value)| {
            let flag = flag.to_ascii_lowercase();
            let secret = ["password", "passphrase", "secret", "token", "key", "pin"];
            secret.iter().any(|it| flag.contains(it)).then_some(value)
        })
}

#[cfg(test)]
mod tests {
    use super::{first_line, parse};

    #[test]
    fn credentials_are_read_whatever_the_case_of_the_keys() {
        let read = |json: &str| parse(json.as_bytes());
        let credentials = read(r#"{"version":1,"accessKeyId":"a","SECRETACCESSKEY":"s","SessionToken":"t","Expiration":"2030-01-02T03:04:05+01:00"}"#).unwrap();
        assert_eq!(credentials.access_key_id(), "a");
        assert_eq!(credentials.secret_access_key(), "s");
        assert_eq!(credentials.session_token(), Some("t"));
        let expires = credentials.expiry().unwrap();
        let seconds = expires.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(seconds.as_secs(), 1_893_549_845);
        for (json, error) in [
            ("", "nothing"),
            ("  \n", "nothing"),
            ("[]", "something other than a JSON object"),
            ("{", "something other than a JSON object"),
            ("{}", "JSON without Version"),
            (r#"{"Version":"1"}"#, "JSON of a Version other than 1"),
            (r#"{"Version":2}"#, "JSON of a Version other than 1"),
            (r#"{"Version":1}"#, "JSON without AccessKeyId"),
            (
                r#"{"Version":1,"AccessKeyId":"a"}"#,
                "JSON without SecretAccessKey",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":5}"#,
                "JSON whose SecretAccessKey is not a string",
            ),
            (
                r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"soon"}"#,
                "JSON whose Expiration is not a time of RFC 3339",
            ),
        ] {
            assert_eq!(read(json).unwrap_err(), error, "{json}");
        }
    }

    #[test]
    fn a_line_for_people_is_shown_without_control_characters_and_cut() {
        let line = |stderr: &str| first_line(stderr.as_bytes(), b"", "helper");
        assert_eq!(line(""), None);
        assert_eq!(line(" \n\n"), None);
        for shown in [
            "Error loading SSO Token: Token for my-sso does not exist",
            "The config profile (my-sso-profile-2) could not be found",
            "sh: 1: /opt/company/bin/credentials-helper-v2: not found",
            "vault: connection refused to https://vault.example.com:8200/v1/aws/creds/exporter",
            "An error occurred (AccessDenied) when calling the AssumeRole operation",
        ] {
            assert_eq!(line(&format!("\n{shown}\nmore")).as_deref(), Some(shown));
        }
        assert_eq!(
            line("a\u{1b}[31mred\u{202e}\u{7}").as_deref(),
            Some("a [31mred")
        );
        let long = line(&"no ".repeat(500)).unwrap();
        assert!(long.ends_with('…') && long.chars().count() == 201, "{long}");
    }

    #[test]
    fn a_line_that_may_hold_a_secret_is_withheld() {
        let stdout =
            br#"{"Version":1,"AccessKeyId":"id-x","SecretAccessKey":"short!","SessionToken":"t"}"#;
        let command = "helper --user bob --token hunter22 --api-key='let me in' --pin=4711";
        for secret in [
            "using AKIAIOSFODNN7EXAMPLE",
            "ASIA is where it is",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "got wJalrXUtnFEMIbPxRfi7 from the vault",
            "d41d8cd98f00b204e9800998ecf8427e",
            "someone@example.com may not do that",
            "password=hunter2",
            "Password: hunter2",
            "Authorization: Bearer abcdefgh",
            "arn:aws:iam::111122223333:user/bob.smith is not authorized",
            "aws_secret_access_key: x",
            r#"{"SessionToken": "x"}"#,
            "the secret short! is wrong",
            "unknown argument hunter22",
            "wrong pin 4711",
        ] {
            let line = first_line(secret.as_bytes(), stdout, command).unwrap();
            assert!(line.contains("withheld"), "{line}");
        }
        let shown = first_line(b"Version 1 has no AccessKeyId for bob", stdout, command);
        assert_eq!(
            shown.as_deref(),
            Some("Version 1 has no AccessKeyId for bob")
        );
    }
}
