//! Every principal of an organization with exactly the policies of `deploy/aws`: they suffice, and nothing in them is idle.
use crate::{
    accounts::{MEMBERS, of, organization, watching},
    harness::{ACCESS_KEY, ACCOUNT, Exporter, Scrape, Simulator, label, policy_for},
    permissions::rounds,
};
use aws_root_exporter::{
    collect::{Batched, Delegate, specs},
    discover,
    docs::delegate_actions,
};
use root_model::collector::Collector;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ORGANIZATION: &str = "o-exampleorgid";
const EXTERNAL_ID: &str = "secret-handshake";

pub(crate) fn entering(accounts: &str) -> String {
    watching(&format!("{accounts}, external_id: {EXTERNAL_ID}"))
}

/// A role as the templates make it: for the exporter's own principal alone.
fn role(own: &str, scopes: &str) -> Value {
    json!({ "root-exporter": {
        "trusted": [format!("arn:aws:iam::{own}:user/exporter")],
        "external_id": EXTERNAL_ID,
        "organization": ORGANIZATION,
        "policy": policy_for(scopes),
    } })
}

/// An organization with a policy that has to be looked for in its tree, in which the exporter runs in one account and enters
/// the others.
pub(crate) fn with(own: &str, scopes: &str, services: &[&str]) -> Simulator {
    let simulator = organization();
    let deny = json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } });
    let mut world = json!({
        "organization": {
            "features": ["RootCredentialsManagement"],
            "units": { "ou-exam-workloads": { "name": "Workloads" } },
            "policies": { "p-denyroot01": { "name": "Deny", "targets": ["ou-exam-workloads"], "content": deny } },
            "delegated_administrators": { MEMBERS[0]: services },
        },
        "accounts": {},
    });
    for account in [&[ACCOUNT][..], &MEMBERS].concat() {
        let principal =
            json!({ "secret": "not-a-secret", "name": "exporter", "policy": policy_for(scopes) });
        // Selectors and findings are asked for only where there are some.
        let selectors = json!([{ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [] }]);
        let trails = json!({ "main": { "event_selectors": selectors } });
        let finding = json!({ "type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "user_type": "Root", "created": "-3d" });
        let detectors = json!({ "us-east-1": { "findings": { "root": finding } } });
        let entered = match account {
            ACCOUNT => "account",
            first if first == MEMBERS[0] && services.contains(&"guardduty.amazonaws.com") => {
                "member+guardduty-administrator"
            }
            _ => "member",
        };
        world["accounts"][account] = if account == own {
            json!({ "principals": { ACCESS_KEY: principal }, "roles": null, "trails": trails, "detectors": detectors })
        } else {
            json!({ "principals": { ACCESS_KEY: null }, "roles": role(own, entered), "trails": trails, "detectors": detectors })
        };
    }
    simulator.patch(&world);
    simulator
}

/// That everything succeeds, everywhere, without a call that is refused.
fn suffices(simulator: &Simulator, config: &str) -> Scrape {
    let exporter = Exporter::start(simulator, config);
    let scrape = exporter.wait_until_all_succeed();
    for call in simulator.take_calls() {
        let denied = call["result"].as_str().unwrap().contains("Denied");
        assert!(!denied, "{call}");
    }
    let errors = scrape.family("aws_root_collector_errors_total");
    assert_eq!(errors.filter(|(_, count)| *count > 0.0).count(), 0);
    scrape
}

#[test]
fn from_the_management_account() {
    let config = entering("mode: organization");
    suffices(&with(ACCOUNT, "management", &[]), &config);
    let simulator = with(ACCOUNT, "management", &["guardduty.amazonaws.com"]);
    suffices(&simulator, &config);
    let simulator = with(ACCOUNT, "management+assume-root", &[]);
    let config = entering("mode: organization, assume_root: true");
    let scrape = suffices(&simulator, &config);
    let passkeys = of(MEMBERS[0], &[("kind", "passkey")]);
    assert_eq!(scrape.value("aws_root_mfa_devices", &passkeys), Some(0.0));
}

#[test]
fn from_a_delegated_administrator() {
    let (some, guardduty, iam) = (
        "config.amazonaws.com",
        "guardduty.amazonaws.com",
        "iam.amazonaws.com",
    );
    let simulator = with(MEMBERS[0], "delegated-administrator", &[some]);
    let config = entering("mode: organization");
    let scrape = suffices(&simulator, &config);
    // What only the management account can tell.
    assert!(
        scrape.has("aws_root_organization_root_access_feature_enabled"),
        "{scrape:?}"
    );
    let all = "delegated-administrator+guardduty-administrator+assume-root";
    let simulator = with(MEMBERS[0], all, &[guardduty, iam]);
    suffices(
        &simulator,
        &entering("mode: organization, assume_root: true"),
    );
}

#[test]
fn from_a_list() {
    let simulator = with(ACCOUNT, "account+list", &[]);
    let roles = |account: &str| json!({ account: { "roles": role(ACCOUNT, "account") } });
    simulator.patch(&json!({ "accounts": roles(MEMBERS[0]) }));
    let list = format!("mode: list, ids: ['{ACCOUNT}', '{}']", MEMBERS[0]);
    suffices(&simulator, &entering(&list));
}

/// The role lets in nobody but the exporter, in its organization, with the external id.
#[test]
fn strangers_are_kept_out() {
    let entered = |change: Value| {
        let simulator = with(ACCOUNT, "management", &[]);
        let roles = json!({ "roles": { "root-exporter": change } });
        simulator.patch(&json!({ "accounts": { MEMBERS[0]: roles } }));
        let exporter = Exporter::start(&simulator, &entering("mode: organization"));
        let scrape = exporter.wait_until_ready();
        let of = |account| of(account, &[("collector", Collector::Discovery.as_str())]);
        let success = |account| scrape.value("aws_root_collector_success", &of(account));
        assert_eq!(success(MEMBERS[1]), Some(1.0));
        success(MEMBERS[0]) == Some(1.0)
    };
    let other = format!("arn:aws:iam::{ACCOUNT}:user/someone");
    assert!(entered(json!({})));
    assert!(!entered(json!({ "external_id": "guessed" })));
    assert!(!entered(json!({ "organization": "o-another" })));
    assert!(!entered(json!({ "trusted": [other] })));
}

/// The policy without these of its actions.
fn without(policy: &Value, taken: &[String]) -> Value {
    let mut policy = policy.clone();
    let actions = policy["Statement"][0]["Action"].as_array_mut().unwrap();
    actions.retain(|it| !taken.iter().any(|action| it == action));
    policy
}

/// The collectors that need the action, in the account itself or for all accounts.
pub(crate) fn declaring(action: &str) -> BTreeSet<String> {
    let collectors = specs().map(|it| {
        let central = it.batched.iter().flat_map(Batched::actions);
        (it.collector.as_str(), it.actions().chain(central).collect())
    });
    let discovery: Vec<_> = discover::ACTIONS
        .iter()
        .chain(discover::ORGANIZATION_ACTIONS)
        .copied()
        .collect();
    collectors
        .chain([(Collector::Discovery.as_str(), discovery)])
        .filter(|(_, actions)| actions.contains(&action))
        .map(|(collector, _)| collector.to_owned())
        .collect()
}

/// Whether something says that the action is missed in the account.
fn missed(scrape: &Scrape, account: &str, action: &str) -> bool {
    // What is asked once about all is missed by all of them.
    let of_all = delegate_actions(Delegate::Organization).contains(action);
    declaring(action).into_iter().any(|collector| {
        let mut failed = scrape.family("aws_root_collector_region_failed");
        failed.any(|(series, _)| {
            (of_all || label(series, "account_id") == account)
                && label(series, "collector") == collector
                && label(series, "reason") == "access_denied"
        })
    })
}

/// Takes each action away once, from all principals of the organization at once and together with others that other collectors
/// need, and waits until each account says so.
fn each_is_needed(simulator: &Simulator, principals: &[(&str, &str)], own: &str) {
    let exporter = Exporter::start(simulator, &entering("mode: organization"));
    exporter.wait_until_all_succeed();
    let policies: Vec<(&str, Value, Vec<Vec<String>>)> = principals
        .iter()
        .map(|(account, scope)| {
            let policy = policy_for(scope);
            let actions = policy["Statement"][0]["Action"].as_array().unwrap().iter();
            let actions = actions.map(|it| it.as_str().unwrap().to_owned()).collect();
            let rounds = rounds(actions, declaring);
            (*account, policy, rounds)
        })
        .collect();
    let most = policies.iter().map(|(.., rounds)| rounds.len()).max();
    for n in 0..most.unwrap() {
        let allow = |lacking: bool| {
            let mut accounts = json!({});
            for (account, policy, rounds) in &policies {
                let taken = rounds.get(n).filter(|_| lacking);
                let policy = taken.map_or(policy.clone(), |round| without(policy, round));
                accounts[*account] = if *account == own {
                    json!({ "principals": { ACCESS_KEY: { "policy": policy } } })
                } else {
                    json!({ "roles": { "root-exporter": { "policy": policy } } })
                };
            }
            simulator.patch(&json!({ "accounts": accounts }));
        };
        allow(true);
        for (account, _, rounds) in &policies {
            for action in rounds.get(n).into_iter().flatten() {
                exporter.wait_until(&format!("{account} misses {action}"), |scrape| {
                    missed(scrape, account, action)
                });
            }
        }
        allow(false);
        exporter.wait_until_all_succeed();
    }
}

#[test]
fn each_action_is_needed_in_a_delegated_administrator_the_management_account_and_a_member() {
    let simulator = with(
        MEMBERS[0],
        "delegated-administrator",
        &["config.amazonaws.com"],
    );
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s" }));
    let principals = [
        (MEMBERS[0], "delegated-administrator"),
        (ACCOUNT, "account"),
        (MEMBERS[1], "member"),
    ];
    each_is_needed(&simulator, &principals, MEMBERS[0]);
}

#[test]
fn each_action_is_needed_in_the_management_account() {
    let simulator = with(ACCOUNT, "management", &[]);
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s" }));
    each_is_needed(&simulator, &[(ACCOUNT, "management")], ACCOUNT);
}

/// What is allowed besides: without it, those who need it say so.
#[test]
fn each_addition_is_needed() {
    let fails = |simulator: &Simulator, config: &str, account: &str, collector: &str| {
        let exporter = Exporter::start(simulator, config);
        let denied = [("collector", collector), ("reason", "access_denied")];
        exporter.wait_until(&format!("{collector} is denied"), |scrape| {
            scrape.value("aws_root_collector_errors_total", &denied) > Some(0.0)
                && missed_by(scrape, account, collector)
        });
    };
    let config = entering("mode: organization");
    let simulator = with(ACCOUNT, "account", &[]);
    let list = format!("mode: list, ids: ['{}']", MEMBERS[0]);
    fails(
        &simulator,
        &entering(&list),
        MEMBERS[0],
        Collector::Discovery.as_str(),
    );
    let mut policy = policy_for("management");
    policy["Statement"].as_array_mut().unwrap().pop();
    let simulator = with(ACCOUNT, "management", &[]);
    simulator.patch_account(&json!({ "principals": { ACCESS_KEY: { "policy": policy } } }));
    fails(
        &simulator,
        &config,
        MEMBERS[0],
        Collector::Discovery.as_str(),
    );
    let auditing = entering("mode: organization, assume_root: true");
    fails(
        &with(ACCOUNT, "management", &[]),
        &auditing,
        MEMBERS[0],
        "root_credentials",
    );
    // GuardDuty's members are asked themselves then, and it is counted.
    let simulator = with(
        MEMBERS[0],
        "delegated-administrator",
        &["guardduty.amazonaws.com"],
    );
    let exporter = Exporter::start(&simulator, &config);
    let denied = [("collector", "guardduty"), ("reason", "access_denied")];
    exporter.wait_until("GetMembers is denied", |scrape| {
        scrape.value("aws_root_collector_errors_total", &denied) > Some(0.0)
    });
    assert!(exporter.log().contains("add guardduty:GetMembers"));
}

fn missed_by(scrape: &Scrape, account: &str, collector: &str) -> bool {
    let failed = of(
        account,
        &[("collector", collector), ("reason", "access_denied")],
    );
    scrape
        .value("aws_root_collector_region_failed", &failed)
        .is_some()
}
