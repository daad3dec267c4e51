//! `docs/security.md` lists every permission with its collectors, and tests that exist. No link of any page is dead.
use crate::documents::{documented_actions, read};
use aws_root_exporter::{
    collect::{Batched, CollectorSpec, specs},
    discover,
    docs::Scope,
};
use clap::ValueEnum;
use root_model::collector::Collector;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const PAGE: &str = "docs/security.md";

/// Who asks for an action.
fn asking(action: &str) -> BTreeSet<String> {
    let root = specs().filter(|it| it.collector.assumes_root());
    let own = specs().filter(|it| {
        let central = it.batched.iter().flat_map(Batched::actions);
        it.actions().chain(central).any(|it| it == action)
    });
    let discovery = discover::ACTIONS
        .iter()
        .chain(discover::ORGANIZATION_ACTIONS)
        .any(|it| *it == action);
    let names: Vec<&str> = match action {
        "sts:AssumeRoot" => root.map(|it| it.collector.as_str()).collect(),
        "sts:AssumeRole" => vec![Collector::Discovery.as_str()],
        _ => own
            .map(|it| it.collector.as_str())
            .chain(discovery.then_some(Collector::Discovery.as_str()))
            .collect(),
    };
    names.into_iter().map(str::to_owned).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows about actions: heading, action, who asks for it.
fn rows(page: &str) -> Vec<(&str, &str, BTreeSet<String>)> {
    let mut heading = "";
    let mut rows = Vec::new();
    for line in page.lines() {
        heading = line.strip_prefix("### ").unwrap_or(heading);
        let cells: Vec<&str> = line.split(" | ").collect();
        let action = cells[0]
            .strip_prefix("| `")
            .and_then(|it| it.strip_suffix('`'));
        if let Some(action) = action.filter(|it| it.contains(':') && !it.contains("::")) {
            assert_eq!(cells.len(), 4, "{line}");
            assert!(cells[2..].iter().all(|it| it.len() > 5), "{line}");
            rows.push((
                heading,
                action,
                quoted(cells[1]).map(str::to_owned).collect(),
            ));
        }
    }
    rows
}

#[test]
fn every_permission_is_explained_once() {
    let scopes = Scope::value_variants().iter();
    let scopes =
        scopes.map(|scope| documented_actions(scope.to_possible_value().unwrap().get_name()));
    let all: BTreeSet<String> = scopes.flatten().collect();
    let entering = |action: &String| action.starts_with("sts:");
    let (member, members) = (
        documented_actions("member"),
        documented_actions("guardduty-administrator"),
    );
    let organization = all.difference(&member).filter(|it| !members.contains(*it));
    let session = specs().filter(|it| it.collector.assumes_root());
    let session = session.flat_map(CollectorSpec::actions).map(str::to_owned);
    let expected = BTreeMap::from([
        (
            "In the account that knows the organization",
            organization.filter(|it| !entering(it)).cloned().collect(),
        ),
        (
            "To assume roles in other accounts",
            all.iter().filter(|it| entering(it)).cloned().collect(),
        ),
        ("In every monitored account", member),
        ("In GuardDuty's administrator", members),
        ("Within a session of `sts:AssumeRoot`", session.collect()),
    ]);
    let page = read(PAGE);
    let rows = rows(&page);
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (heading, action, by) in &rows {
        let first = found
            .entry(heading)
            .or_default()
            .insert((*action).to_owned());
        assert!(first, "{action} is there twice");
        assert_eq!(*by, asking(action), "{action}");
    }
    assert_eq!(found, expected);
}

/// Whether there is a test of that name, as cargo calls it: an HTTP test, or a unit test of any package.
fn is_test(name: &str) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else {
        return false;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(module) = module.strip_suffix("::tests") else {
        let file = root.join(format!("tests/exporter/{module}.rs"));
        return declares(&file, function);
    };
    let packages = fs::read_dir(root.join("crates")).into_iter().flatten();
    let packages = packages.map(|it| it.unwrap().path());
    let file = format!("src/{}.rs", module.replace("::", "/"));
    [root.to_path_buf()]
        .into_iter()
        .chain(packages)
        .any(|package| declares(&package.join(&file), function))
}

/// Whether a file declares a test function of that name.
fn declares(file: &Path, function: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| {
        let declared = pair[1].trim_start_matches("async ").strip_prefix("fn ");
        let named = declared.and_then(|it| it.strip_suffix("() {")) == Some(function);
        named && ["#[test]", "#[tokio::test]"].contains(&pair[0])
    })
}

#[test]
fn the_tests_that_it_names_are_there() {
    let page = read(PAGE);
    let names: BTreeSet<&str> = quoted(&page).filter(|it| it.contains("::")).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(is_test(name), "{name}");
    }
    assert!(!is_test("web_limits::started") && !is_test("password::tests::users"));
    // Each defence has one.
    let defences = page.split("\n## What defends it\n").nth(1).unwrap();
    let defences = defences.split("\n## ").next().unwrap();
    for row in defences
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
    {
        let shown = row.rsplit(" | ").next().unwrap();
        assert!(quoted(shown).any(is_test), "{row}");
    }
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Where a page's links lead that lead nowhere.
fn dead(path: &str, text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(path).parent().unwrap();
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split(')').next());
    let leads = |target: &&str| {
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let linked = if file.is_empty() {
            root.join(path)
        } else {
            root.join(folder).join(file)
        };
        let has = |text: String| {
            text.lines()
                .any(|it| it.starts_with('#') && anchor(it) == heading)
        };
        linked.exists() && (heading.is_empty() || fs::read_to_string(linked).is_ok_and(has))
    };
    targets
        .filter(|it| !it.starts_with("https://") && !leads(it))
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<String> = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "deploy/helm/aws-root-exporter/README.md",
    ]
    .map(str::to_owned)
    .into();
    for folder in ["docs", "docs/runbooks", "deploy/aws"] {
        let files = fs::read_dir(root.join(folder)).unwrap();
        let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        let written = names.filter(|it| Path::new(it).extension().is_some_and(|it| it == "md"));
        pages.extend(written.map(|it| format!("{folder}/{it}")));
    }
    assert!(pages.len() > 40, "{pages:?}");
    for page in pages {
        assert_eq!(dead(&page, &read(&page)), [""; 0], "{page}");
    }
    let planted = "[a](../SECURITY.md#report-a-vulnerability) [b](../SECURITI.md) [c](#none) [d](security.md#in-short)";
    let found = ["../SECURITI.md", "#none", "security.md#in-short"];
    assert_eq!(dead(PAGE, planted), found);
}
