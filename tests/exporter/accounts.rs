//! Many accounts: an organization, a list, roles, shards.
use crate::harness::{
    ACCESS_KEY, ACCOUNT, Exporter, KEY, Scrape, Simulator, fast_config, policy_for,
};
use serde_json::{Value, json};
use std::time::Instant;

pub(crate) const MEMBERS: [&str; 3] = ["222233334444", "333344445555", "444455556666"];
const SUSPENDED: &str = "555566667777";

fn member(name: &str) -> Value {
    json!({
        "name": name,
        "created": "-900d",
        "regions": ["eu-west-1", "us-east-1"],
        "roles": { "root-exporter": { "trusted": [ACCOUNT], "policy": policy_for("member") } },
        "root": { "password": { "changed": "-500d", "last_used": "-45d" }, "mfa": [{ "kind": "virtual" }] },
        "report_generated": "-1h",
        "trails": { "main": { "home_region": "us-east-1", "multi_region": true, "latest_delivery": "-1m" } },
        "detectors": { "us-east-1": {}, "eu-west-1": {} },
        "events": [{ "name": "ConsoleLogin", "at": "-12d", "mfa": true, "region": "us-east-1" }],
    })
}

/// An organization of four, and one that is suspended.
pub(crate) fn organization() -> Simulator {
    Simulator::as_is(&organization_world().to_string())
}

pub(crate) fn organization_world() -> Value {
    let mut world = json!({
        "organization": { "management": ACCOUNT, "trusted_access": true, "accounts": { SUSPENDED: { "name": "Old", "state": "SUSPENDED" } } },
        "accounts": { ACCOUNT: member("Management") },
    });
    world["accounts"][ACCOUNT]["principals"] = json!({ ACCESS_KEY: { "secret": "not-a-secret", "name": "exporter", "policy": policy_for("management") } });
    for (n, id) in MEMBERS.iter().enumerate() {
        world["accounts"][*id] = member(&format!("Member {n}"));
    }
    world
}

/// The configuration for such an organization: with several accounts every collector runs half as often.
pub(crate) fn watching(accounts: &str) -> String {
    fast_config("", "")
        .replace("accounts: { ", &format!("accounts: {{ {accounts}, "))
        .replace("interval: 2s", "interval: 4s")
}

/// The same, but values end 16 s after they were last seen.
pub(crate) fn watching_with_short_validity(accounts: &str) -> String {
    watching(accounts).replace("stale_after: 60", "stale_after: 4")
}

pub(crate) fn of<'a>(account: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("account_id", account)], more].concat()
}

fn mfa(scrape: &Scrape, account: &str) -> Option<f64> {
    scrape.value("aws_root_mfa_enabled", &of(account, &[]))
}

#[test]
fn an_organization() {
    let simulator = organization();
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    let scrape = exporter.wait_until_all_succeed();
    for account in [&[ACCOUNT][..], &MEMBERS].concat() {
        assert_eq!(mfa(&scrape, account), Some(1.0), "{account}");
        let zero = of(account, &[("kind", "write"), ("window", "90d")]);
        assert_eq!(
            scrape.value("aws_root_events", &zero),
            Some(0.0),
            "{account}"
        );
    }
    assert_eq!(
        scrape.value(
            "aws_root_account_info",
            &[("account_name", "Member 1"), ("membership", "member")]
        ),
        Some(1.0)
    );
    assert_eq!(
        scrape.value("aws_root_organization_accounts", &[("state", "suspended")]),
        Some(1.0)
    );
    assert_eq!(mfa(&scrape, SUSPENDED), None);

    // One is closed and leaves nothing behind; another joins without a restart.
    simulator.patch(&json!({ "accounts": { MEMBERS[0]: { "state": "SUSPENDED" }, "666677778888": member("New") } }));
    exporter.wait_until("the accounts have changed", |scrape| {
        mfa(scrape, "666677778888") == Some(1.0) && !scrape.names(MEMBERS[0])
    });
}

