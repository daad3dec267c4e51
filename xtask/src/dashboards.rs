//! The remedies of the checks, which the account dashboard shows as texts for their ids.
use crate::tree::{File, Tree};
use root_model::checks::CHECKS;
use serde_json::{Value, json};

const PATH: &str = "dashboards/account.json";

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    let mut dashboard: Value =
        serde_json::from_str(&tree.read(PATH)?).map_err(|error| format!("{PATH}: {error}"))?;
    let texts = texts(&mut dashboard).ok_or_else(|| format!("{PATH} has no texts for checks"))?;
    *texts = CHECKS
        .iter()
        .enumerate()
        .map(|(index, check)| {
            // Grafana shows these texts as they are, not as Markdown.
            let text = check.remedy.replace('`', "");
            (check.id.to_owned(), json!({ "index": index, "text": text }))
        })
        .collect();
    let text = serde_json::to_string_pretty(&dashboard).map_err(|error| error.to_string())?;
    Ok(vec![File::new(PATH, text + "\n")])
}

/// The mapping whose keys are the ids of checks.
fn texts(value: &mut Value) -> Option<&mut Value> {
    if value.get(CHECKS[0].id).is_some() {
        return Some(value);
    }
    match value {
        Value::Array(items) => items.iter_mut().find_map(texts),
        Value::Object(fields) => fields.values_mut().find_map(texts),
        _ => None,
    }
}
