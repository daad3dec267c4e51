//! The reference, made from the code's own catalogues.
use crate::{
    checks::CHECKS,
    collect::{COLLECTORS, Through},
    discover, metrics,
};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};

/// The metrics as a Markdown table.
#[must_use]
pub fn metrics() -> String {
    let mut out = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for family in metrics::families() {
        let labels: Vec<String> = family.labels.iter().map(|l| format!("`{l}`")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            family.name,
            family.kind.as_str(),
            labels.join(", "),
            family.help
        );
    }
    out
}

/// The checks as a Markdown table.
#[must_use]
pub fn checks() -> String {
    let mut out = "| check | severity | passes when | does not apply where | CIS 5.0 | Security Hub | remedy |\n|---|---|---|---|---|---|---|\n".to_owned();
    for it in CHECKS {
        let (id, severity) = (it.id, it.severity.as_str());
        let _ = writeln!(
            out,
            "| `{id}` | {severity} | {} | {} | {} | {} | {} |",
            it.title, it.except, it.cis, it.fsbp, it.remedy
        );
    }
    out
}

/// The page about the checks, a heading for each so that a link can lead to it.
#[must_use]
pub fn checks_page() -> String {
    let mut out = "# Checks\n\nWhat each check asks, what it needs, and what to do where it fails. Made from the code, as is the table in the\n[README](../README.md#checks).\n".to_owned();
    for it in CHECKS {
        let or = |text: &'static str, other| if text.is_empty() { other } else { text };
        let needs: Vec<String> = it.needs.iter().map(|name| format!("`{name}`")).collect();
        let rows = [
            ("severity", it.severity.as_str()),
            ("passes when", it.title),
            ("does not apply where", or(it.except, "it always applies")),
            ("needs the collectors", &needs.join(", ")),
            ("CIS AWS Foundations 5.0", or(it.cis, "none")),
            ("Security Hub", or(it.fsbp, "none")),
        ];
        let _ = write!(out, "\n## {}\n\n| | |\n|---|---|\n", it.id);
        for (name, value) in rows {
            let _ = writeln!(out, "| {name} | {value} |");
        }
        let (remedy, alert) = (it.remedy, it.runbook);
        let _ = write!(
            out,
            "\nWhere it fails: {remedy}\n\nRunbook: [{alert}](runbooks/{alert}.md)\n"
        );
    }
    out
}

/// What credentials are for, and so what they must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// The role in every monitored account.
    Account,
    /// The exporter's own credentials, in the management account or a delegated administrator, with mode `organization`.
    Organization,
    /// The role in GuardDuty's delegated administrator.
    GuarddutyAdministrator,
    /// The exporter's own credentials, in the management account or IAM's delegated administrator, with `assume_root`.
    AssumeRoot,
}

/// Every IAM action that monitoring one account needs.
#[must_use]
pub fn actions() -> BTreeSet<&'static str> {
    COLLECTORS
        .iter()
        .filter(|collector| !collector.assume_root)
        .flat_map(|collector| collector.actions)
        .chain(discover::ACTIONS)
        .copied()
        .collect()
}

/// Those that asking about many accounts needs besides, in the account that is asked.
#[must_use]
pub fn central_actions(through: Through) -> BTreeSet<&'static str> {
    let central = COLLECTORS.iter().filter_map(|it| it.central.as_ref());
    let asked = central.filter(|it| it.through == through);
    asked.flat_map(|it| it.actions).copied().collect()
}

/// The IAM policy for a scope.
#[must_use]
pub fn iam_policy(scope: Scope) -> String {
    let mut actions = actions();
    match scope {
        Scope::Account => {}
        Scope::Organization | Scope::AssumeRoot => {
            actions.extend(central_actions(Through::Organization));
            actions.extend(discover::ORGANIZATION_ACTIONS);
        }
        Scope::GuarddutyAdministrator => {
            actions.extend(central_actions(Through::GuardDutyAdministrator));
        }
    }
    let mut statements = vec![json!({
        "Sid": "AwsRootExporter",
        "Effect": "Allow",
        "Action": actions,
        "Resource": "*",
    })];
    if matches!(scope, Scope::Organization | Scope::AssumeRoot) {
        statements.push(json!({
            "Sid": "EnterAccounts",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": "arn:aws:iam::*:role/root-exporter",
        }));
    }
    if scope == Scope::AssumeRoot {
        // Without the condition it could as well give root a password.
        statements.push(json!({
            "Sid": "AuditRootCredentials",
            "Effect": "Allow",
            "Action": "sts:AssumeRoot",
            "Resource": "arn:aws:iam::*:root",
            "Condition": { "ArnEquals": { "sts:TaskPolicyArn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" } },
        }));
    }
    let policy: Value = json!({ "Version": "2012-10-17", "Statement": statements });
    format!("{policy:#}\n")
}