#[test]
fn an_account_whose_role_cannot_be_assumed() {
    let simulator = organization();
    simulator.patch(&json!({ "accounts": { MEMBERS[1]: { "roles": null } } }));
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    let scrape = exporter.wait_until_ready();
    let discovery = |account| of(account, &[("collector", "discovery")]);
    assert_eq!(
        scrape.value("aws_root_collector_success", &discovery(MEMBERS[1])),
        Some(0.0)
    );
    let refused = of(
        MEMBERS[1],
        &[("aws_region", "global"), ("reason", "access_denied")],
    );
    assert_eq!(
        scrape.value("aws_root_collector_region_failed", &refused),
        Some(1.0)
    );
    assert_eq!(
        scrape.value(
            "aws_root_account_info",
            &of(MEMBERS[1], &[("account_name", "Member 1")])
        ),
        Some(1.0)
    );
    assert_eq!(mfa(&scrape, MEMBERS[1]), None);
    exporter.wait_until("the others are complete", |scrape| {
        mfa(scrape, ACCOUNT).is_some()
            && mfa(scrape, MEMBERS[0]).is_some()
            && mfa(scrape, MEMBERS[2]).is_some()
    });
    assert!(
        exporter
            .log()
            .contains("cannot assume the role: it has to exist and to trust"),
        "{}",
        exporter.log()
    );
    simulator.take_calls();
    let since = Instant::now();
    exporter.wait_for_successes(5.0);
    let asked: u64 = simulator
        .take_calls()
        .iter()
        .filter(|call| call["operation"] == "AssumeRole" && call["result"] != "ok")
        .map(|call| call["count"].as_u64().unwrap())
        .sum();
    let most = 1 + since.elapsed().as_secs() / 15;
    assert!(
        asked <= most,
        "a refused role is assumed again after 15 s at the earliest: {asked} times"
    );

    simulator.patch(&json!({ "accounts": { MEMBERS[1]: { "roles": member("")["roles"] } } }));
    exporter.wait_until(
        "the account is known once its role can be assumed",
        |scrape| mfa(scrape, MEMBERS[1]) == Some(1.0),
    );
}

#[test]
fn a_list_with_an_external_id() {
    let simulator = organization();
    let role = |id: &str| json!({ "roles": { "root-exporter": { "external_id": id, "policy": policy_for("account") } } });
    simulator
        .patch_account(&json!({ "principals": { ACCESS_KEY: { "policy": policy_for("list") } } }));
    simulator.patch(&json!({ "organization": null, "accounts": { MEMBERS[0]: role("secret-handshake"), MEMBERS[1]: role("another") } }));
    let list = format!(
        "mode: list, ids: ['{}', '{}', '{ACCOUNT}'], exclude: ['{ACCOUNT}'], external_id: secret-handshake",
        MEMBERS[0], MEMBERS[1]
    );
    let exporter = Exporter::start(&simulator, &watching(&list));
    exporter.wait_until_ready();
    let scrape = exporter.wait_until("the account with that external id is known", |scrape| {
        mfa(scrape, MEMBERS[0]).is_some()
    });
    assert_eq!(
        (
            mfa(&scrape, MEMBERS[0]),
            mfa(&scrape, MEMBERS[1]),
            mfa(&scrape, ACCOUNT)
        ),
        (Some(1.0), None, None)
    );
    assert!(!exporter.log().contains("secret-handshake"));
}

/// The shards together say what one exporter says, and no two the same.
#[test]
fn shards() {
    let simulator = organization();
    let config = watching("mode: organization");
    let whole = Exporter::start(&simulator, &config)
        .wait_until_all_succeed()
        .posture();
    let shard = |n: usize| {
        let exporter = Exporter::with(&simulator, &config, &KEY, &["--shard", &format!("{n}/3")]);
        exporter.wait_until_all_succeed().posture()
    };
    let shards = [shard(0), shard(1), shard(2)];
    let mut all = 0;
    for shard in &shards {
        assert_eq!(shard.differing_from(&whole), []);
        all += shard.count();
    }
    assert_eq!(all, whole.count());
    assert!(
        shards.iter().filter(|shard| shard.count() > 0).count() > 1,
        "they share the work"
    );
}

/// While STS does not answer, sessions that last go on; and where the list of accounts cannot be had, the known ones stay.
#[test]
fn sts_and_organizations_fail() {
    let simulator = organization();
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    let well = exporter.wait_until_all_succeed().posture();
    simulator.patch(&json!({ "faults": {
        "sts": { "kind": "error", "service": "sts", "status": 503, "code": "ServiceUnavailable" },
        "organizations": { "kind": "deny", "service": "organizations", "operation": "ListAccounts" },
    } }));
    exporter.wait_until("discovery fails", |scrape| {
        let own = of(ACCOUNT, &[("collector", "discovery")]);
        scrape.value("aws_root_collector_success", &own) == Some(0.0)
    });
    exporter.wait_for_successes(5.0);
    let scrape = exporter.scrape();
    let now = scrape.posture().without("aws_root_organization_accounts");
    assert_eq!(
        well.without("aws_root_organization_accounts")
            .differing_from(&now),
        []
    );
    simulator.clear_faults();
    exporter.wait_until_all_succeed();
}

