//! What must hold of each parser, whatever it is given: it ends, never panics, says the same of the same, repeats nothing of
//! what it cannot read, and what it does not know makes nothing look better. `cargo fuzz` runs these without end; the tests
//! run them over the corpus and over changes of it.
use aws_root_exporter::config::Config;
use exporter_web::WebConfig;
use root_model::{
    collector::Collector,
    facts::{
        credential_report::CredentialReport,
        event_kind::EventKind,
        root_event::{classify, recipient},
        service_control_policy::ServiceControlPolicy,
        trails::{AdvancedField, ManagementEvents},
    },
    partition::Partition,
};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

type Target = fn(&[u8]);

/// Every target by its name.
pub(crate) const TARGETS: [(&str, Target); 6] = [
    ("cloudtrail_record", cloudtrail_record),
    ("configuration", configuration),
    ("credential_report", credential_report),
    ("event_selectors", event_selectors),
    ("service_control_policy", service_control_policy),
    ("web_configuration", web_configuration),
];

/// A certificate that signed itself, and its key: what every file holds that a web configuration names.
const PEM: &[u8] = include_bytes!("server.pem");

/// Those of root's.
const COLUMNS: [&str; 8] = [
    "user",
    "arn",
    "password_last_used",
    "password_last_changed",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

/// IAM's credential report.
pub(crate) fn credential_report(data: &[u8]) {
    let made = UNIX_EPOCH + Duration::from_hours(24 * 365 * 60);
    let parse = |data: &[u8]| CredentialReport::parse(data, "111122223333", made);
    let report = parse(data);
    assert_eq!(report, parse(data));
    match report {
        Ok(report) => {
            let users = report.console_users.unwrap_or_default();
            let rows = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
            assert!(users.with_mfa + users.without_mfa <= rows.count());
        }
        Err(error) => {
            let known = [
                "the report is not CSV",
                "a row of the report is not CSV",
                "the report has no row for the root user",
                "the report is that of another account",
            ];
            let of_columns = ["the report has no column ", "column "];
            let column = of_columns
                .iter()
                .find_map(|start| error.strip_prefix(start));
            let column = column.and_then(|rest| rest.split(' ').next());
            assert!(
                known.contains(&&*error) || column.is_some_and(|it| COLUMNS.contains(&it)),
                "{error}"
            );
        }
    }
    // A column that nobody knows, behind the others: short rows stay short.
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (header, rows) = data.split_at(end);
    if header.is_empty() || header.iter().any(|byte| b"\"\r".contains(byte)) {
        return;
    }
    let wider = [header, b",column_of_tomorrow", rows].concat();
    assert_eq!(parse(data), parse(&wider));
}

/// A record of `CloudTrail`.
pub(crate) fn cloudtrail_record(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (anybody, own) = (classify(text, |_| false), classify(text, |_| true));
    assert_eq!(anybody, classify(text, |_| false));
    match (&anybody, &own) {
        // Whose the key is changes nothing but that.
        (Ok(Some(kind)), Ok(Some(of_own))) => {
            assert!(of_own == kind || *of_own == EventKind::PrivilegedSession);
        }
        (Err(error), Err(_)) => {
            assert_eq!(
                error,
                "a CloudTrail record is not JSON of the documented form"
            );
        }
        (before, after) => assert_eq!(before, after),
    }
    let Ok(Value::Object(mut record)) = serde_json::from_str(text) else {
        return;
    };
    if let Some(account) = recipient(text) {
        assert_eq!(record["recipientAccountId"], *account);
    }
    if matches!(anybody, Ok(Some(_))) {
        assert_eq!(record["userIdentity"]["type"], "Root");
    }
    let known = classify(&Value::from(record.clone()).to_string(), |_| false);
    record.insert("fieldOfTomorrow".to_owned(), json!({ "a": [null, 1] }));
    let with_more = classify(&Value::from(record.clone()).to_string(), |_| false);
    assert_eq!(known, with_more);
    // An event of root's is never overlooked for what is said of it besides who it was.
    if let Ok(Some(_)) = known {
        for field in [
            "requestParameters",
            "responseElements",
            "additionalEventData",
            "readOnly",
        ] {
            record.remove(field);
        }
        let with_less = classify(&Value::from(record).to_string(), |_| false);
        assert!(matches!(with_less, Ok(Some(_))));
    }
}

/// The event selectors of a trail: a JSON list of advanced ones, or the `ReadWriteType` of a classic one.
pub(crate) fn event_selectors(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let none = ManagementEvents::default();
    assert_eq!(ManagementEvents::classic(false, &text), none);
    let classic = ManagementEvents::classic(true, &text);
    let known = ["All", "ReadOnly", "WriteOnly"].contains(&&*text);
    assert_eq!(classic != none, known);

    let Ok(selector) = serde_json::from_slice::<Vec<(String, Vec<String>, bool)>>(data) else {
        return;
    };
    let field = |(name, equals, only_excludes)| AdvancedField {
        name,
        equals,
        only_excludes,
    };
    let mut fields: Vec<AdvancedField> = selector.into_iter().map(field).collect();
    let events = ManagementEvents::advanced(&fields);
    assert_eq!(events.or(classic), classic.or(events));
    fields.reverse();
    assert_eq!(events, ManagementEvents::advanced(&fields), "in any order");
    // Each selector narrows: with another, no more is recorded.
    let writes = field(("readOnly".to_owned(), vec!["false".to_owned()], false));
    let narrower = ManagementEvents::advanced(&[&fields[..], &[writes]].concat());
    assert!(!narrower.read && (events.write || !narrower.write));
    // One that nobody knows may leave out anything.
    let unknown = field(("fieldOfTomorrow".to_owned(), Vec::new(), true));
    fields.push(unknown);
    assert_eq!(ManagementEvents::advanced(&fields), none);
}

/// A service control policy.
pub(crate) fn service_control_policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let parse = |text: &str| ServiceControlPolicy::parse(text);
    let denies = |policy: &ServiceControlPolicy| policy.denies_root(Partition::Aws, "111122223333");
    let policy = parse(text);
    assert_eq!(policy, parse(text));
    let policy = match policy {
        Ok(policy) => policy,
        Err(error) => return assert_eq!(error, "a policy is not JSON of the documented form"),
    };
    assert!(!policy.is_harmless() || !denies(&policy));
    let Ok(Value::Object(mut document)) = serde_json::from_str(text) else {
        return;
    };
    let known = parse(&Value::from(document.clone()).to_string());
    let statements = match document.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        other => other.into_iter().collect(),
    };
    let with = |more: &dyn Fn(&mut Value)| {
        let mut statements = statements.clone();
        statements.iter_mut().for_each(more);
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        statements.push(allow);
        parse(&json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
    };
    // What another statement allows takes nothing from a denial.
    let Ok(known) = known else { return };
    assert_eq!(with(&|_| ()), Ok(known));
    // A condition that nobody knows may hold for nobody.
    let conditional = with(&|statement| {
        if statement.is_object() {
            let conditions = &mut statement["Condition"];
            if !conditions.is_object() {
                *conditions = json!({});
            }
            conditions["OperatorOfTomorrow"] = json!({ "aws:KeyOfTomorrow": "x" });
        }
    });
    // Statements may also be lists, in the order of their fields.
    if statements.iter().all(Value::is_object) {
        assert!(conditional.is_ok_and(|policy| policy.is_harmless()));
    }
}

