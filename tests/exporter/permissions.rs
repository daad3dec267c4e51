//! Least privilege: what the documentation asks for suffices, and each of it is needed.
use crate::{
    harness::{Exporter, Simulator, documented_policy, fast},
    scrape::Scrape,
};
use aws_root_exporter::{collect::specs, discover};
use root_model::collector::Collector;
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
fn without_any_one_action_its_collectors_say_so_and_the_rest_is_as_before() {
    let simulator = Simulator::start();
    // A report that always has to be made anew; its time of making is left out of what is compared.
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s" }));
    let config = fast("", "").replace("2s", "1s");
    let config = config.replace("stale_after: 3", "stale_after: 60");
    let exporter = Exporter::start(&simulator, &config);
    let posture = |scrape: &Scrape| {
        scrape
            .posture()
            .without("aws_root_credential_report_generated")
    };
    let well = posture(&exporter.until_well());
    let all = actions();
    for (n, action) in all.iter().enumerate() {
        let mut others = all.clone();
        others.remove(n);
        simulator.allow(&allowing(&others));
        let declaring = declaring(action);
        let scrape = exporter.until(&format!("{action} is missed by {declaring:?}"), |scrape| {
            scrape.unsuccessful() == declaring
        });
        for (collector, region, reason) in scrape.failing() {
            assert_eq!(reason, "access_denied", "{action}: {collector} in {region}");
            assert!(declaring.contains(&collector), "{action}: {collector}");
        }
        let now = posture(&scrape);
        assert_eq!(now.differing_from(&well), [], "changed without {action}");
        assert_eq!(well.differing_from(&now), [], "gone without {action}");
        let advice = format!("add {action} to the exporter");
        assert!(exporter.log().contains(&advice), "{}", exporter.log());
        simulator.allow(&allowing(&all));
        exporter.until_well();
    }
}

/// The collectors that declare the action.
fn declaring(action: &str) -> BTreeSet<String> {
    let collectors = specs().map(|collector| (collector.collector.as_str(), collector.actions));
    collectors
        .chain([(Collector::Discovery.as_str(), discover::ACTIONS)])
        .filter(|(_, actions)| actions.contains(&action))
        .map(|(name, _)| name.to_owned())
        .collect()
}
