"""What is made from other files: the chart's README, the rules for the operator, the list of dashboards."""

import json
import re
import textwrap

import yaml

README = "deploy/helm/aws-root-exporter/README.md"
RULES = "deploy/kubernetes/components/prometheus-operator/prometheusrules.yaml"
DASHBOARDS = "dashboards/kustomization.yaml"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"


def values_table(text):
    """A row for each value of values.yaml that has a comment: the comment is the meaning, what follows the default."""
    values, rows, path, comment = yaml.safe_load(text), [], [], []
    for line in text.splitlines():
        indent = (len(line) - len(line.lstrip())) // 2
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip("# "))
        elif key := re.match(r" *([A-Za-z_]+):", line):
            path = [*path[:indent], key[1]]
            if comment:
                value = values
                for name in path:
                    value = value[name]
                rows.append(f"| `{'.'.join(path)}` | `{json.dumps(value)}` | {' '.join(comment)} |")
            comment = []
        else:
            comment = []
    return "\n".join(["| value | default | meaning |", "|---|---|---|", *rows]) + "\n"


def readme(tree):
    text = (tree.root / README).read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + values_table((tree.chart / "values.yaml").read_text()) + END + after


def rules(tree):
    head = "# Made from deploy/prometheus/rules by tests/deploy/kubernetes.sh --write.\n"
    return head + "---\n".join(
        "apiVersion: monitoring.coreos.com/v1\n"
        "kind: PrometheusRule\n"
        "metadata:\n"
        f"  name: aws-root-exporter-{file.stem}\n"
        "  labels:\n"
        "    app.kubernetes.io/name: aws-root-exporter\n"
        "spec:\n" + textwrap.indent(file.read_text(), "  ")
        for file in tree.rules
    )


def dashboards(tree):
    text = """# For Grafana's sidecar. Listed by tests/deploy/kubernetes.sh --write.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
generatorOptions:
  disableNameSuffixHash: true
  labels:
    app.kubernetes.io/name: aws-root-exporter
    grafana_dashboard: "1"
  annotations:
    grafana_folder: AWS root user
configMapGenerator:
"""
    for file in tree.dashboards:
        # Dashboards of a folder may come from many places: the name is one of its own.
        text += f"  - name: aws-root-exporter-dashboard-{file.stem}\n    files: [aws-root-{file.name}={file.name}]\n"
    return text if tree.dashboards else text.replace("configMapGenerator:\n", "configMapGenerator: []\n")


FILES = {README: readme, RULES: rules, DASHBOARDS: dashboards}


def check_generated(tree):
    for name, make in FILES.items():
        file = tree.root / name
        if not file.exists() or file.read_text() != make(tree):
            yield f"{name} is not what tests/deploy/kubernetes.sh --write makes"


def leaves(value, path=""):
    for key, it in value.items():
        yield from leaves(it, f"{path}{key}.") if isinstance(it, dict) and it else [f"{path}{key}"]


def check_explained(tree):
    """Every value has a comment, or is in a map that has."""
    text = (tree.chart / "values.yaml").read_text()
    explained = re.findall(r"^\| `([^`]+)`", values_table(text), re.MULTILINE)
    for leaf in leaves(yaml.safe_load(text)):
        if not any(f"{leaf}.".startswith(f"{it}.") for it in explained):
            yield f"values.yaml does not explain {leaf}"


def write(tree):
    for name, make in FILES.items():
        (tree.root / name).write_text(make(tree))
