//! The manifests for Kubernetes that wrap other files: the rules for the Prometheus operator, the list of dashboards.
use crate::{
    alerts::RULES,
    tree::{File, Tree},
};
use std::fmt::Write;

const OPERATOR: &str = "deploy/kubernetes/components/prometheus-operator/prometheusrules.yaml";
const DASHBOARDS: &str = "dashboards";

pub(crate) fn files(tree: &Tree) -> Result<Vec<File>, String> {
    Ok(vec![
        File::new(OPERATOR, prometheus_rules(tree)?),
        File::new(
            format!("{DASHBOARDS}/kustomization.yaml"),
            dashboards(tree)?,
        ),
    ])
}

fn prometheus_rules(tree: &Tree) -> Result<String, String> {
    let mut objects = Vec::new();
    for name in tree.stems(RULES, "yml")? {
        let spec: String = tree
            .read(&format!("{RULES}/{name}.yml"))?
            .split_inclusive('\n')
            .map(|line| match line {
                "\n" => line.to_owned(),
                _ => format!("  {line}"),
            })
            .collect();
        objects.push(format!(
            "apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: aws-root-exporter-{name}
  labels:
    app.kubernetes.io/name: aws-root-exporter
spec:
{spec}"
        ));
    }
    let head = format!("# Made from {RULES} by `cargo xtask generate`.\n");
    Ok(head + &objects.join("---\n"))
}

fn dashboards(tree: &Tree) -> Result<String, String> {
    let mut text = "\
# For Grafana's sidecar. Listed by `cargo xtask generate`.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
generatorOptions:
  disableNameSuffixHash: true
  labels:
    app.kubernetes.io/name: aws-root-exporter
    grafana_dashboard: \"1\"
  annotations:
    grafana_folder: AWS root user
configMapGenerator:
"
    .to_owned();
    for name in tree.stems(DASHBOARDS, "json")? {
        // The sidecar may put dashboards of many sources into one folder: the file name is unique.
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  - name: aws-root-exporter-dashboard-{name}\n    files: [aws-root-{name}.json={name}.json]"
        );
    }
    Ok(text)
}
