"""The Helm chart: rendered with many values, and refusing wrong ones."""

import json
import re
import tarfile
import tempfile
import tomllib

import helm_engine
import objects
import yaml
from helm_python import HelmError
from tree import documents

ORGANIZATION = {"accounts": {"mode": "organization", "role": "root-exporter"}}
MONITORING = {
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    "dashboards": {"enabled": True},
}
PRIVATE = {"existingSecret": "web", "certificateSecret": "certificate"}
BASE = {"ConfigMap", "ServiceAccount", "Service", "Deployment"}
ALL = BASE | {"ServiceMonitor", "PrometheusRule", "NetworkPolicy", "PodDisruptionBudget"}

# Values, and the kinds of objects that they make.
CASES = {
    "default": ({}, BASE),
    "all off": (
        {"serviceAccount": {"create": False, "name": "mine"}, "resources": {"limits": None}},
        BASE - {"ServiceAccount"},
    ),
    "all on": (
        {
            **MONITORING,
            "replicas": 2,
            "image": {"tag": "1.2.3", "digest": "sha256:" + "0" * 64, "pullPolicy": "Always"},
            "imagePullSecrets": [{"name": "registry"}],
            "config": {
                "accounts": {"mode": "list", "ids": ["111122223333"], "exclude": ["444455556666"], "external_id": "x"},
                "regions": ["us-east-1", "us-gov-west-1"],
                "collectors": {"guardduty": {"enabled": False}, "root_activity": {"interval": "5m", "quiet_interval": "30m", "lookback": "30d"}},
                "limits": {"concurrency": 32, "stale_after": 4},
                "checks": {"disabled": ["root-scp"], "root_key_max_age": "30d", "max_administrators": 0},
            },
            "log": {"level": "debug", "format": "json"},
            "extraArgs": ["--web.enable-lifecycle"],
            "extraEnv": [
                {"name": "AWS_REGION", "value": "eu-central-1"},
                {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
            ],
            "extraEnvFrom": [{"secretRef": {"name": "more"}}],
            "extraVolumes": [{"name": "certificates", "configMap": {"name": "certificates"}}],
            "extraVolumeMounts": [{"name": "certificates", "mountPath": "/etc/ssl/more"}],
            "service": {"port": 80, "annotations": {"prometheus.io/scrape": "true"}},
            "networkPolicy": {
                "enabled": True,
                "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                "extraEgress": [{"ports": [{"port": 3128}]}],
            },
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"},
            "podAnnotations": {"a": "b"},
            "podLabels": {"team": "security"},
            "nodeSelector": {"kubernetes.io/arch": "amd64"},
            "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}],
            "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
            ],
            "priorityClassName": "system-cluster-critical",
            "terminationGracePeriodSeconds": 30,
            "global": {"of": "a parent chart"},
        },
        ALL,
    ),
    "shards": (
        {**MONITORING, "shards": 3, "config": ORGANIZATION, "podDisruptionBudget": {"enabled": True}},
        ALL - {"Deployment", "NetworkPolicy"} | {"StatefulSet"},
    ),
    "TLS": (
        {
            "webConfig": PRIVATE,
            "serviceMonitor": {
                "enabled": True,
                "tlsConfig": {"ca": {"secret": {"name": "ca", "key": "ca.crt"}}, "serverName": "exporter"},
            },
        },
        BASE | {"ServiceMonitor"},
    ),
    "TLS and passwords": (
        {
            "webConfig": {**PRIVATE, "probes": "tcp"},
            "serviceMonitor": {
                "enabled": True,
                "scrapeTimeout": "20s",
                "basicAuth": {name: {"name": "login", "key": name} for name in ("username", "password")},
                "tlsConfig": {"insecureSkipVerify": True},
                "relabelings": [{"action": "labeldrop", "regex": "pod"}],
                "metricRelabelings": [{"action": "drop", "sourceLabels": ["__name__"], "regex": "process_.*"}],
            },
        },
        BASE | {"ServiceMonitor"},
    ),
    "passwords only": ({"webConfig": {"existingSecret": "web", "tls": False}}, BASE),
    "IRSA": (
        {"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws-us-gov:iam::111122223333:role/a/b"}}},
        BASE,
    ),
    "long name": (
        {"nameOverride": "a" * 63, "config": ORGANIZATION, "shards": 2},
        BASE - {"Deployment"} | {"StatefulSet"},
    ),
}

