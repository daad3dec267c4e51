//! The order between the modules of a package, and what else Cargo cannot say. The order between packages is Cargo's: see
//! their manifests.
use root_model::checks::CHECKS;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The modules of each package: each may use those before it.
const ORDER: [(&str, &[&str]); 2] = [
    (
        "crates/root-model/src",
        &[
            "compact_map",
            "duration",
            "id",
            "names",
            "time",
            "collector",
            "failure",
            "missing",
            "partition",
            "severity",
            "target",
            "facts",
            "checks",
            "observation",
            "state",
            "view",
            "metrics",
            "posture",
            "snapshot",
            "lib",
        ],
    ),
    (
        "src",
        &[
            "cached_body",
            "limits",
            "clock",
            "config",
            "core_dump",
            "environment",
            "logging",
            "metrics_text",
            "panics",
            "aws",
            "collect",
            "schedule",
            "discover",
            "docs",
            "publish",
            "web",
            "program",
            "cli",
            "lib",
            "main",
        ],
    ),
];

/// Words that only some modules may contain, in code and tests.
const ONLY: &[(&str, &[&str])] = &[
    ("aws_sdk_", &["aws", "collect", "discover"]),
    ("aws_config", &["aws"]),
    ("aws_runtime", &["aws"]),
    ("aws_types", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_smithy_", &["aws", "collect"]),
    ("aws_simulator", &["cli", "logging", "program"]),
    ("SystemTime::now", &["clock"]),
    ("std::fs", &["cli", "config"]),
    ("std::env", &["environment"]),
    ("process::exit", &["program"]),
    ("maud", &["web"]),
    // It writes markup unescaped.
    ("PreEscaped", &[]),
    // Samples are rebuilt from facts; no gauge is ever set.
    ("GaugeVec", &[]),
    ("IntGauge", &[]),
    ("cfg(not(test", &[]),
    ("allow(clippy::all", &[]),
];

/// A source file of a package.
struct Source {
    package: &'static str,
    /// The name of its top-level module.
    module: String,
    path: PathBuf,
    /// Its whole text, without comments.
    text: String,
}

fn sources() -> Vec<Source> {
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
    let mut sources = Vec::new();
    for (package, _) in ORDER {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
        let mut paths = Vec::new();
        walk(&root, &mut paths);
        for path in paths {
            let first = path.strip_prefix(&root).unwrap().iter().next().unwrap();
            let module = first.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            sources.push(Source {
                package,
                module,
                text: code.collect::<Vec<_>>().join("\n"),
                path,
            });
        }
    }
    sources
}

/// The top-level modules of its own package that a text names: `crate::a::…` and `crate::{a::…, b}`.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut modules = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            modules.insert(word(rest));
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
                    modules.insert(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    modules
}

#[test]
fn modules_use_only_those_before_them() {
    for source in sources() {
        let (_, order) = ORDER.iter().find(|it| it.0 == source.package).unwrap();
        let place = |module: &str| order.iter().position(|it| *it == module);
        let path = source.path.display();
        let own = place(&source.module)
            .unwrap_or_else(|| panic!("{path}: {} is not in the order", source.module));
        for other in used(&source.text) {
            let used =
                place(&other).unwrap_or_else(|| panic!("{path}: crate::{other} is no module"));
            assert!(
                used <= own,
                "{path} must not use {other}, which comes after it"
            );
        }
    }
}

#[test]
fn each_module_of_the_order_exists() {
    let sources = sources();
    for (package, order) in ORDER {
        for module in order {
            let exists = |it: &Source| it.package == package && it.module == *module;
            assert!(sources.iter().any(exists), "{package}: no module {module}");
        }
    }
}

#[test]
fn some_words_belong_to_some_modules() {
    let sources = sources();
    for (word, allowed) in ONLY {
        let naming = sources.iter().filter(|source| source.text.contains(word));
        let mut named = BTreeSet::new();
        for source in naming {
            let module = source.module.as_str();
            assert!(
                allowed.contains(&module),
                "{} must not contain {word}",
                source.path.display()
            );
            named.insert(module);
        }
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(named, allowed, "modules that contain {word}");
    }
}

#[test]
fn files_stay_short_and_say_what_they_are() {
    for source in sources() {
        let text = fs::read_to_string(&source.path).unwrap();
        let (path, lines) = (source.path.display(), text.lines().count());
        assert!(lines <= 400, "{path} has {lines} lines: split it");
        assert!(text.starts_with("//! "), "{path} does not begin with //!");
    }
}

/// A file that no `mod` names is not compiled, and nobody would notice.
#[test]
fn every_file_is_a_module() {
    let sources = sources();
    for source in &sources {
        let (path, name) = (&source.path, source.path.file_stem().unwrap());
        let (name, folder) = (name.to_str().unwrap(), path.parent().unwrap());
        let (name, folder) = match name {
            "lib" | "main" => continue,
            "mod" => (
                folder.file_name().unwrap().to_str().unwrap(),
                folder.parent().unwrap(),
            ),
            name => (name, folder),
        };
        let parents = ["lib.rs", "main.rs", "mod.rs"].map(|parent| folder.join(parent));
        let declares = |it: &Source| {
            let beside = it.path == folder.with_extension("rs");
            (parents.contains(&it.path) || beside) && it.text.contains(&format!("mod {name};"))
        };
        assert!(
            sources.iter().any(declares),
            "no `mod {name};` for {}",
            path.display()
        );
    }
}

/// Each check tests all its verdicts.
#[test]
fn every_check_tests_its_verdicts() {
    let checks = sources();
    let checks = checks
        .iter()
        .filter(|it| it.text.contains("const CHECK: Check"));
    let mut count = 0;
    for check in checks {
        count += 1;
        let (declaration, tests) = check
            .text
            .split_once("mod tests")
            .unwrap_or((&check.text, ""));
        let always_applies = declaration.contains("not_applicable_when: \"\"");
        let verdicts = ["pass", "fail", "unknown", "not applicable"];
        let expected = &verdicts[..if always_applies { 3 } else { 4 }];
        for verdict in expected {
            let path = check.path.display();
            assert!(
                tests.contains(&format!("\"{verdict}\"")),
                "{path} has no test in which it is {verdict}"
            );
        }
    }
    assert_eq!(
        count,
        CHECKS.len(),
        "files with a check, and entries of CHECKS"
    );
}
