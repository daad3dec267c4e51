//! The pages that the catalogues of checks and metrics, the example configuration and the policies are printed on.
use crate::{
    policies,
    tree::{File, Tree, replace_block},
};
use aws_root_exporter::{config::EXAMPLE, docs};

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    let policies = policies::all().map(|(scope, policy)| {
        let block = format!("```json\n{policy}```\n");
        (format!("policy-{scope}"), block)
    });
    let example = format!("```yaml\n{EXAMPLE}```\n");
    Ok(vec![
        File::new("docs/checks.md", docs::checks_page()),
        page(
            tree,
            "docs/metrics.md",
            [("metrics".to_owned(), docs::metrics())],
        )?,
        page(
            tree,
            "docs/configuration.md",
            [("configuration".to_owned(), example)],
        )?,
        page(tree, "docs/permissions.md", policies)?,
    ])
}

/// A page with new content in these blocks, each by its name.
fn page(
    tree: &Tree,
    path: &str,
    blocks: impl IntoIterator<Item = (String, String)>,
) -> Result<File, String> {
    let mut text = tree.read(path)?;
    for (name, content) in blocks {
        text = replace_block(path, &text, &name, &content)?;
    }
    Ok(File::new(path, text))
}
