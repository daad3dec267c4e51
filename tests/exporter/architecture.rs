//! Who may use whom. Data flows one way, and only few parts touch AWS, the clock or the world outside.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each part with the parts that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("observation", &["checks", "facts"]),
    // Observation: for what its tests know.
    ("checks", &["clock", "facts", "observation"]),
    ("facts", &["clock", "observation"]),
    (
        "metrics",
        &["clock", "facts", "observation", "samples", "snapshot"],
    ),
    ("samples", &["clock", "metrics"]),
    ("state", &["facts", "observation"]),
    (
        "posture",
        &["checks", "facts", "observation", "snapshot", "state"],
    ),
    ("document", &[]),
    (
        "snapshot",
        &[
            "checks",
            "facts",
            "metrics",
            "observation",
            "posture",
            "samples",
            "state",
        ],
    ),
    (
        "publish",
        &["clock", "document", "observation", "snapshot", "state"],
    ),
    (
        "web",
        &["config", "document", "metrics", "posture", "publish"],
    ),
    ("aws", &["clock", "metrics", "observation"]),
    ("collect", &["aws", "clock", "facts", "observation"]),
    ("schedule", &["aws", "clock", "collect", "observation"]),
    ("config", &["aws", "checks", "collect", "facts", "schedule"]),
    (
        "discover",
        &[
            "aws",
            "clock",
            "collect",
            "config",
            "facts",
            "observation",
            "schedule",
        ],
    ),
    (
        "docs",
        &["checks", "collect", "config", "discover", "metrics"],
    ),
    ("logging", &[]),
    ("core_dump", &[]),
    (
        "program",
        &[
            "aws",
            "clock",
            "config",
            "discover",
            "observation",
            "publish",
            "schedule",
            "web",
        ],
    ),
    (
        "cli",
        &["config", "core_dump", "docs", "logging", "program", "web"],
    ),
    ("main", &[]),
    ("lib", &[]),
];

/// Words that only some parts may have.
const ONLY: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["aws", "collect", "discover"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_smithy_", &["aws", "collect"]),
    ("axum", &["web"]),
    ("SystemTime::now", &["clock"]),
    ("now_utc", &[]),
    (
        "tokio",
        &[
            "aws", "cli", "collect", "discover", "document", "program", "publish", "schedule",
            "web",
        ],
    ),
    ("std::fs", &["cli", "config", "web"]),
    // The independent witness: only the wiring starts it.
    ("aws_simulator", &["cli", "program"]),
    ("std::env", &[]),
    ("process::exit", &["program"]),
    ("maud", &["web"]),
    // It would write markup as it is.
    ("PreEscaped", &[]),
    ("Gauge::", &["samples"]),
    ("GaugeVec", &[]),
    ("cfg(not(test", &[]),
    ("unsafe", &[]),
];

/// Adds every Rust file under a directory.
fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file: the part that it belongs to, its path, and its text without tests and comments.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    let part = |path: &Path| {
        let first = path
            .strip_prefix(&root)
            .unwrap()
            .components()
            .next()
            .unwrap();
        first
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned()
    };
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            (
                part(&path),
                path.clone(),
                lines.collect::<Vec<_>>().join("\n"),
            )
        })
        .collect()
}

/// The crate's own parts that a text names: `crate::a::…` and `crate::{a::…, b}`.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut parts = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            parts.insert(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0, true);
        for (at, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    parts.insert(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    parts
}

#[test]
fn parts_use_only_what_they_may() {
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(part, _)| *part).collect();
    let mut needed = BTreeSet::new();
    for (part, path, text) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else {
            panic!("{part} is not in the list: {}", path.display());
        };
        let others = used(&text).into_iter().filter(|other| *other != part);
        for other in others {
            assert!(
                known.contains(other.as_str()),
                "{}: crate::{other} is no part",
                path.display()
            );
            assert!(
                allowed.contains(&other.as_str()),
                "{} must not use {other}",
                path.display()
            );
            needed.insert((part.clone(), other));
        }
    }
    for (part, allowed) in MAY_USE {
        for other in *allowed {
            assert!(
                needed.contains(&((*part).to_owned(), (*other).to_owned())),
                "{part} no longer uses {other}: take it out of the list"
            );
        }
    }
}

#[test]
fn some_words_belong_to_some_parts() {
    let sources = sources();
    for (word, allowed) in ONLY {
        for (part, path, text) in &sources {
            assert!(
                !text.contains(word) || allowed.contains(&part.as_str()),
                "{} must not name {word}",
                path.display()
            );
        }
        for part in *allowed {
            let named = sources
                .iter()
                .any(|(name, _, text)| name == part && text.contains(word));
            assert!(
                named,
                "{part} no longer names {word}: take it out of the list"
            );
        }
    }
}

#[test]
fn files_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for directory in ["src", "crates"] {
        walk(&root.join(directory), &mut paths);
    }
    for path in paths {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines <= 400,
            "{} has {lines} lines: split it",
            path.display()
        );
    }
}
