"""What is wrong with Kubernetes objects, wherever they come from."""

import json
import re
import subprocess
import tempfile
from collections import Counter
from functools import lru_cache
from pathlib import Path

import kubernetes_validate
import pods
import yaml
from cloudcoil.models.prometheus_operator import v1 as operator
from pydantic import ValidationError

VERSIONS = [f"1.{minor}" for minor in range(25, 38)]
# A few hundred kilobytes of JSON each, asked for again and again.
kubernetes_validate.utils.schema_contents = lru_cache(maxsize=None)(kubernetes_validate.utils.schema_contents)
# How many different objects a version's schemas, or the operator's, found right.
valid = Counter()


def problems(objects, tree):
    """All that is wrong; `objects` are what is applied together."""
    for it in objects:
        text = json.dumps(it, sort_keys=True)
        where = f"{it['kind']} {it['metadata']['name']}"
        yield from (f"{where}: {problem}" for problem in (*schema(text), *content(text, tree.binary)))
    yield from (problem for it in workloads(objects) for problem in workload(it, objects, tree))
    yield from references(objects)


@lru_cache(maxsize=None)
def schema(text):
    """By the schemas of each version, strictly: no field that they do not know."""
    it, wrong = json.loads(text), []
    if it["apiVersion"] == "monitoring.coreos.com/v1":
        try:
            getattr(operator, it["kind"]).model_validate(it, extra="forbid")
            valid["operator"] += 1
        except ValidationError as error:
            wrong.append(str(error))
        return wrong
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(it, f"{version}.0", strict=True)
            valid[version] += 1
        except Exception as error:
            wrong.append(f"Kubernetes {version}: {str(error).splitlines()[0]}")
    return wrong


@lru_cache(maxsize=None)
def content(text, binary):
    """Configuration by the exporter itself, rules by promtool, dashboards by their being JSON."""
    it = json.loads(text)
    with tempfile.TemporaryDirectory() as work:
        for name, value in it.get("data", {}).items():
            file = Path(work, name)
            file.write_text(value)
            if name == "config.yaml":
                checked = subprocess.run(
                    [binary, "config", "check", f"--config.file={file}"], capture_output=True, text=True
                )
                if checked.returncode:
                    return [checked.stderr.strip()]
            elif not name.endswith(".json"):
                return [f"nobody reads {name}"]
            elif not json.loads(value).get("uid"):
                return [f"{name} is no dashboard"]
        if it["kind"] == "PrometheusRule":
            file = Path(work, "rules.yml")
            file.write_text(yaml.safe_dump(it["spec"]))
            checked = subprocess.run(
                ["promtool", "check", "rules", "--lint=all", "--lint-fatal", file], capture_output=True, text=True
            )
            if checked.returncode:
                return [checked.stderr.strip() or checked.stdout.strip()]
    return []


def workloads(objects):
    return [it for it in objects if it["kind"] in ("Deployment", "StatefulSet")]


@lru_cache(maxsize=None)
def flags(binary):
    text = subprocess.run([binary, "serve", "--help"], capture_output=True, text=True).stdout
    return set(re.findall(r"--[a-z.-]+", text))


def workload(it, objects, tree):
    """Security, flags, and what the pod refers to."""
    pod, where = it["spec"]["template"]["spec"], f"{it['kind']} {it['metadata']['name']}"
    yield from (f"{where}: not restricted: {control}" for control in pods.violations(pod))
    (container,) = pod["containers"]
    for argument in container["args"][1:]:
        if argument.split("=")[0] not in flags(tree.binary):
            yield f"{where}: the exporter has no flag {argument}"
    ports = {port["name"] for port in container["ports"]}
    for name in ("livenessProbe", "readinessProbe"):
        (handler,) = (container[name][key] for key in ("httpGet", "tcpSocket") if key in container[name])
        if handler["port"] not in ports:
            yield f"{where}: {name} asks at the port {handler['port']}, which is not there"
    if f"--web.listen-address=:{container['ports'][0]['containerPort']}" not in container["args"]:
        yield f"{where}: the exporter does not listen at the port"
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    if set(mounts) != {volume["name"] for volume in pod["volumes"]}:
        yield f"{where}: volumes and their mounts differ"
    for argument in container["args"]:
        if ".file=" in argument and not argument.split("=")[1].startswith(tuple(f"{it}/" for it in mounts.values())):
            yield f"{where}: nothing is mounted at {argument}"
    labels, selector = it["spec"]["template"]["metadata"]["labels"], it["spec"]["selector"]["matchLabels"]
    if not selector.items() <= labels.items():
        yield f"{where}: selects other pods than its own"
    made = {(it["kind"], it["metadata"]["name"]) for it in objects}
    wanted = {("ConfigMap", volume["configMap"]["name"]) for volume in pod["volumes"] if volume["name"] == "config"}
    if it["kind"] == "StatefulSet":
        wanted.add(("Service", it["spec"]["serviceName"]))
    if any(it["kind"] == "ServiceAccount" for it in objects):
        wanted.add(("ServiceAccount", pod["serviceAccountName"]))
    yield from (f"{where}: there is no {kind} {name}" for kind, name in sorted(wanted - made))


def references(objects):
    """Do selectors and ports find what they are for?"""
    (of_pods,) = workloads(objects)
    template = of_pods["spec"]["template"]
    labels, ports = template["metadata"]["labels"], template["spec"]["containers"][0]["ports"]
    ports = {port["name"] for port in ports}
    for it in objects:
        spec, where = it.get("spec", {}), f"{it['kind']} {it['metadata']['name']}"
        target, selector, used = labels, {}, []
        if it["metadata"].get("namespace") != of_pods["metadata"].get("namespace") and it["kind"] != "Namespace":
            yield f"{where}: in another namespace than the pods"
        if it["kind"] == "Service":
            selector, used = spec["selector"], [port["targetPort"] for port in spec["ports"]]
        elif it["kind"] == "NetworkPolicy":
            selector = spec["podSelector"]["matchLabels"]
            used = [port["port"] for rule in spec["ingress"] for port in rule["ports"]]
        elif it["kind"] == "PodDisruptionBudget":
            selector = spec["selector"]["matchLabels"]
        elif it["kind"] == "ServiceMonitor":
            (service,) = (it for it in objects if it["kind"] == "Service")
            target, selector = service["metadata"]["labels"], spec["selector"]["matchLabels"]
            offered = {port["name"] for port in service["spec"]["ports"]}
            yield from (f"{where}: the Service has no port {it['port']}" for it in spec["endpoints"] if it["port"] not in offered)
            if spec["jobLabel"] not in target:
                yield f"{where}: the Service has no label {spec['jobLabel']}"
        if not selector.items() <= target.items():
            yield f"{where}: selects nothing by {selector}"
        yield from (f"{where}: there is no port {port}" for port in used if port not in ports)