/// The configuration file.
pub(crate) fn configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let config = match Config::parse(text, "config.yaml") {
        Ok(config) => config,
        Err(error) => return assert!(error.to_string().contains("config.yaml")),
    };
    for collector in Collector::configurable() {
        if let Some(settings) = config
            .collectors
            .settings(collector, config.limits.stale_after)
        {
            assert!(
                settings.interval <= settings.quiet_interval
                    && [false, true]
                        .iter()
                        .all(|quiet| settings.valid_if(*quiet) > settings.interval_if(*quiet)),
                "stale before it is asked again"
            );
        }
    }
    // What is printed as in force is the same again, but for the external id, which is not told.
    let printed = config.to_string();
    let mut again = Config::parse(&printed, "printed").expect("what is in force can be read");
    again
        .accounts
        .external_id
        .clone_from(&config.accounts.external_id);
    assert_eq!(config, again);
}

/// The file of `--web.config.file`, and what it holds for certificates and keys.
pub(crate) fn web_configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let outcome = protection(text);
    assert_eq!(outcome, protection(text));
    if let Err(error) = &outcome {
        assert!(error.contains("web.yml"), "{error}");
        assert_eq!(secret_in(error, text), None, "{error}");
    }
    let Ok(tree) = serde_saphyr::from_str::<Value>(text) else {
        return;
    };
    match &outcome {
        Ok(summary) => assert_eq!(*summary, summary_of(&tree)),
        Err(error) => {
            // What stands there once is no name of anything else, which an error may quote.
            let mut secrets = secrets(&tree).filter(|it| text.matches(*it).count() == 1);
            let told = secrets.find(|secret| error.contains(secret));
            assert_eq!(told, None, "{error}");
        }
    }
    // What is known of it stays known beside what is not, so the rest is the fault of that.
    if protection(&tree.to_string()).is_err() {
        return assert!(outcome.is_err());
    }
    for (section, added, said) in [
        ("", json!(null), "'setting_of_tomorrow'"),
        ("/tls_server_config", json!(""), "'setting_of_tomorrow'"),
        ("/http_server_config", json!(1), "'setting_of_tomorrow'"),
        (
            "/http_server_config/headers",
            json!([]),
            "'setting_of_tomorrow'",
        ),
        ("/basic_auth_users", json!("hunter2"), "bcrypt"),
    ] {
        let mut more = tree.clone();
        match more.pointer_mut(section) {
            Some(Value::Object(settings)) => {
                settings.insert("setting_of_tomorrow".to_owned(), added);
            }
            None | Some(Value::Null) => continue,
            Some(_) => panic!("{section} is no mapping"),
        }
        let error = protection(&more.to_string()).expect_err("it was left out in silence");
        assert!(
            error.contains(said) && !error.contains("hunter2"),
            "{error}"
        );
    }
}