/// Sessions are renewed while they last, each account's once for all of its collectors.
#[test]
fn sessions_are_shared_and_renewed() {
    let simulator = organization();
    simulator.patch(&json!({ "session_lifetime": "12s" }));
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    exporter.wait_until_all_succeed();
    simulator.take_calls();
    let since = Instant::now();
    exporter.wait_for_successes(20.0);
    let calls = simulator.take_calls();
    let of_sts = calls
        .iter()
        .filter(|call| call["operation"] == "AssumeRole");
    let renewals: u64 = of_sts.map(|call| call["count"].as_u64().unwrap()).sum();
    // Twice each in 20 s, and once more each at the edges; more if it took longer.
    let most = 9.0 * (since.elapsed().as_secs_f64() / 20.0).max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "there are not that many")]
    let few = renewals as f64 <= most;
    assert!(renewals >= 3 && few, "{renewals} for three members");
    let refused: Vec<&Value> = calls
        .iter()
        .filter(|call| call["result"].as_str().unwrap().contains("Expired"))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    exporter.wait_until_all_succeed();
}

/// STS says that a session lasts until the year 9998. When AWS does not take it any more, there is another.
#[test]
fn sessions_end_before_they_should() {
    let simulator = organization();
    simulator.patch(&json!({ "session_lifetime": "10s" }));
    simulator.inject_only(&json!({ "kind": "future", "operation": "AssumeRole" }));
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    let latest = |scrape: &Scrape| {
        let summary = of(MEMBERS[0], &[("collector", "account_summary")]);
        let family = "aws_root_collector_last_success_timestamp_seconds";
        scrape.value(family, &summary).unwrap()
    };
    let begun = latest(&exporter.wait_until_all_succeed());
    let goes_on = |scrape: &Scrape| latest(scrape) > begun + 15.0;
    exporter.wait_until("it goes on after the session's end", goes_on);
    exporter.wait_until_all_succeed();
}

#[test]
fn a_reload_changes_the_accounts() {
    let simulator = organization();
    let exporter = Exporter::start(&simulator, &watching("mode: organization"));
    exporter.wait_until_all_succeed();
    exporter.reload(&fast_config("", ""));
    exporter.wait_until("only its own account is left", |scrape| {
        mfa(scrape, ACCOUNT) == Some(1.0) && MEMBERS.iter().all(|member| !scrape.names(member))
    });
}

/// Roles denied, a region closed, one account throttled for good, one whose answers hang: the others are complete.
#[test]
fn many_troubles_at_once() {
    const MANY: usize = 10;
    let id = |n: usize| format!("7{n:011}");
    let simulator = organization();
    let joined = (0..MANY).map(|n| {
        let mut account = member(&format!("Account {n}"));
        if n < 4 {
            account["roles"] = json!({});
        }
        if n == 4 {
            account["regions"] = json!(["us-east-1", "eu-west-1", "af-south-1"]);
        }
        (id(n), account)
    });
    simulator.patch(
        &json!({ "accounts": joined.collect::<serde_json::Map<_, _>>(), "faults": {
        "closed": { "kind": "disabled", "account": id(4), "region": "af-south-1" },
        "throttled": { "kind": "throttle", "account": id(5) },
        "hanging": { "kind": "hang", "account": id(6) },
    } }),
    );
    let config = watching("mode: organization")
        .replace("interval: 4s", "interval: 10s")
        .replace("refresh: 2s", "refresh: 10s");
    let exporter = Exporter::start(&simulator, &config);
    let healthy = |n: usize| !(0..7).contains(&n);
    let complete = |scrape: &Scrape, account: &str| {
        scrape
            .family("aws_root_collector_success")
            .filter(|(series, value)| series.contains(account) && *value == 1.0)
            .count()
            == 10
    };
    let scrape = exporter.wait_until("the healthy accounts are complete", |scrape| {
        (0..MANY)
            .filter(|n| healthy(*n))
            .all(|n| complete(scrape, &id(n)))
            && complete(scrape, ACCOUNT)
    });
    for n in 0..7 {
        assert!(!complete(&scrape, &id(n)), "{n}");
        if n != 4 {
            assert_eq!(mfa(&scrape, &id(n)), None, "{n}: nothing is known");
        }
    }
    for (account, reason) in [
        (id(0), "access_denied"),
        (id(4), "region_disabled"),
        (id(5), "throttled"),
        (id(6), "timeout"),
    ] {
        exporter.wait_until(&format!("{account} says {reason}"), |scrape| {
            let mut failed = scrape.family("aws_root_collector_region_failed");
            failed.any(|(series, _)| series.contains(&account) && series.contains(reason))
        });
    }
}
