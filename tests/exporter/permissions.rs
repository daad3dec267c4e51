//! Least privilege: what the documentation asks for suffices, and each of it is needed.
use crate::harness::{Exporter, Simulator, documented_policy, fast};
use serde_json::{Value, json};

fn actions() -> Vec<String> {
    let policy = documented_policy();
    let actions = policy["Statement"][0]["Action"].as_array().unwrap();
    actions
        .iter()
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn allowing(actions: &[String]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] })
}

#[test]
fn every_action_is_read_only() {
    let reads = ["Describe", "Get", "List", "Lookup", "Generate"];
    for action in actions() {
        let (_, operation) = action.split_once(':').unwrap();
        assert!(
            reads.iter().any(|verb| operation.starts_with(verb)),
            "{action}"
        );
        assert!(!operation.starts_with("Generate") || operation == "GenerateCredentialReport");
    }
}

#[test]
fn the_documented_policy_suffices() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast("", ""));
    exporter.until_well();
    for call in simulator.calls() {
        // The first report has to be asked for and made.
        let expected = [
            "ok",
            "ReportNotPresent",
            "ReportInProgress",
            "ReportExpired",
            "NoSuchEntity",
        ];
        assert!(
            expected.contains(&call["result"].as_str().unwrap()),
            "{call}"
        );
    }
}

#[test]
fn without_any_one_action_its_collector_says_so_and_the_rest_is_as_before() {
    let simulator = Simulator::start();
    // Reports that are always too old, so that one has to be asked for.
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s" }));
    let exporter = Exporter::start(
        &simulator,
        &fast("", "")
            .replace("2s", "1s")
            .replace("stale_after: 3", "stale_after: 60"),
    );
    let same_report = |scrape: &crate::scrape::Scrape| scrape.posture();
    let well = same_report(&exporter.until_well());
    let all = actions();
    for (n, action) in all.iter().enumerate() {
        let mut others = all.clone();
        others.remove(n);
        simulator.allow(&allowing(&others));
        let scrape = exporter.until(&format!("{action} is missed"), |scrape| {
            !scrape.failing().is_empty()
        });
        let failing = scrape.failing();
        let collector = &failing[0].0;
        for (failed, region, reason) in &failing {
            assert_eq!(
                (failed, reason.as_str()),
                (collector, "access_denied"),
                "{action} in {region}"
            );
        }
        for (series, value) in scrape.family("aws_root_collector_success") {
            assert_eq!(
                value == 0.0,
                series.contains(&format!("collector=\"{collector}\"")),
                "{action}: {series} {value}"
            );
        }
        let different = scrape.posture();
        let different: Vec<(&str, f64)> = different
            .differing_from(&well)
            .into_iter()
            .filter(|(series, _)| !series.starts_with("aws_root_credential_report_generated"))
            .collect();
        assert_eq!(different, [], "without {action}");
        assert!(
            exporter
                .log()
                .contains(&format!("add {action} to the exporter")),
            "{action}: {}",
            exporter.log()
        );
        simulator.allow(&allowing(&all));
        exporter.until_well();
    }
}
