#!/usr/bin/env python3
"""Checks the Helm chart and the plain manifests, see kubernetes.sh."""

import os
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

import chart
import manifests
import objects
import pods
import running
import values
from mutations import MUTATIONS
from tree import REPOSITORY, Tree, mutated

MODULES = [values, chart, manifests, running]
# `cargo xtask generate --check` finds mutations of these.
GENERATED = {
    "deploy/helm/aws-root-exporter/README.md",
    "deploy/kubernetes/components/prometheus-operator/prometheusrules.yaml",
}
CHECKS = [check for it in MODULES for name, check in vars(it).items() if name.startswith("check_")]


def found(check, tree):
    """What the check finds wrong; that it breaks off is wrong, too."""
    try:
        yield from check(tree)
    except Exception:
        yield traceback.format_exc()


def chart_and_manifests():
    # What is linked to is elsewhere.
    return (file for folder in ("helm", "kubernetes") for file in (REPOSITORY / "deploy" / folder).rglob("*"))


def main(arguments):
    (binary,) = arguments
    tree = Tree(REPOSITORY, binary)
    passed = failed = 0

    def record(name, problems):
        nonlocal passed, failed
        passed, failed = passed + (not problems), failed + bool(problems)
        for problem in problems:
            print(f"FAILED {name}: {problem}")

    for check in CHECKS:
        record(f"{check.__module__}.{check.__name__}", list(found(check, tree)))
    counts = {f"Kubernetes {it}": objects.valid[it] for it in objects.VERSIONS} | {"operator": objects.valid["operator"]}
    record("every schema saw objects", [] if min(counts.values()) > 5 else [str(counts)])
    print("valid objects: " + ", ".join(f"{name} {count}" for name, count in counts.items()))

    pod = objects.workloads(chart.helm_engine.render(tree.chart, {})[0])[0]["spec"]["template"]["spec"]
    record("violations of pod security", list(pods.unseen(pod)))
    files = {str(it.relative_to(REPOSITORY)) for it in chart_and_manifests() if it.is_file()}
    record("each file has a mutation", sorted(files - GENERATED - {it[1] for it in MUTATIONS}))
    with tempfile.TemporaryDirectory() as work:
        for check, path, pattern, replacement, wanted in MUTATIONS:
            with mutated(tree, Path(work, "tree"), path, pattern, replacement) as bad:
                problems = []
                for problem in found(check, bad):
                    problems.append(problem)
                    if wanted in problem:
                        break
            message = f"{replacement!r} does not show as {wanted!r} but as {problems}"
            record(f"mutation of {path}", [] if problems and wanted in problems[-1] else [message])
            if os.environ.get("VERBOSE"):
                print(f"{path}: {replacement}: {problems[-1].strip().splitlines()[-1] if problems else None}")
    print(f"{len(chart.CASES)} cases, {len(chart.REFUSED)} values refused, {len(manifests.BUILDS)} builds, ", end="")
    print(f"{len(pods.VIOLATIONS)} violations and {len(MUTATIONS)} mutations found")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
