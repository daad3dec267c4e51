//! The page and the JSON as a browser or a script gets them. What the page looks like is tested in a browser (`tests/page`).
use crate::harness::{ACCOUNT, Exporter, Scrape, Simulator, fast_config, get, http};
use serde_json::{Value, json};
use std::io::Read;

const NOWHERE: &str = "default-src 'none'";

fn findings(posture: &Value) -> &Vec<Value> {
    posture["accounts"][0]["checks"].as_array().unwrap()
}

/// Whether the JSON says of every check what the metrics say.
fn agrees(posture: &Value, scrape: &Scrape) -> bool {
    findings(posture).iter().all(|finding| {
        let check = [("check", finding["id"].as_str().unwrap())];
        let passed = match finding["status"].as_str() {
            Some("pass") => Some(1.0),
            Some("fail") => Some(0.0),
            _ => None,
        };
        let unknown = f64::from(u8::from(finding["status"] == "unknown"));
        let same = scrape.value("aws_root_check_passed", &check) == passed;
        same && scrape.value("aws_root_check_unknown", &check) == Some(unknown)
    })
}

#[test]
fn the_json_says_what_the_metrics_say() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until("all is known", |scrape| {
        scrape.has("aws_root_check_unknown") && scrape.unknown_checks().is_empty()
    });
    let (posture, scrape) = (exporter.posture(), exporter.scrape());
    assert!(agrees(&posture, &scrape), "{posture:#}");
    let account = &posture["accounts"][0];
    assert_eq!(account["id"], ACCOUNT);
    assert_eq!(account["membership"], "management");
    assert_eq!(account["root"]["mfa_enabled"], true);
    let keys = account["root"]["access_keys"].as_array().unwrap();
    assert!(keys.len() == 2 && keys[0]["active"] == true && keys[1]["active"] == false);
    let score = scrape.value("aws_root_posture_score_ratio", &[]).unwrap();
    let difference = account["score"].as_f64().unwrap() - score;
    assert!(difference.abs() < 1e-9, "{difference}");
    let failing = findings(&posture)
        .iter()
        .filter(|it| it["status"] == "fail");
    for finding in failing {
        for text in ["reason", "remedy", "runbook"] {
            assert!(finding[text].is_string(), "{finding}");
        }
    }
    assert!(!posture.to_string().contains("AKIA"), "no key id");
    assert!(!posture.to_string().contains("example.com"), "no address");
}

#[test]
fn an_account_that_cannot_be_entered_says_why() {
    let simulator = Simulator::start();
    let config = format!(
        "{}accounts: {{ mode: list, ids: ['{ACCOUNT}', '222233334444'], role: exporter, refresh: 2s }}\n",
        fast_config("", "").replacen("accounts: { refresh: 2s }\n", "", 1)
    );
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_ready();
    let posture = exporter.posture();
    let account = &posture["accounts"][1];
    assert_eq!(
        (&account["id"], &account["reachable"]),
        (&json!("222233334444"), &json!(false))
    );
    assert_eq!(account["score"], Value::Null);
    assert_eq!(posture["totals"]["unreachable"], 1);
    for finding in account["checks"].as_array().unwrap() {
        let reason = finding["reason"].as_str().unwrap();
        let told =
            reason.starts_with("The account cannot be reached: discovery fails: sts:AssumeRole: ");
        assert!(finding["status"] == "unknown" && told, "{finding}");
    }
    let collectors = account["collectors"].as_array().unwrap();
    assert!(collectors.len() == 1 && collectors[0]["name"] == "discovery");
}

#[test]
fn a_collector_that_is_off_is_a_reason_too() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("iam", "enabled: false"));
    exporter.wait_until_all_succeed();
    let posture = exporter.posture();
    let of = |id| findings(&posture).iter().find(move |it| it["id"] == id);
    let reason = of("iam-administrators").unwrap()["reason"]
        .as_str()
        .unwrap();
    assert!(reason.contains("The collector iam is disabled"));
}

/// A report that is older than a change of keys, a region that is not watched: collectors are well, and do not know.
#[test]
fn well_and_yet_unknown() {
    let simulator = Simulator::start();
    let config = format!("regions: [eu-west-1]\n{}", fast_config("", ""));
    simulator.patch(&json!({ "report_interval": "1d" }));
    simulator.patch_account(&json!({
        "root": { "keys": [] }, "report_generated": "-1h",
        "account_summary": { "AccountAccessKeysPresent": 1 },
    }));
    let exporter = Exporter::start(&simulator, &config);
    exporter.wait_until_all_succeed();
    let posture = exporter.posture();
    for (id, part) in [
        (
            "root-access-key-age",
            "older than a change of root's access keys",
        ),
        ("root-login", "leaves out the region"),
    ] {
        let finding = findings(&posture).iter().find(|it| it["id"] == id).unwrap();
        let reason = finding["reason"].as_str();
        assert!(reason.is_some_and(|it| it.contains(part)), "{finding}");
    }
}

#[test]
fn every_answer_is_guarded() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_ready();
    for path in [
        "/",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/api/v1/posture",
        "/assets/page.css",
        "/assets/page.js",
        "/assets/icon.svg",
        "/assets/none",
        "/metrics",
        "/-/ready",
        "/-/healthy",
        "/nothing",
    ] {
        let mut answer = http()
            .get(format!("{}{path}", exporter.url))
            .call()
            .unwrap();
        let header = |name| {
            let value = answer.headers().get(name);
            value
                .unwrap_or_else(|| panic!("{path} lacks {name}"))
                .to_str()
                .unwrap()
        };
        let policy = header("content-security-policy");
        assert!(policy.starts_with(NOWHERE) && !policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        let asset = answer.status() == 200 && path.starts_with("/assets/");
        assert_eq!(
            header("cache-control"),
            if asset { "no-cache" } else { "no-store" }
        );
        let found = !["/assets/none", "/nothing"].contains(&path);
        assert_eq!(answer.status(), if found { 200 } else { 404 }, "{path}");
        let body = answer.body_mut().read_to_string().unwrap();
        assert!(!body.contains("alert(1)"), "{path}");
        assert!(
            !(path == "/"
                && (body.contains("<style")
                    || body.contains(" style=")
                    || body.contains("<script>")))
        );
    }
}

#[test]
fn assets_and_documents_travel_light() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_ready();
    let url = |path: &str| format!("{}{path}", exporter.url);
    let first = http().get(url("/assets/page.css")).call().unwrap();
    let tag = first.headers()["etag"].to_str().unwrap();
    let again = http()
        .get(url("/assets/page.css"))
        .header("if-none-match", tag);
    assert_eq!(again.call().unwrap().status(), 304);
    for path in ["/", "/api/v1/posture"] {
        let (_, plain) = get(&url(path));
        assert!(plain.len() < 100_000, "{path} has {} bytes", plain.len());
        let packed = http().get(url(path)).header("accept-encoding", "gzip");
        let mut packed = packed.call().unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let mut text = String::new();
        let mut unpacked = flate2::read::GzDecoder::new(packed.body_mut().as_reader());
        unpacked.read_to_string(&mut text).unwrap();
        // A publish may have come between the two.
        assert_eq!(text.get(..20), plain.get(..20));
        assert_eq!(http().post(url(path)).send_empty().unwrap().status(), 405);
    }
}
