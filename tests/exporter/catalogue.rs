//! Every metric family is described, well named, and seen in the golden output.
use crate::{
    documents::read,
    golden::GOLDEN,
    harness::{Exporter, Simulator, fast_config},
};
use root_model::{
    checks::CHECKS,
    metrics::{Family, families},
};
use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn every_family_is_in_the_golden_output() {
    for Family { desc: family, .. } in families() {
        let head = format!(
            "# HELP {} {}\n# TYPE {0} {}\n",
            family.name,
            family.help,
            family.metric_type.as_str()
        );
        assert!(GOLDEN.contains(&head), "{head}");
        assert!(
            family.help.ends_with('.') && family.name.starts_with("aws_root_"),
            "{}",
            family.name
        );
        let samples: Vec<&str> = GOLDEN
            .lines()
            .filter(|line| {
                line.strip_prefix(family.name)
                    .is_some_and(|rest| rest.starts_with(['{', ' ', '_']))
            })
            .collect();
        assert!(!samples.is_empty(), "{} has no sample", family.name);
    }
}

#[test]
fn nothing_but_the_catalogue_is_in_the_golden_output() {
    for line in GOLDEN
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
    {
        let name = line.split(' ').next().unwrap();
        assert!(families().any(|family| family.desc.name == name), "{name}");
    }
}

/// The soak derives what is true by itself (`tests/soak/oracle.py`): a check or a metric of an account that it does not know is
/// compared with nothing.
#[test]
fn the_soak_compares_every_check_and_metric_of_accounts() {
    let oracle = ["tests/soak/oracle.py", "tests/soak/comparison.py"]
        .map(read)
        .concat();
    for check in CHECKS {
        let id = check.id;
        assert!(
            oracle.contains(&format!("[{id}]")),
            "tests/soak/oracle.py does not derive [{id}]"
        );
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = oracle.split(|c| !word(c)).collect();
    for Family { desc: family, .. } in families() {
        let name = family.name.trim_start_matches("aws_root_");
        let of_account = family.labels.contains(&"account_id");
        // How long a run took cannot be known from outside.
        let compared = of_account && name != "collector_duration_seconds";
        assert!(
            !compared || words.contains(name),
            "tests/soak/oracle.py does not derive {name}"
        );
    }
}

/// Prometheus' own linter, on what is really served.
#[test]
fn promtool_has_nothing_to_say() {
    let simulator = Simulator::start();
    let exporter = Exporter::start(&simulator, &fast_config("", ""));
    exporter.wait_until_all_succeed();
    let metrics = exporter.get("/metrics").1;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, which comes with Prometheus, is needed: tests/run.sh installs it");
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(metrics.as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}");
}
