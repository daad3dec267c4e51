//! Every metric family is described, well named, and seen in the golden output.
use crate::{
    golden::GOLDEN,
    harness::{Exporter, Simulator, fast_config},
};
use root_model::metrics::{Family, families};
use std::{
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