/// What a file puts in force, in the exporter's words.
fn protection(text: &str) -> Result<String, String> {
    let read = |file: &Path| {
        let name = file.to_string_lossy();
        assert!(!name.contains("-----BEGIN"), "an error would show the key");
        Ok(PEM.to_vec())
    };
    let protection = WebConfig::parse(text, "web.yml", read);
    protection
        .map(|protection| protection.to_string())
        .map_err(|error| error.to_string())
}

/// The same by what is written, if it can be done.
fn summary_of(tree: &Value) -> String {
    let section = |name| tree.get(name).and_then(Value::as_object);
    let tls = section("tls_server_config");
    let written = |value: &Value| ![json!(null), json!(""), json!([])].contains(value);
    let asked = tls.and_then(|tls| tls.get("client_auth_type")?.as_str());
    let tls_is = match asked {
        _ if !tls.is_some_and(|tls| tls.values().any(written)) => "disabled",
        Some("RequireAndVerifyClientCert") => "enabled, client certificates required",
        Some("VerifyClientCertIfGiven") => "enabled, client certificates verified if given",
        _ => "enabled",
    };
    let users = section("basic_auth_users").map_or(0, serde_json::Map::len);
    format!("TLS is {tls_is}; users: {users}")
}

/// What is secret by where it stands, if it is long enough not to be there by chance.
fn secrets(tree: &Value) -> impl Iterator<Item = &str> {
    let users = tree.get("basic_auth_users").and_then(Value::as_object);
    let hashes = users.into_iter().flat_map(serde_json::Map::values);
    let of_tls = ["cert", "key", "client_ca"];
    let pems = of_tls.map(|name| tree.get("tls_server_config").and_then(|tls| tls.get(name)));
    let all = hashes.chain(pems.into_iter().flatten());
    all.filter_map(Value::as_str).filter(|it| it.len() >= 8)
}

/// A word of the text that looks like a part of a hash or a key, and that an error repeats otherwise than as the name or the
/// choice that it quotes.
fn secret_in<'a>(error: &'a str, text: &str) -> Option<&'a str> {
    let before = error.split('\'').next().unwrap_or_default();
    let after = error.rsplit('\'').next().unwrap_or_default();
    let words = [before, after]
        .map(|part| part.split(|c: char| !c.is_ascii_alphanumeric() && !"$+./=".contains(c)));
    let has = |word: &str, kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
    words.into_iter().flatten().find(|word| {
        word.len() >= 12
            && has(word, char::is_ascii_digit)
            && has(word, char::is_ascii_lowercase)
            && has(word, char::is_ascii_uppercase)
            && text.contains(word)
    })
}
