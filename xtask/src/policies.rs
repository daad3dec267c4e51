//! The IAM policies for deployments: one file for each scope.
use crate::tree::{File, Tree};
use aws_root_exporter::docs::{Scope, iam_policy};
use clap::ValueEnum;
use root_model::partition::Partition;
use serde_json::Value;

/// The default of `accounts.role`.
const ROLE: &str = "root-exporter";

#[expect(clippy::unnecessary_wraps, reason = "other generators can fail")]
pub(crate) fn files(_: &Tree) -> Result<Vec<File>, String> {
    let file = |(scope, policy)| File::new(format!("deploy/aws/policies/{scope}.json"), policy);
    Ok(all().map(file).collect())
}

/// Name and policy of each scope.
pub(crate) fn all() -> impl Iterator<Item = (String, String)> {
    Scope::value_variants().iter().filter_map(|&scope| {
        let name = scope.to_possible_value()?.get_name().to_owned();
        Some((name, policy(scope)))
    })
}

pub(crate) fn policy(scope: Scope) -> String {
    iam_policy(scope, Partition::Aws, ROLE)
}

/// The actions of the first statement of a scope's policy.
pub(crate) fn actions(scope: Scope) -> Result<Vec<String>, String> {
    let policy: Value = serde_json::from_str(&policy(scope)).map_err(|error| error.to_string())?;
    let actions = policy["Statement"][0]["Action"].clone();
    serde_json::from_value(actions).map_err(|error| format!("the actions of {scope:?}: {error}"))
}
