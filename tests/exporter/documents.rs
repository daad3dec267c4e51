//! Generated pages and policies equal what the code makes of its catalogues now.
use crate::harness::run;
use aws_root_exporter::{
    collect::specs,
    discover,
    docs::{self, Scope},
};
use clap::ValueEnum;
use root_model::checks::{CHECKS, runbook_url};
use std::{collections::BTreeSet, env, fs, path::Path};

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

/// The block called `name` of a page equals `expected`. `UPDATE_README=1` writes it instead.
pub(crate) fn hold_block(page: &str, name: &str, expected: &str) {
    let text = read(page);
    let (begin, end) = (
        format!("<!-- generated: {name} -->\n"),
        "<!-- /generated -->",
    );
    let parts = text.split_once(&begin).and_then(|(before, rest)| {
        let (block, after) = rest.split_once(end)?;
        Some((before, block, after))
    });
    let (before, block, after) = parts.unwrap_or_else(|| panic!("{page} lacks {begin}"));
    if env::var_os("UPDATE_README").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        fs::write(path, [before, &begin, expected, end, after].concat()).unwrap();
    } else {
        assert_eq!(
            block, expected,
            "{page}, {name} is out of date: run this test with UPDATE_README=1"
        );
    }
}

fn scopes() -> impl Iterator<Item = String> {
    let values = Scope::value_variants().iter();
    values.map(|scope| scope.to_possible_value().unwrap().get_name().to_owned())
}

#[test]
fn the_pages_have_what_the_program_prints() {
    hold_block("docs/metrics.md", "metrics", &printed(&["docs", "metrics"]));
    hold_block("docs/checks.md", "checks", &printed(&["docs", "checks"]));
    let example = printed(&["config", "example"]);
    let example = format!("```yaml\n{example}```\n");
    hold_block("docs/configuration.md", "configuration", &example);
    for scope in scopes() {
        let policy = printed(&["docs", "iam-policy", "--scope", &scope]);
        let block = format!("```json\n{policy}```\n");
        hold_block("docs/permissions.md", &format!("policy-{scope}"), &block);
    }
}

/// `UPDATE_POLICIES=1` writes them instead; review the difference before you commit it.
#[test]
fn the_policies_for_deployments_are_those_that_the_program_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/aws/policies");
    let mut expected = BTreeSet::new();
    for name in scopes() {
        let printed = printed(&["docs", "iam-policy", "--scope", &name]);
        let file = format!("{name}.json");
        if env::var_os("UPDATE_POLICIES").is_some() {
            fs::write(folder.join(&file), &printed).unwrap();
        }
        let path = format!("deploy/aws/policies/{file}");
        assert_eq!(read(&path), printed, "see the head of this test");
        expected.insert(file);
    }
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.collect::<BTreeSet<_>>(), expected);
}

/// ARNs name the requested partition and role.
#[test]
fn policies_for_other_partitions_and_roles() {
    let other = ["--partition", "aws-us-gov", "--role", "audit/root"];
    for (scope, arns) in [
        ("account", vec![]),
        ("list", vec!["arn:aws-us-gov:iam::*:role/audit/root"]),
        ("management", vec!["arn:aws-us-gov:iam::*:role/audit/root"]),
        (
            "assume-root",
            vec![
                "arn:aws-us-gov:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
                "arn:aws-us-gov:iam::*:root",
            ],
        ),
    ] {
        let text = printed(&[&["docs", "iam-policy", "--scope", scope], &other[..]].concat());
        let found = text.split('"').filter(|text| text.starts_with("arn:"));
        assert_eq!(found.collect::<Vec<_>>(), arns, "{scope}");
    }
    let template = "arn:{partition}:iam::{account_id}:role/r";
    let text = printed(&["docs", "iam-policy", "--scope=list", "--role", template]);
    assert!(text.contains("arn:aws:iam::*:role/r\""), "{text}");
    for wrong in [["--partition", "aws-moon"], ["--role", "a role"]] {
        let arguments = [&["docs", "iam-policy"], &wrong[..]].concat();
        assert_eq!(run(&arguments).status.code(), Some(2), "{wrong:?}");
    }
}

/// `UPDATE_README=1` writes it instead.
#[test]
fn the_page_on_checks_is_made_from_them() {
    const PAGE: &str = "docs/checks.md";
    let page = docs::checks_page();
    if env::var_os("UPDATE_README").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), page).unwrap();
    } else {
        assert_eq!(
            read(PAGE),
            page,
            "it is out of date: see the head of this test"
        );
    }
}

#[test]
fn a_check_names_a_runbook_and_collectors_that_there_are() {
    for check in CHECKS {
        let page = format!("docs/runbooks/{}.md", check.runbook);
        assert!(runbook_url(check.runbook).ends_with(&page), "{}", check.id);
        assert!(read(&page).starts_with(&format!("# {}\n", check.runbook)));
        assert!(!check.needs.is_empty(), "{}", check.id);
    }
}

/// A collector declares what it calls: its files name no other action. That it needs each is shown by taking it away.
#[test]
fn declared_actions_are_the_actions_called() {
    for collector in specs() {
        let central = collector.batched.iter().flat_map(|batched| batched.actions);
        let declared: BTreeSet<&str> = collector.actions.iter().chain(central).copied().collect();
        let mut called = BTreeSet::new();
        for text in files_of(collector.collector.as_str()) {
            called.extend(named(&text));
        }
        let called: BTreeSet<&str> = called.iter().map(String::as_str).collect();
        assert_eq!(called, declared, "{}", collector.collector.as_str());
    }
    let entering = named(&read("src/discover/entry.rs"));
    assert!(entering.iter().eq(discover::ACTIONS));
    for action in named(&read("src/discover/roster.rs")) {
        let declared = discover::ORGANIZATION_ACTIONS;
        assert!(declared.contains(&&*action), "{action}");
    }
}

/// The text of a collector's file, or of each file in its folder.
fn files_of(collector: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/collect");
    match fs::read_dir(folder.join(collector)) {
        Ok(files) => files
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect(),
        Err(_) => vec![read(&format!("src/collect/{collector}.rs"))],
    }
}

/// The IAM actions that a source text names, of the services that are not STS.
fn named(text: &str) -> BTreeSet<String> {
    let services = [
        "account:",
        "cloudtrail:",
        "guardduty:",
        "iam:",
        "organizations:",
    ];
    let literals = text.split('"').skip(1).step_by(2);
    let actions = literals.filter(|text| services.iter().any(|name| text.starts_with(name)));
    actions.map(str::to_owned).collect()
}
