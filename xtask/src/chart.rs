//! The table of the chart's values in its README, made from the comments and defaults of values.yaml.
use crate::{
    tree::{File, Tree},
    yaml::Yaml,
};
use std::fmt::Write;

const README: &str = "deploy/helm/aws-root-exporter/README.md";
const VALUES: &str = "deploy/helm/aws-root-exporter/values.yaml";

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    let table = table(&tree.read(VALUES)?).map_err(|error| format!("{VALUES}: {error}"))?;
    let (begin, end) = ("<!-- values: begin -->\n", "<!-- values: end -->\n");
    Ok(vec![tree.replaced(README, begin, &table, end)?])
}

/// A row for each value with a comment before it. The comment is the meaning, the value is the default.
fn table(text: &str) -> Result<String, String> {
    let values: Yaml = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let mut table = "| value | default | meaning |\n|---|---|---|\n".to_owned();
    let (mut path, mut comment) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with('#') {
            comment.push(trimmed.trim_start_matches(['#', ' ']));
            continue;
        }
        if let Some(name) = key(trimmed) {
            path.truncate((line.len() - trimmed.len()) / 2);
            path.push(name);
            if !comment.is_empty() {
                let value = path.iter().try_fold(&values, |value, name| value.get(name));
                let path = path.join(".");
                let value = value.ok_or_else(|| format!("{path} is not found"))?;
                // Writing to a string cannot fail.
                let _ = writeln!(table, "| `{path}` | `{value}` | {} |", comment.join(" "));
            }
        }
        comment.clear();
    }
    Ok(table)
}

/// The key of a line of block style.
fn key(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let word = |it: char| it.is_ascii_alphabetic() || it == '_';
    (!name.is_empty() && name.chars().all(word)).then_some(name)
}
