//! What must hold of each parser, whatever it is given: it ends, never panics, says the same of the same, repeats nothing of
//! what it cannot read, and what it does not know makes nothing look better. `cargo fuzz` runs these without end; the tests
//! run them over the corpus and over changes of it.
use aws_root_exporter::{
    config::Config,
    facts::{
        credential_report::CredentialReport,
        kind::Kind,
        root_event::classify,
        service_control_policy::ServiceControlPolicy,
        trails::{AdvancedField, ManagementEvents},
    },
};
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

type Target = fn(&[u8]);

/// Every target by its name.
pub(crate) const TARGETS: [(&str, Target); 5] = [
    ("cloudtrail_record", cloudtrail_record),
    ("configuration", configuration),
    ("credential_report", credential_report),
    ("event_selectors", event_selectors),
    ("service_control_policy", service_control_policy),
];

/// Those of root's.
const COLUMNS: [&str; 7] = [
    "user",
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
    let parse = |data: &[u8]| CredentialReport::parse(data, made);
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
            assert!(of_own == kind || *of_own == Kind::PrivilegedSession);
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
    let denies = |policy: &ServiceControlPolicy| policy.denies_root("aws", "111122223333");
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
    for name in ["account_summary", "credential_report", "root_activity"] {
        if let Some(settings) = config.collectors.settings(name, config.limits.stale_after) {
            assert!(
                settings.valid > settings.interval,
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
