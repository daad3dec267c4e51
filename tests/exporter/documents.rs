//! What is written down is made from the code, and up to date.
use crate::harness::run;
use aws_root_exporter::{collect::COLLECTORS, discover};
use std::{collections::BTreeSet, fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

#[test]
fn the_readme_has_the_metrics_and_the_policy_that_the_program_prints() {
    let readme = read("README.md");
    for (name, what) in [
        ("metrics", "docs metrics"),
        ("iam-policy", "docs iam-policy"),
    ] {
        let arguments: Vec<&str> = what.split(' ').collect();
        let printed = printed(&arguments);
        let (begin, end) = (
            format!("<!-- {name}: begin -->\n"),
            format!("<!-- {name}: end -->"),
        );
        let block = readme
            .split(&begin)
            .nth(1)
            .and_then(|rest| rest.split(&end).next());
        let block = block.unwrap_or_else(|| panic!("README.md lacks {begin}"));
        let block = block
            .trim_start_matches("```json\n")
            .trim_end_matches("```\n");
        assert_eq!(
            block, printed,
            "README.md is out of date: put what `aws-root-exporter {what}` prints there"
        );
    }
}

#[test]
fn the_policy_for_deployments_is_the_one_that_the_program_prints() {
    assert_eq!(
        read("deploy/aws/policy.json"),
        printed(&["docs", "iam-policy"])
    );
}

/// A collector declares what it calls: its file names no other action. That it needs each is shown by taking it away.
#[test]
fn declared_actions_are_the_actions_called() {
    let declared = COLLECTORS.iter().map(|collector| {
        (
            format!("src/collect/{}.rs", collector.name),
            collector.actions,
        )
    });
    for (path, actions) in declared.chain([("src/discover/entry.rs".to_owned(), discover::ACTIONS)])
    {
        let text = read(&path);
        let literals = text.split('"').skip(1).step_by(2);
        let services = [
            "account:",
            "cloudtrail:",
            "guardduty:",
            "iam:",
            "organizations:",
        ];
        let named: BTreeSet<&str> = literals
            .filter(|text| services.iter().any(|service| text.starts_with(service)))
            .collect();
        let declared: BTreeSet<&str> = actions.iter().copied().collect();
        assert_eq!(named, declared, "{path}");
    }
}
