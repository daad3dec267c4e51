"""Mutations: the check that must fail, the file, the pattern and its replacement, and a part of the check's message."""

import chart
import manifests
import running
import values

CHART = "deploy/helm/aws-root-exporter"
TEMPLATES = f"{CHART}/templates"
PLAIN = "deploy/kubernetes"
COMPONENTS = f"{PLAIN}/components"

MUTATIONS = [
    (chart.check_version, f"{CHART}/Chart.yaml", "^appVersion: .*", "appVersion: 9.9.9", "appVersion 9.9.9"),
    (chart.check_lint, f"{CHART}/Chart.yaml", "^version: .*", "version: first", "'first'"),
    (chart.check_lint, f"{CHART}/values.yaml", "IfNotPresent", "IfNotPresnt", "/image/pullPolicy"),
    (chart.check_schema, f"{CHART}/values.yaml", "^log:", "logging:", ".logging is only in the values"),
    (chart.check_objects, f"{CHART}/values.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "running as non-root"),
    (values.check_explained, f"{CHART}/values.yaml", "  # Annotations, such.*", "", "service.annotations"),
    (chart.check_examples, f"{CHART}/README.md", "serverName:", "servrName:", "servrName"),
    (chart.check_examples, "docs/network.md", "networkPolicy:", "networkPolcy:", "networkPolcy"),
    (chart.check_install, "docs/install.md", "serviceMonitor.enabled", "serviceMonitr.enabled", "serviceMonitr"),
    (chart.check_install, "docs/install.md", "serviceAccount.annotations", "serviceAcount.annotations", "serviceAcount"),
    (chart.check_install, "docs/install.md", "overlays/one-account", "overlays/on-account", "there is no deploy/kubernetes/overlays/on-account"),
    (chart.check_install, "docs/install.md", "AwsRootDataMissing", "AwsRootDataMising", "there is no docs/runbooks/AwsRootDataMising.md"),
    (chart.check_schema, f"{CHART}/values.schema.json", "stale_after", "stale_aftr", ".stale_aftr is only in the schema"),
    (chart.check_refusals, f"{CHART}/values.schema.json", '"level": {"enum"', '"level": {"enumm"', "verbose"),
    (chart.check_objects, f"{TEMPLATES}/_helpers.tpl", 'include "exporter.labels"', 'include "exporter.lables"', "exporter.lables"),
    (chart.check_objects, f"{TEMPLATES}/_helpers.tpl", "port: metrics", "port: metric", "asks at the port metric,"),
    (chart.check_objects, f"{TEMPLATES}/configmap.yaml", "config.yaml:", "config.yml:", "nobody reads config.yml"),
    (chart.check_lint, f"{TEMPLATES}/dashboards.yaml", "base ", "bse ", '"bse" not defined'),
    (chart.check_objects, f"{TEMPLATES}/networkpolicy.yaml", "podSelector", "podSelecter", "podSelecter"),
    (chart.check_objects, f"{TEMPLATES}/NOTES.txt", r"\.prometheusRule\.", ".prometheusRules.", "nil pointer"),
    (chart.check_objects, f"{TEMPLATES}/poddisruptionbudget.yaml", "maxUnavailable:", "maxUnavailabel:", "maxUnavailabel"),
    (chart.check_objects, f"{TEMPLATES}/prometheusrules.yaml", "files/rules", "files/rule", "makes ["),
    (chart.check_objects, f"{TEMPLATES}/service.yaml", "targetPort: metrics", "targetPort: metric", "there is no port metric"),
    (chart.check_objects, f"{TEMPLATES}/serviceaccount.yaml", "automountService", "automuntService", "automuntService"),
    (chart.check_objects, f"{TEMPLATES}/servicemonitor.yaml", "jobLabel", "jobLable", "jobLable"),
    (chart.check_labels, f"{TEMPLATES}/servicemonitor.yaml", "honorLabels: true", "honorLabels: false", "['service']"),
    (chart.check_objects, f"{TEMPLATES}/workload.yaml", "readOnly: true", "readonly: true", "readonly"),
    (chart.check_objects, f"{TEMPLATES}/workload.yaml", "--log.format", "--log.formt", "no flag --log.formt"),
    (chart.check_meant, f"{TEMPLATES}/workload.yaml", "auto/", "autos/", "--shard=autos/3"),
    (running.check_running, f"{TEMPLATES}/workload.yaml", "/-/ready", "/-/redy", "readiness at /-/redy: 404"),
    (chart.check_package, f"{CHART}/.helmignore", "kustomization", "kustomisation", "are not the repository's"),
    (chart.check_objects, "deploy/prometheus/rules/credentials.yml", "expr:", "exprr:", "exprr"),
    (manifests.check_objects, f"{PLAIN}/base/kustomization.yaml", "deployment.yaml", "deploymant.yaml", "deploymant.yaml"),
    (manifests.check_objects, f"{PLAIN}/base/kustomization.yaml", "configMapGenerator", "configMapGenerater", "configMapGenerater"),
    (manifests.check_objects, f"{PLAIN}/base/config.yaml", "mode:", "mod:", "mod"),
    (manifests.check_objects, f"{PLAIN}/base/namespace.yaml", "restricted", "restrictd", "does not enforce"),
    (manifests.check_objects, f"{PLAIN}/base/deployment.yaml", "512Mi", "521Mi", "kustomize 521Mi, Helm 512Mi"),
    (manifests.check_objects, f"{PLAIN}/base/networkpolicy.yaml", "170.23/32", "170.32/32", "kustomize 169.254.170.32/32"),
    (manifests.check_objects, f"{PLAIN}/base/service.yaml", "port: 9816", "port: 9861", "kustomize 9861"),
    (manifests.check_objects, f"{PLAIN}/base/serviceaccount.yaml", "aws-root-exporter", "aws-root-exporer", "there is no ServiceAccount"),
    (manifests.check_objects, f"{PLAIN}/overlays/one-account/kustomization.yaml", "role-arn", "role-arm", ".eks.amazonaws.com/role-arm"),
    (manifests.check_objects, f"{PLAIN}/overlays/organization/config.yaml", "mode: org", "mode: og", "oganization"),
    (manifests.check_objects, f"{PLAIN}/overlays/organization/kustomization.yaml", "behavior", "behaviour", "behaviour"),
    (manifests.check_objects, f"{COMPONENTS}/shards/kustomization.yaml", "auto/3", "auto/2", "--shard=auto/2"),
    (manifests.check_objects, f"{COMPONENTS}/prometheus-operator/kustomization.yaml", "servicemonitor", "servicemonitr", "servicemonitr"),
    (manifests.check_objects, f"{COMPONENTS}/prometheus-operator/servicemonitor.yaml", "interval", "intervall", "intervall"),
]
