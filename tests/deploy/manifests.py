"""The plain manifests: built by kustomize, and the same in substance as what the chart makes."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import chart
import helm_engine
import objects
import yaml
from tree import documents

ROLE = {"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/aws-root-exporter"}}}
NETWORK = {"networkPolicy": {"enabled": True}}
MONITORING = {name: {"enabled": True} for name in ("serviceMonitor", "prometheusRule", "dashboards")}
OPERATOR = ["deploy/kubernetes/components/prometheus-operator", "dashboards"]
SHARDS = "deploy/kubernetes/components/shards"

# Overlay and components, and the values that make the same.
BUILDS = [
    ("base", [], NETWORK),
    ("overlays/one-account", [], {**NETWORK, **ROLE}),
    ("overlays/one-account", OPERATOR, {**NETWORK, **ROLE, **MONITORING}),
    ("overlays/organization", [], {**NETWORK, **ROLE, "config": chart.ORGANIZATION}),
    (
        "overlays/organization",
        [SHARDS, *OPERATOR],
        {**NETWORK, **ROLE, **MONITORING, "config": chart.ORGANIZATION, "shards": 3},
    ),
]


class Unbuildable(Exception):
    pass


def build(tree, overlay, components):
    with tempfile.TemporaryDirectory() as work:
        path = lambda name: os.path.relpath(tree.root / name, os.path.realpath(work))
        kustomization = {"resources": [path(f"deploy/kubernetes/{overlay}")], "components": [path(it) for it in components]}
        kustomization["namespace"] = "aws-root-exporter"
        Path(work, "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        # As it is where nothing is added.
        where = work if components else tree.root / "deploy/kubernetes" / overlay
        done = subprocess.run(["kubectl", "kustomize", where], capture_output=True, text=True)
    if done.returncode or done.stderr:
        raise Unbuildable(done.stderr.strip())
    return documents(done.stdout)


def substance(made):
    """Objects by kind and name, without what Helm and kustomize each do in their own way."""
    found = {}
    for it in made:
        text = json.dumps(it)
        # The hash in the name, and the checksum in an annotation, stand for the same.
        text = re.sub(r'("name": "aws-root-exporter)-[a-z0-9]{10}"', r'\1"', text)
        it = json.loads(text, object_hook=plain)
        if it["kind"] == "ConfigMap":
            it["data"] = {name: documents(value)[0] for name, value in it["data"].items()}
        if it["kind"] != "Namespace":
            found[it["kind"], it["metadata"]["name"]] = it
    return found


def plain(value):
    own = {f"app.kubernetes.io/{name}" for name in ("instance", "version", "managed-by")} | {"helm.sh/chart", "checksum/config"}
    return {key: it for key, it in value.items() if key not in own}


def differences(ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (our, their) in enumerate(zip(ours, theirs)):
            yield from differences(our, their, f"{path}.{index}")
    elif ours != theirs:
        yield f"{path}: kustomize {str(ours)[:200]}, Helm {str(theirs)[:200]}"


def check_objects(tree):
    for overlay, components, values in BUILDS:
        name = " + ".join([overlay, *components])
        try:
            made = build(tree, overlay, components)
        except Unbuildable as error:
            yield f"{name}: {error}"
            continue
        yield from (f"{name}: {problem}" for problem in objects.problems(made, tree))
        spaces = [it["metadata"].get("labels", {}) for it in made if it["kind"] == "Namespace"]
        if [it.get("pod-security.kubernetes.io/enforce") for it in spaces] != ["restricted"]:
            yield f"{name}: the namespace does not enforce the restricted profile"
        ours, theirs = substance(made), substance(helm_engine.render(tree.chart, values)[0])
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{name}: {' '.join(key)}")
