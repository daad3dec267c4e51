//! Least privilege: what the documentation asks for suffices, and each of it is needed.
use crate::harness::{
    Exporter, Scrape, Simulator, TIMEOUT, documented_policy, fast_config, wait_until,
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
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    for call in simulator.take_calls() {
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

/// Splits actions into rounds in which no collector declares two of them: what fails in a round is then due to one action.
pub(crate) fn rounds(
    actions: Vec<String>,
    declaring: impl Fn(&str) -> BTreeSet<String>,
) -> Vec<Vec<String>> {
    let mut rounds: Vec<(BTreeSet<String>, Vec<String>)> = Vec::new();
    for action in actions {
        let collectors = declaring(&action);
        assert!(!collectors.is_empty(), "nobody declares {action}");
        let free = rounds
            .iter_mut()
            .find(|(taken, _)| taken.is_disjoint(&collectors));
        if let Some((taken, round)) = free {
            taken.extend(collectors);
            round.push(action);
        } else {
            rounds.push((collectors, vec![action]));
        }
    }
    rounds.into_iter().map(|(_, round)| round).collect()
}

/// What each collector fails at: collector, action, reason.
fn failures(posture: &Value) -> BTreeSet<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let collectors = posture["accounts"][0]["collectors"].as_array().unwrap();
    let failures = collectors.iter().flat_map(|it| {
        let failures = it["failures"].as_array().unwrap().iter();
        failures.map(|failure| [&it["name"], &failure["call"], &failure["reason"]].map(text))
    });
    failures.collect()
}

/// Each action is taken away once, together with others that other collectors need.
#[test]
fn without_any_one_action_its_collectors_say_so_and_the_rest_is_as_before() {
    let simulator = Simulator::start();
    // A report that always has to be made anew; its time of making is left out of what is compared.
    simulator.patch(&json!({ "report_interval": "1s", "report_delay": "0s" }));
    let config = fast_config("", "").replace("2s", "1s");
    let exporter = Exporter::start(&simulator, &config);
    let posture = |scrape: &Scrape| {
        scrape
            .posture()
            .without("aws_root_credential_report_generated")
    };
    let well = posture(&exporter.wait_until_all_succeed());
    let all = actions();
    for round in rounds(all.clone(), declaring) {
        let mut others = all.clone();
        others.retain(|action| !round.contains(action));
        simulator.allow(&allowing(&others));
        let expected: BTreeSet<[String; 3]> = round
            .iter()
            .flat_map(|action| declaring(action).into_iter().map(|it| (it, action.clone())))
            .map(|(collector, action)| [collector, action, "access_denied".to_owned()])
            .collect();
        wait_until(&format!("exactly {expected:?} fail"), TIMEOUT, || {
            let found = failures(&exporter.posture());
            if found == expected {
                Ok(())
            } else {
                Err(format!("{found:?}"))
            }
        });
        let declaring: BTreeSet<String> = round.iter().flat_map(|it| declaring(it)).collect();
        let what = format!("without {round:?}, {declaring:?} fail");
        let scrape = exporter.wait_until(&what, |scrape| scrape.unsuccessful() == declaring);
        for (collector, region, reason) in scrape.failing() {
            assert_eq!(reason, "access_denied", "{collector} in {region}");
            assert!(declaring.contains(&collector), "{collector}");
        }
        let now = posture(&scrape);
        assert_eq!(now.differing_from(&well), [], "changed without {round:?}");
        assert_eq!(well.differing_from(&now), [], "gone without {round:?}");
        for action in &round {
            let advice = format!("add {action} to the exporter");
            assert!(exporter.log().contains(&advice), "{}", exporter.log());
        }
        simulator.allow(&allowing(&all));
        exporter.wait_until_all_succeed();
    }
}

/// The collectors that declare the action.
fn declaring(action: &str) -> BTreeSet<String> {
    let collectors = specs().map(|it| (it.collector.as_str(), it.actions().collect()));
    collectors
        .chain([(Collector::Discovery.as_str(), discover::ACTIONS.to_vec())])
        .filter(|(_, actions): &(_, Vec<_>)| actions.contains(&action))
        .map(|(name, _)| name.to_owned())
        .collect()
}
