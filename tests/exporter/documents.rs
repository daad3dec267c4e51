//! The program prints what the generated pages and policies hold. Declared IAM actions are the actions called.
use crate::harness::{Simulator, run};
use aws_root_exporter::{
    collect::{Batched, specs},
    discover,
    docs::Scope,
    program::DEMO_CONFIG,
};
use clap::ValueEnum;
use root_model::{
    checks::{CHECKS, runbook_url},
    collector::Collector,
    facts::sources,
    partition::Partition,
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};
use strum::VariantArray as _;

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

fn scopes() -> impl Iterator<Item = String> {
    let values = Scope::value_variants().iter();
    values.map(|scope| scope.to_possible_value().unwrap().get_name().to_owned())
}

/// The pages and policies hold what the library makes (`cargo xtask generate --check`); the program prints the same.
#[test]
fn the_program_prints_what_the_pages_and_policies_hold() {
    let in_page = |page: &str, text: &str| {
        assert!(
            read(page).contains(text),
            "{page} is out of date: run `cargo xtask generate`"
        );
    };
    in_page("docs/metrics.md", &printed(&["docs", "metrics"]));
    in_page("docs/checks.md", &printed(&["docs", "checks"]));
    in_page("docs/configuration.md", &printed(&["config", "example"]));
    for scope in scopes() {
        let policy = printed(&["docs", "iam-policy", "--scope", &scope]);
        in_page("docs/permissions.md", &policy);
        assert_eq!(read(&format!("deploy/aws/policies/{scope}.json")), policy);
    }
}

#[test]
fn there_is_one_policy_for_each_scope() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/aws/policies");
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let expected = scopes().map(|scope| format!("{scope}.json"));
    assert_eq!(names.collect::<BTreeSet<_>>(), expected.collect());
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

