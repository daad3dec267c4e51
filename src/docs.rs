//! The reference, made from the code's own catalogues.
use crate::{collect::COLLECTORS, discover, metrics};
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

/// Every IAM action that monitoring one's own account needs.
#[must_use]
pub fn actions() -> BTreeSet<&'static str> {
    COLLECTORS
        .iter()
        .flat_map(|collector| collector.actions)
        .chain(discover::ACTIONS)
        .copied()
        .collect()
}

/// The IAM policy for monitoring one's own account.
#[must_use]
pub fn iam_policy() -> String {
    let policy: Value = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "AwsRootExporter",
            "Effect": "Allow",
            "Action": actions(),
            "Resource": "*",
        }],
    });
    format!("{policy:#}\n")
}
