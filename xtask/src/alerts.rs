//! The table of alerts, made from the rules for Prometheus.
use crate::tree::{File, Tree, replace_block};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write};

pub(crate) const RULES: &str = "deploy/prometheus/rules";
const PAGE: &str = "docs/alerts.md";

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    /// A recording rule has none.
    alert: Option<String>,
    #[serde(default, rename = "for")]
    duration: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    let mut table = "| alert | severity | for | meaning |\n|---|---|---|---|\n".to_owned();
    for name in tree.stems(RULES, "yml")? {
        let path = format!("{RULES}/{name}.yml");
        let rules: Rules = serde_saphyr::from_str(&tree.read(&path)?)
            .map_err(|error| format!("{path}: {error}"))?;
        for rule in rules.groups.iter().flat_map(|group| &group.rules) {
            if let Some(alert) = &rule.alert {
                table += &row(alert, rule)?;
            }
        }
    }
    let page = replace_block(PAGE, &tree.read(PAGE)?, "alerts", &table)?;
    Ok(vec![File::new(PAGE, page)])
}

/// The meaning is the first sentence of the description. It holds no template, which a table could not fill in.
fn row(alert: &str, rule: &Rule) -> Result<String, String> {
    let severity = rule.labels.get("severity");
    let description = rule.annotations.get("description");
    let (Some(severity), Some(description)) = (severity, description) else {
        return Err(format!("{alert} lacks a severity or a description"));
    };
    let first = description.split(". ").next().unwrap_or_default();
    let first = first.trim_end_matches('.');
    if first.contains("{{") {
        return Err(format!(
            "the description of {alert} begins with a template: {first}"
        ));
    }
    let mut row = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        row,
        "| [{alert}](runbooks/{alert}.md) | {severity} | {} | {first}. |",
        rule.duration
    );
    Ok(row)
}