/// In each partition each scope's policy is that of `aws` with the partition in its ARNs. AWS's limit for a policy holds, and
/// the simulator's parser, which refuses what it does not know, takes it.
#[test]
fn policies_for_every_partition() {
    const MAX_POLICY: usize = 6144;
    let simulator = Simulator::start();
    let mut refused = Vec::new();
    for partition in Partition::VARIANTS.iter().map(|it| it.as_str()) {
        for scope in scopes() {
            let arguments = [
                "docs",
                "iam-policy",
                "--scope",
                &scope,
                "--partition",
                partition,
            ];
            let answer = run(&arguments);
            if answer.status.code() == Some(2) {
                let why = String::from_utf8(answer.stderr).unwrap();
                assert!(why.contains("no root user"), "{why}");
                refused.push((partition, scope));
                continue;
            }
            let text = String::from_utf8(answer.stdout).unwrap();
            let policy: Value = serde_json::from_str(&text).unwrap();
            simulator.allow(&policy);
            let size = text.chars().filter(|c| !c.is_whitespace()).count();
            assert!(size <= MAX_POLICY, "{scope}: {size}");
            let ours = format!("\"arn:{partition}:");
            assert_eq!(text.matches("\"arn:").count(), text.matches(&ours).count());
            let usual = printed(&["docs", "iam-policy", "--scope", &scope]);
            assert_eq!(text.replace(&ours, "\"arn:aws:"), usual, "{partition}");
            for statement in policy["Statement"].as_array().unwrap() {
                let resource = statement["Resource"].as_str().unwrap();
                assert!(
                    resource == "*" || resource.starts_with(&ours[1..]),
                    "{resource}"
                );
                assert_eq!(statement["Effect"], "Allow");
            }
        }
    }
    assert_eq!(refused, [("aws-cn", "assume-root".to_owned())]);
    let page = read("docs/permissions.md");
    for partition in Partition::VARIANTS {
        assert!(page.contains(&format!("`{partition}`")), "{partition}");
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

/// A collector declares the calls that its files make, and no other but those of another collector that it runs. That it
/// needs each is shown by taking it away.
#[test]
fn declared_calls_are_the_calls_made() {
    for collector in specs() {
        let name = collector.collector.as_str();
        let central = collector.batched.iter().flat_map(Batched::actions);
        let declared: BTreeSet<&str> = collector.actions().chain(central).collect();
        let (mut defined, mut made) = (BTreeSet::new(), BTreeSet::new());
        for text in files_of(name) {
            defined.extend(named(&text));
            made.extend(made_in(&text));
        }
        let defined: BTreeSet<&str> = defined.iter().map(String::as_str).collect();
        let made: BTreeSet<&str> = made.iter().map(String::as_str).collect();
        assert_eq!(defined, made, "{name} makes each call that it defines");
        let imported: Vec<_> = declared.difference(&made).copied().collect();
        let expected: &[&str] = match name {
            "mfa_devices" => &["iam:GetAccountSummary"],
            _ => &[],
        };
        assert_eq!(imported, expected, "{name} declares what it does not call");
        let undeclared: Vec<_> = made.difference(&declared).collect();
        assert!(
            undeclared.is_empty(),
            "the SPEC of {name} does not declare {undeclared:?}"
        );
        let own = sources::ALL
            .iter()
            .filter(|it| it.collector == collector.collector);
        for source in own {
            let call = source.call;
            // The session in which the others are made.
            let calls = declared.contains(call) || call == "sts:AssumeRoot";
            assert!(calls, "sources.rs: {name} does not call {call}");
        }
    }
    let probing = named(&read("src/discover/probe.rs"));
    assert!(probing.iter().eq(discover::ACTIONS));
    for action in named(&read("src/discover/accounts.rs")) {
        let declared = discover::ORGANIZATION_ACTIONS;
        assert!(declared.contains(&&*action), "{action}");
    }
}

/// The actions that a policy allows.
fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let allowing = statements.filter(|it| it["Effect"] == "Allow");
    let actions = allowing.flat_map(|it| match &it["Action"] {
        Value::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    });
    actions.map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// The actions of a scope's policy.
pub(crate) fn documented_actions(scope: &str) -> BTreeSet<String> {
    let policy = read(&format!("deploy/aws/policies/{scope}.json"));
    allowed(&serde_json::from_str(&policy).unwrap())
}

/// Each collector works in the demo, with the policies that the program prints, and often.
#[test]
fn the_demo_is_complete() {
    let demo: Value = serde_saphyr::from_str(&read("crates/aws-simulator/src/demo.yaml")).unwrap();
    let accounts = &demo["accounts"];
    let own = accounts["111122223333"]["principals"].as_object().unwrap();
    let own = &own.values().next().unwrap()["policy"];
    let member = &accounts["222233334444"]["roles"]["root-exporter"]["policy"];
    for (scope, granted) in [("management", own), ("member", member)] {
        let documented = documented_actions(scope);
        assert_eq!(allowed(granted), documented, "demo.yaml, scope {scope}");
    }
    for collector in Collector::configurable().filter(|it| !it.assumes_root()) {
        let configured = DEMO_CONFIG.contains(&format!("\n  {collector}: "));
        assert!(configured, "DEMO_CONFIG has no interval of {collector}");
    }
}

/// What happens where its calls are denied, throttled or slow is tried for each collector.
#[test]
fn each_collector_has_trials() {
    let words = |c: char| !(c.is_alphanumeric() || c == '_');
    // Root credentials are read in an organization only.
    let trials = [include_str!("unknown.rs"), include_str!("organization.rs")].concat();
    let trials: BTreeSet<&str> = trials.split(words).collect();
    for collector in Collector::configurable() {
        let tried = trials.contains(collector.as_str());
        assert!(
            tried,
            "tests/exporter/unknown.rs has no trial of {collector}"
        );
    }
}

/// The actions of the calls that a source text defines and makes: each by the name of its constant.
fn made_in(text: &str) -> BTreeSet<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let definitions = text.split("const ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once(": Call = Call::new(\"")?;
        Some((name, rest.split('"').next()?))
    });
    let calls = |name: &str| {
        let makes = |rest: &str| rest.trim_start().starts_with(&format!("{name},"));
        text.split(".call(").skip(1).any(makes)
    };
    let made = definitions.filter(|(name, _)| calls(name));
    made.map(|(_, action)| action.to_owned()).collect()
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
