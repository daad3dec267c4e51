//! The reference, made from the code's own catalogues.
use crate::{
    collect::{Batched, CollectorSpec, Delegate, specs},
    config::Accounts,
    discover,
};
use clap::ValueEnum;
use root_model::checks::CHECKS;
use root_model::metrics;
use root_model::partition::Partition;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};

/// The metrics as a Markdown table.
#[must_use]
pub fn metrics() -> String {
    let mut out = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for metrics::Family { desc: family, .. } in metrics::families() {
        let labels: Vec<String> = family.labels.iter().map(|l| format!("`{l}`")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            family.name,
            family.metric_type.as_str(),
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
            it.title, it.not_applicable_when, it.cis, it.fsbp, it.remedy
        );
    }
    out
}

/// What `docs/checks.md` says before the tables.
const CHECKS_INTRO: &str = "\
# Checks

Each check judges one account. The result is one of four:

| result | meaning | metrics |
|---|---|---|
| pass | the account meets the recommendation | `aws_root_check_passed` 1 |
| fail | it does not; the page and the API say why | `aws_root_check_passed` 0 |
| unknown | data that the check needs is missing or stale; the page and the API say which | `aws_root_check_unknown` 1, and no `aws_root_check_passed` |
| not applicable | the check makes no sense in this account | neither |

An unknown check is never shown as passed. [troubleshooting.md](troubleshooting.md#a-check-is-unknown) says what to do about one.

`aws_root_posture_score_ratio` is the weight of the passed checks divided by the weight of the passed and failed checks.
A critical check weighs 10, a high one 5, a medium one 2, a low one 1.

`checks` in the [configuration](configuration.md#checks) sets limits and disables checks. `aws-root-exporter docs checks`
prints the table.

## All checks

";

/// The page about the checks: the table, then a heading for each check so that a link can lead to it.
#[must_use]
pub fn checks_page() -> String {
    let table = checks();
    let mut out = format!("{CHECKS_INTRO}<!-- generated: checks -->\n{table}<!-- /generated -->\n");
    for it in CHECKS {
        let or = |text: &'static str, other| if text.is_empty() { other } else { text };
        let needs: Vec<String> = it
            .needs
            .iter()
            .map(|collector| format!("`{collector}`"))
            .collect();
        let rows = [
            ("severity", it.severity.as_str()),
            ("passes when", it.title),
            (
                "not applicable when",
                or(it.not_applicable_when, "it always applies"),
            ),
            ("collectors that it needs", &needs.join(", ")),
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
            "\nRemedy: {remedy}\n\nRunbook: [{alert}](runbooks/{alert}.md)\n"
        );
    }
    out
}

/// What credentials are for, and so what they must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scope {
    /// The exporter's own credentials with mode `self`; the role with mode `list`, and in the management account.
    Account,
    /// The role in every member of an organization.
    Member,
    /// What mode `list` adds to the exporter's own credentials.
    List,
    /// The exporter's own credentials with mode `organization`, in the management account.
    #[value(alias = "organization")]
    Management,
    /// The same in an account that is delegated administrator of some service.
    DelegatedAdministrator,
    /// What the role in GuardDuty's delegated administrator needs in addition.
    GuarddutyAdministrator,
    /// What `assume_root` adds to the exporter's own credentials.
    AssumeRoot,
}

impl Scope {
    /// Whether there is anything for it to allow in that partition: nobody becomes root where there is no root user.
    #[must_use]
    pub fn exists_in(self, partition: Partition) -> bool {
        self != Self::AssumeRoot || partition.has_root()
    }
}

/// Every IAM action that monitoring one account needs.
#[must_use]
pub fn actions() -> BTreeSet<&'static str> {
    actions_of(|_| true)
}

/// Those that monitoring a member of an organization needs. What only the exporter's own account can answer is not asked there.
#[must_use]
pub fn member_actions() -> BTreeSet<&'static str> {
    actions_of(|it| {
        it.batched
            .as_ref()
            .is_none_or(|batched| !batched.only_source)
    })
}

fn actions_of(asked: fn(&CollectorSpec) -> bool) -> BTreeSet<&'static str> {
    specs()
        .filter(|it| !it.collector.assumes_root() && asked(it))
        .flat_map(CollectorSpec::actions)
        .chain(discover::ACTIONS.iter().copied())
        .collect()
}

/// Those that asking about many accounts needs besides, in the account that is asked.
#[must_use]
pub fn delegate_actions(delegate: Delegate) -> BTreeSet<&'static str> {
    let batched = specs().filter_map(|it| it.batched.as_ref());
    let asked = batched.filter(|it| it.delegate == delegate);
    asked.flat_map(Batched::actions).collect()
}

/// The IAM policy for a scope, in a partition, with a role of that name or ARN in the other accounts.
#[must_use]
pub fn iam_policy(scope: Scope, partition: Partition, role: &str) -> String {
    let allow = |id: &str, actions: Value, resource: &str| json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resource });
    let read = |actions: BTreeSet<&str>| allow("AwsRootExporter", json!(actions), "*");
    let accounts = Accounts {
        role: role.to_owned(),
        ..Accounts::default()
    };
    let roles = accounts.role_in(partition, "*").arn;
    let enter = allow("EnterAccounts", json!("sts:AssumeRole"), &roles);
    let lead = |mut own: BTreeSet<&'static str>| {
        own.extend(delegate_actions(Delegate::Organization));
        own.extend(discover::ORGANIZATION_ACTIONS);
        // A role of that name in a foreign account is none of its business.
        let ours = json!({ "StringEquals": { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } });
        vec![read(own), with(enter.clone(), ours)]
    };
    let statements = match scope {
        Scope::Account => vec![read(actions())],
        Scope::Member => vec![read(member_actions())],
        Scope::List => vec![enter],
        Scope::Management => lead(actions()),
        Scope::DelegatedAdministrator => lead(member_actions()),
        Scope::GuarddutyAdministrator => {
            let actions = delegate_actions(Delegate::GuardDutyAdministrator);
            vec![allow("GuardDutyOfMembers", json!(actions), "*")]
        }
        Scope::AssumeRoot => {
            let root = format!("arn:{partition}:iam::*:root");
            let audit = allow("AuditRootCredentials", json!("sts:AssumeRoot"), &root);
            // Without the condition it could as well give root a password.
            let task =
                format!("arn:{partition}:iam::aws:policy/root-task/IAMAuditRootUserCredentials");
            vec![with(
                audit,
                json!({ "ArnEquals": { "sts:TaskPolicyArn": task } }),
            )]
        }
    };
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    format!("{policy:#}\n")
}

fn with(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}