# Values that must be refused, and what Helm then says.
REFUSED = [
    ({"replica": 2}, "'replica' not allowed"),
    ({"replicas": -1}, "'/replicas'"),
    ({"replicas": "2"}, "'/replicas'"),
    ({"shards": 0}, "'/shards'"),
    ({"shards": 2}, "'/config/accounts/mode'"),
    ({"shards": 2, "replicas": 2, "config": ORGANIZATION}, "'/replicas'"),
    ({"nameOverride": "With Blank"}, "'/nameOverride'"),
    ({"image": {"repository": ""}}, "'/image/repository'"),
    ({"image": {"tag": "a b"}}, "'/image/tag'"),
    ({"image": {"digest": "sha256:0"}}, "'/image/digest'"),
    ({"image": {"pullPolicy": "Sometimes"}}, "'/image/pullPolicy'"),
    ({"imagePullSecrets": ["name"]}, "'/imagePullSecrets/0'"),
    ({"config": {"acounts": {}}}, "'acounts' not allowed"),
    ({"config": {"accounts": {"mode": "all"}}}, "'/config/accounts/mode'"),
    ({"config": {"accounts": {"ids": [111122223333]}}}, "'/config/accounts/ids/0'"),
    ({"config": {"accounts": {"refresh": "15 minutes"}}}, "'/config/accounts/refresh'"),
    ({"config": {"regions": "us-east-1"}}, "'/config/regions'"),
    ({"config": {"regions": []}}, "'/config/regions'"),
    ({"config": {"collectors": {"iam": {"intervall": "1h"}}}}, "'intervall' not allowed"),
    ({"config": {"collectors": {"iam": {"lookback": "1h"}}}}, "'lookback' not allowed"),
    ({"config": {"limits": {"stale_after": 1}}}, "'/config/limits/stale_after'"),
    ({"config": {"checks": {"disabled": "root-scp"}}}, "'/config/checks/disabled'"),
    ({"log": {"level": "verbose"}}, "'/log/level'"),
    ({"log": {"format": "text"}}, "'/log/format'"),
    ({"extraArgs": ["serve"]}, "'/extraArgs/0'"),
    ({"extraEnv": {"AWS_REGION": "us-east-1"}}, "'/extraEnv'"),
    ({"extraEnv": [{"value": "us-east-1"}]}, "'name'"),
    ({"webConfig": {"existingsecret": "a"}}, "'existingsecret' not allowed"),
    ({"webConfig": {"certificateSecret": "certificate"}}, "'/webConfig/existingSecret'"),
    ({"webConfig": {"probes": "https"}}, "'/webConfig/probes'"),
    ({"serviceAccount": {"create": False}}, "'/serviceAccount/name'"),
    ({"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "root-exporter"}}}, "role-arn'"),
    ({"service": {"port": 98160}}, "'/service/port'"),
    ({"serviceMonitor": {"interval": "often"}}, "'/serviceMonitor/interval'"),
    ({"serviceMonitor": {"enabled": "yes"}}, "'/serviceMonitor/enabled'"),
    ({"prometheusRule": {"labels": {"release": 1}}}, "'/prometheusRule/labels/release'"),
    ({"networkPolicy": {"from": {"podSelector": {}}}}, "'/networkPolicy/from'"),
    ({"podDisruptionBudget": {"maxUnavailable": 0}}, "'/podDisruptionBudget/maxUnavailable'"),
    ({"resources": {"limit": {}}}, "'limit' not allowed"),
    ({"affinity": {"podAntiAfinity": {}}}, "'podAntiAfinity' not allowed"),
    ({"terminationGracePeriodSeconds": 5}, "'/terminationGracePeriodSeconds'"),
]


def check_lint(tree):
    for name, (values, _) in CASES.items():
        for version in ("1.25.0", "1.37.0"):
            yield from (f"{name}: {problem}" for problem in helm_engine.lint(tree.chart, values, version))


def check_objects(tree):
    for name, (values, kinds) in CASES.items():
        made, notes = helm_engine.render(tree.chart, values)
        yield from (f"{name}: {problem}" for problem in objects.problems(made, tree))
        if {it["kind"] for it in made} != kinds:
            yield f"{name}: makes {sorted({it['kind'] for it in made})}"
        for text in (notes, json.dumps(made)):
            if re.search(r"<no value>|%!|<nil>", text):
                yield f"{name}: a template did not find a value"
        rules = {it["metadata"]["name"]: it["spec"] for it in made if it["kind"] == "PrometheusRule"}
        wanted = {f"aws-root-exporter-{file.stem}": documents(file.read_text())[0] for file in tree.rules}
        if rules and rules != wanted:
            yield f"{name}: the rules are not those of deploy/prometheus/rules"
        boards = [json.loads(it["data"].popitem()[1]) for it in made if "-dashboard-" in it["metadata"]["name"]]
        if "dashboards" in values and boards != [json.loads(file.read_text()) for file in tree.dashboards]:
            yield f"{name}: the dashboards are not those of dashboards/"


def check_meant(tree):
    """What single values change."""
    def rendered(name):
        made, notes = helm_engine.render(tree.chart, CASES[name][0])
        (workload,) = objects.workloads(made)
        monitors = [it["spec"]["endpoints"][0] for it in made if it["kind"] == "ServiceMonitor"]
        (service,) = (it for it in made if it["kind"] == "Service")
        return workload, workload["spec"]["template"]["spec"]["containers"][0], service["spec"], monitors, notes

    def is_(what, got, wanted):
        if got != wanted:
            yield f"{what}: {got!r}, not {wanted!r}"

    workload, container, service, _, notes = rendered("default")
    probe = {"port": "metrics", "scheme": "HTTP"}
    yield from is_("liveness", container["livenessProbe"]["httpGet"], {"path": "/-/healthy", **probe})
    yield from is_("readiness", container["readinessProbe"]["httpGet"], {"path": "/-/ready", **probe})
    yield from is_("image", container["image"], f"ghcr.io/aws-root-exporter/aws-root-exporter:{version(tree)}")
    name = workload["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
    yield from is_("label of the runbooks", name, "aws-root-exporter")
    update = workload["spec"]["strategy"]["rollingUpdate"]
    yield from is_("no gap in an update", update, {"maxSurge": 1, "maxUnavailable": 0})
    yield from is_("notes on credentials", "create-pod-identity-association" in notes, True)
    other = helm_engine.render(tree.chart, {"config": {"regions": ["us-east-1"]}})[0]
    (other,) = objects.workloads(other)
    sums = [it["spec"]["template"]["metadata"]["annotations"]["checksum/config"] for it in (workload, other)]
    yield from is_("a change of the configuration restarts", sums[0] != sums[1], True)

    workload, container, service, monitors, _ = rendered("shards")
    yield from is_("shard", container["args"][-1], "--shard=auto/3")
    yield from is_("pods", (workload["spec"]["replicas"], workload["spec"]["podManagementPolicy"]), (3, "Parallel"))
    yield from is_("headless", (service["clusterIP"], service["publishNotReadyAddresses"]), ("None", True))

    _, container, _, monitors, notes = rendered("TLS")
    yield from is_("TLS, probe", container["readinessProbe"]["httpGet"]["scheme"], "HTTPS")
    yield from is_("TLS, scrape", monitors[0]["scheme"], "https")
    yield from is_("TLS, flag", "--web.config.file=/etc/aws-root-exporter-web/web-config.yml" in container["args"], True)
    yield from is_("TLS, notes", "https://localhost:9816" in notes, True)
    _, container, _, monitors, _ = rendered("TLS and passwords")
    yield from is_("passwords, probe", container["livenessProbe"], {"tcpSocket": {"port": "metrics"}})
    _, container, _, _, _ = rendered("passwords only")
    yield from is_("no TLS, probe", container["livenessProbe"]["httpGet"]["scheme"], "HTTP")

    workload, container, _, _, notes = rendered("all on")
    yield from is_("digest", container["image"], "ghcr.io/aws-root-exporter/aws-root-exporter@sha256:" + "0" * 64)
    spread = workload["spec"]["template"]["spec"]["topologySpreadConstraints"][0]
    yield from is_("spread", spread["labelSelector"]["matchLabels"], workload["spec"]["selector"]["matchLabels"])
    workload, _, service, _, _ = rendered("long name")
    yield from is_("room for the pods' labels", len(workload["metadata"]["name"]) <= 52, True)


def check_refusals(tree):
    for values, wanted in REFUSED:
        try:
            helm_engine.render(tree.chart, values)
            yield f"{values} is not refused"
        except HelmError as error:
            if wanted not in str(error):
                yield f"{values} is refused by {error}"


def check_examples(tree):
    """The examples of values in the chart's README and in docs/network.md work."""
    for page in (tree.chart / "README.md", tree.root / "docs/network.md"):
        for example in re.findall(r"^```yaml\n([^#].*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
            made, _ = helm_engine.render(tree.chart, documents(example)[0])
            yield from (f"{page.name}: {problem}" for problem in objects.problems(made, tree))


def check_install(tree):
    """What docs/install.md sets are values that work, and where it leads is something."""
    text = (tree.root / "docs/install.md").read_text()
    commands = [it for it in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "helm upgrade" in it and "--set" in it]
    # What is set in between goes with the last of them.
    between = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for command in [*commands, commands[-1] + between]:
        values = helm_engine.values(re.findall(r"--set (?:'([^']+)'|([^\s`]+))", command))
        made, _ = helm_engine.render(tree.chart, values)
        yield from (f"install.md: {problem}" for problem in objects.problems(made, tree))
    places = re.findall(r"apply -k (\S+?)`", text) + [f"docs/{it}" for it in re.findall(r"\]\((\.\./[^)#]+)", text)]
    places += [f"docs/runbooks/{it}.md" for it in re.findall(r"\bAwsRoot[A-Z]\w+", text)]
    yield from (f"install.md: there is no {it}" for it in places if not (tree.root / it).exists())


def version(tree):
    return tomllib.loads((tree.root / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def check_version(tree):
    chart = yaml.safe_load((tree.chart / "Chart.yaml").read_text())
    if chart["appVersion"] != version(tree):
        yield f"Chart.yaml: appVersion {chart['appVersion']} is not that of Cargo.toml"


def keys(value, schema, root, path=""):
    """Where a value's keys are not those of its schema."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].split("/")[-1]]
    if isinstance(value, dict) and schema.get("additionalProperties") is False:
        for key in value.keys() ^ (schema["properties"].keys() - {"global"}):
            yield f"{path}.{key} is only in {'the values' if key in value else 'the schema'}"
        for key in value.keys() & schema["properties"].keys():
            yield from keys(value[key], schema["properties"][key], root, f"{path}.{key}")


def check_schema(tree):
    """The schema knows the keys of values.yaml and of the exporter's configuration, and no others."""
    schema = json.loads((tree.chart / "values.schema.json").read_text())
    values = yaml.safe_load((tree.chart / "values.yaml").read_text())
    example = yaml.safe_load(tree.run("config", "example").stdout)
    values["config"] = example
    # What is Kubernetes' own.
    for name in ("resources", "affinity"):
        values[name] = dict.fromkeys(schema["properties"][name]["properties"])
    yield from keys(values, schema, schema)


def check_labels(tree):
    """Metrics keep labels that the Prometheus operator would give the target."""
    labels = set(re.findall(r"`(\w+)`", tree.run("docs", "metrics").stdout))
    taken = labels & {"container", "endpoint", "instance", "job", "namespace", "node", "pod", "service"}
    made, _ = helm_engine.render(tree.chart, MONITORING)
    (monitor,) = (it for it in made if it["kind"] == "ServiceMonitor")
    if taken and not monitor["spec"]["endpoints"][0].get("honorLabels"):
        yield f"the ServiceMonitor's labels hide the metrics' {sorted(taken)}"


def check_package(tree):
    """The package holds the repository's rules and dashboards themselves, and renders as the folder does."""
    with tempfile.TemporaryDirectory() as work:
        file = helm_engine.package(tree.chart, work)
        if helm_engine.render(file, MONITORING) != helm_engine.render(tree.chart, MONITORING):
            yield "the package does not render as the folder does"
        with tarfile.open(file) as archive:
            packed = {it.name.split("/", 1)[1]: archive.extractfile(it).read() for it in archive}
    wanted = {f"files/rules/{it.name}": it.read_bytes() for it in tree.rules}
    wanted |= {f"files/dashboards/{it.name}": it.read_bytes() for it in tree.dashboards}
    if wanted != {name: it for name, it in packed.items() if name.startswith("files/")}:
        yield "the package's rules and dashboards are not the repository's"
