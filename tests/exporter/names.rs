//! Ids, regions and names that AWS does not give: an id or a region of another form is refused, a name is shown cut and
//! without characters that turn text around, and what is listed twice counts once.
use crate::{
    accounts::{MEMBERS, of},
    harness::{ACCOUNT, Exporter, Scrape, Simulator, fast_config, label},
    principals::{entering, with},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Makes these members part of an operation's result.
fn replace(operation: &str, result: &Value) -> (String, Value) {
    let fault = json!({ "kind": "replace", "operation": operation, "result": result });
    (operation.to_owned(), fault)
}

fn listed(id: &str, name: &str) -> Value {
    json!({ "Id": id, "Name": name, "State": "ACTIVE" })
}

fn trail(name: &str, home_region: &str) -> Value {
    json!({
        "Name": name, "HomeRegion": home_region, "TrailARN": format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"),
        "IsMultiRegionTrail": true, "IsOrganizationTrail": false, "LogFileValidationEnabled": true,
    })
}

/// Every call that fails in some account, with its reason.
fn failures(posture: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let accounts = posture["accounts"].as_array().unwrap().iter();
    let collectors = accounts.flat_map(|it| it["collectors"].as_array().unwrap());
    let failures = collectors.flat_map(|it| it["failures"].as_array().unwrap());
    let failures = failures.map(|it| (text(&it["call"]), text(&it["reason"])));
    failures.collect()
}

/// What such an answer is about stays as it was known before, and nothing of the answer is exported.
#[test]
fn malformed_ids_and_regions() {
    const WRONG: &str = "us-east-1.example.com";
    let simulator = with(ACCOUNT, "management", &[]);
    let exporter = Exporter::start(&simulator, &entering("mode: organization"));
    let well = exporter.wait_until_all_succeed().posture();
    let finding = json!({ "accountId": WRONG, "type": "Policy:IAMUser/RootCredentialUsage", "updatedAt": "2026-01-01T00:00:00Z" });
    let accounts =
        json!({ "Accounts": [listed(ACCOUNT, "Management"), listed("22223333444", "Short")] });
    for answers in [
        vec![
            ("sts:GetCallerIdentity", json!({ "Account": WRONG })),
            (
                "cloudtrail:ListTrails",
                json!({ "Trails": [trail("main", WRONG)] }),
            ),
            ("guardduty:GetFindings", json!({ "findings": [finding] })),
            (
                "organizations:ListTargetsForPolicy",
                json!({ "Targets": [{ "Type": "ACCOUNT", "TargetId": WRONG }] }),
            ),
        ],
        vec![
            ("organizations:ListAccounts", accounts),
            (
                "account:ListRegions",
                json!({ "Regions": [{ "RegionName": WRONG }] }),
            ),
            (
                "organizations:ListDelegatedAdministrators",
                json!({ "DelegatedAdministrators": [{ "Id": WRONG }] }),
            ),
            (
                "cloudtrail:DescribeTrails",
                json!({ "trailList": [trail("main", WRONG)] }),
            ),
            (
                "organizations:ListChildren",
                json!({ "Children": [{ "Id": WRONG, "Type": "ACCOUNT" }] }),
            ),
        ],
        vec![(
            "organizations:DescribeOrganization",
            json!({ "Organization": { "Id": WRONG, "MasterAccountId": ACCOUNT } }),
        )],
    ] {
        let faults = answers.iter().map(|(action, result)| {
            let (_, operation) = action.split_once(':').unwrap();
            replace(operation, result)
        });
        simulator.patch(&json!({ "faults": faults.collect::<Map<_, _>>() }));
        let expected: BTreeSet<(String, String)> = answers
            .iter()
            .map(|(action, _)| ((*action).to_owned(), "malformed".to_owned()))
            .collect();
        let scrape = exporter.wait_until(&format!("{expected:?}"), |_| {
            let found = failures(&exporter.posture());
            if found == expected {
                Ok(())
            } else {
                Err(format!("{found:?}\n"))
            }
        });
        assert_eq!(scrape.posture().differing_from(&well), [], "{expected:?}");
        assert!(
            !exporter.log().contains("example.com"),
            "{}",
            exporter.log()
        );
        simulator.clear_faults();
        exporter.wait_until_as_before(&well);
    }
}

/// Names that somebody chose, and longer than AWS allows.
#[test]
fn names_are_cut_and_cannot_turn_text_around() {
    let long = format!("evil \u{202e}\n{}", "x".repeat(500));
    let simulator = with(ACCOUNT, "management", &[]);
    let finding =
        json!({ "detectors": { "us-east-1": { "findings": { "root": { "type": long } } } } });
    simulator.patch_account(&finding);
    let accounts = [&[ACCOUNT][..], &MEMBERS].concat();
    let accounts: Vec<Value> = accounts.iter().map(|id| listed(id, &long)).collect();
    let mut faults = Map::from_iter([
        replace("ListAccounts", &json!({ "Accounts": accounts })),
        replace("ListAccountAliases", &json!({ "AccountAliases": [long] })),
        replace(
            "DescribeTrails",
            &json!({ "trailList": [trail(&long, "us-east-1")] }),
        ),
    ]);
    faults["DescribeTrails"]["account"] = ACCOUNT.into();
    simulator.patch(&json!({ "faults": faults }));
    let exporter = Exporter::start(&simulator, &entering("mode: organization"));
    let scrape = exporter.wait_until_all_succeed();
    let cut = format!("evil \u{fffd}\u{fffd}{}…", "x".repeat(120));
    for (family, name) in [
        ("aws_root_account_info", "account_name"),
        ("aws_root_account_info", "account_alias"),
        ("aws_root_cloudtrail_trail_logging", "trail"),
        ("aws_root_guardduty_root_findings", "type"),
    ] {
        let shown = scrape.family(family);
        let mut own = shown.filter(|(series, _)| label(series, "account_id") == ACCOUNT);
        assert!(own.any(|(series, _)| label(series, name) == cut), "{name}");
    }
    let long = scrape
        .series()
        .find(|series| series.contains(&"x".repeat(121)));
    assert_eq!(long, None);
    let posture = exporter.posture();
    for name in ["name", "alias"] {
        assert_eq!(posture["accounts"][0][name], *cut);
    }
}

/// An account that moves to the next page while the pages are read is listed twice.
#[test]
fn an_account_that_is_listed_twice() {
    let simulator = with(ACCOUNT, "management", &[]);
    let accounts = [ACCOUNT, MEMBERS[0], MEMBERS[1], MEMBERS[1]].map(|id| listed(id, "Name"));
    let list = replace("ListAccounts", &json!({ "Accounts": accounts }));
    simulator.patch(&json!({ "faults": Map::from_iter([list]) }));
    let exporter = Exporter::start(&simulator, &entering("mode: organization"));
    let scrape = exporter.wait_until_all_succeed();
    let active = scrape.value("aws_root_organization_accounts", &[("state", "active")]);
    assert_eq!(active, Some(3.0));
    let known = |scrape: &Scrape, id| scrape.value("aws_root_mfa_enabled", &of(id, &[]));
    assert!(known(&scrape, MEMBERS[1]).is_some() && known(&scrape, MEMBERS[2]).is_none());
}

/// Nothing goes on in a region that was listed twice and is not monitored any more.
#[test]
fn a_region_that_is_listed_twice() {
    let simulator = Simulator::start();
    let regions = ["eu-west-1", "us-east-1", "us-east-1"].map(|name| json!({ "RegionName": name }));
    simulator.inject_only(&replace("ListRegions", &json!({ "Regions": regions })).1);
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    exporter.reload(&format!("regions: [eu-west-1]\n{}", fast_config("", "")));
    exporter.wait_until("the region is no longer monitored", |scrape| {
        !scrape.names("aws_region=\"us-east-1\"")
    });
    simulator.take_calls();
    exporter.wait_for_successes(6.0);
    let calls = simulator.take_calls();
    let calls_in = |region: &str| {
        let mut calls = calls.iter();
        calls.any(|it| it["service"] == "guardduty" && it["region"] == region)
    };
    assert!(calls_in("eu-west-1"));
    assert!(!calls_in("us-east-1"), "{calls:?}");
}
