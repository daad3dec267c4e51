//! Hand-written pages agree with the program: every key, flag, default and metric that they name is there.
use crate::{documents::read, harness::run};
use root_model::collector::Collector;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process,
};

const PAGE: &str = "docs/configuration.md";

/// README, CONTRIBUTING and every page directly in `docs`.
fn pages() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(root.join("docs")).unwrap();
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    let written = names.filter(|it| Path::new(it).extension().is_some_and(|it| it == "md"));
    let mut pages: Vec<String> = written.map(|it| format!("docs/{it}")).collect();
    pages.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// The rows of tables whose first cell is one code span: that, and the other cells.
fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let cells = text.lines().filter_map(|line| {
        let line = line.strip_prefix("| `")?.strip_suffix(" |")?;
        let (first, rest) = line.split_once("` | ")?;
        Some((first, rest.split(" | ").collect()))
    });
    cells.collect()
}

fn example() -> Value {
    let text = String::from_utf8(run(&["config", "example"]).stdout).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// A default as the page has it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

#[test]
fn every_key_has_a_row_with_its_default() {
    let mut expected = BTreeMap::new();
    for (section, value) in example().as_object().unwrap() {
        let Value::Object(keys) = value else {
            expected.insert(section.clone(), written(value));
            continue;
        };
        for (key, value) in keys.iter().filter(|_| section != "collectors") {
            expected.insert(format!("{section}.{key}"), written(value));
        }
    }
    for key in ["interval", "timeout"] {
        expected.insert(format!("collectors.NAME.{key}"), "see below".to_owned());
    }
    let activity = &example()["collectors"]["root_activity"];
    for key in ["quiet_interval", "lookback"] {
        expected.insert(
            format!("collectors.root_activity.{key}"),
            written(&activity[key]),
        );
    }
    expected.insert(
        "collectors.NAME.enabled".to_owned(),
        written(&activity["enabled"]),
    );
    let page = read(PAGE);
    let keys = page
        .split_once("\n## Keys\n")
        .unwrap()
        .1
        .split_once("\n## ")
        .unwrap()
        .0;
    let rows = rows(keys);
    let collectors = example()["collectors"].as_object().unwrap().clone();
    let found: BTreeMap<String, String> = rows
        .iter()
        .filter(|(key, _)| !collectors.contains_key(*key))
        .map(|(key, cells)| ((*key).to_owned(), cells[0].to_owned()))
        .collect();
    assert_eq!(found, expected, "rows of {PAGE}");
    let of_collectors: BTreeMap<&str, [String; 3]> = rows
        .iter()
        .filter(|(key, _)| collectors.contains_key(*key))
        .map(|(key, cells)| (*key, [cells[1], cells[2], cells[3]].map(str::to_owned)))
        .collect();
    let expected: BTreeMap<&str, [String; 3]> = collectors
        .iter()
        .map(|(name, it)| {
            let regional = name.parse::<Collector>().unwrap().is_regional();
            let each = if regional {
                "account and region"
            } else {
                "account"
            };
            (
                &**name,
                [
                    each.to_owned(),
                    written(&it["interval"]),
                    written(&it["timeout"]),
                ],
            )
        })
        .collect();
    assert_eq!(of_collectors, expected, "rows of {PAGE}");
}

#[test]
fn every_flag_has_a_row() {
    let help = String::from_utf8(run(&["serve", "--help"]).stdout).unwrap();
    let flags: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.trim_start().split(' ').next())
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(flags.contains("--config.file"), "{help}");
    let page = read(PAGE);
    let rows = rows(&page);
    let found = rows.iter().map(|(flag, _)| *flag);
    let found: BTreeSet<&str> = found.filter(|flag| flag.starts_with("--")).collect();
    assert_eq!(found, flags);
}

/// Names in a text that begin as the exporter's metrics do. What goes on with a colon is a recorded series.
fn metric_names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c)));
    words.filter(|it| it.starts_with("aws_root_") && !it.contains("::"))
}

#[test]
fn pages_name_metrics_that_there_are() {
    let table = String::from_utf8(run(&["docs", "metrics"]).stdout).unwrap();
    let known: BTreeSet<&str> = rows(&table).iter().map(|(name, _)| *name).collect();
    assert!(known.contains("aws_root_mfa_enabled"), "{table}");
    let unknown = |text: &str| -> Vec<String> {
        let prefix = |name: &str| name.ends_with('_');
        metric_names(text)
            .filter(|it| !known.contains(it) && !prefix(it) && *it != "aws_root_exporter")
            .map(str::to_owned)
            .collect()
    };
    for page in pages() {
        assert_eq!(unknown(&read(&page)), [""; 0], "{page}");
    }
    assert_eq!(
        unknown("`aws_root_mfa_enabeld`, aws_root_*"),
        ["aws_root_mfa_enabeld"]
    );
}

/// The blocks of a page in a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks.map(|it| it.split("```").next().unwrap()).collect()
}

#[test]
fn examples_of_the_configuration_are_valid() {
    let sections: Vec<String> = example().as_object().unwrap().keys().cloned().collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut checked = 0;
    for page in pages() {
        let text = read(&page);
        let examples = blocks(&text, "yaml").into_iter().filter(|block| {
            let mut keys = block.lines().filter_map(|line| line.split_once(':'));
            keys.any(|(key, _)| sections.iter().any(|it| it == key))
        });
        for block in examples {
            let file = folder.join(format!("pages-{}.yaml", process::id()));
            fs::write(&file, block).unwrap();
            let checked_by = run(&["config", "check", "--config.file", file.to_str().unwrap()]);
            let error = String::from_utf8(checked_by.stderr).unwrap();
            assert_eq!(error, "", "{page}: {block}");
            assert_eq!(checked_by.status.code(), Some(0), "{page}: {block}");
            checked += 1;
        }
    }
    assert!(checked > 2, "{checked}");
}

#[test]
fn the_readme_is_short_and_has_the_two_commands() {
    let readme = read("README.md");
    assert!(readme.len() < 10_000, "{} bytes", readme.len());
    let commands = blocks(&readme, "sh").join("\n");
    for command in ["cargo run --locked -- demo", "tests/run.sh"] {
        let mut lines = commands.lines().map(|line| line.split('#').next().unwrap());
        assert!(
            lines.any(|line| line.trim().ends_with(command)),
            "{command}"
        );
    }
}
