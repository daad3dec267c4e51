#!/usr/bin/env python3
"""The rules, their tests, and the configurations of Prometheus and Alertmanager, by the tools of three Debian suites.

    check.py [--suite NAME]...

Then mutations: each changes one place, and the step that concerns it must fail, with the newest tools. Steps run on all cores."""

import argparse
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

import steps
from expected import INHIBITIONS, ROUTES
from mutations import MUTATIONS
from toolsets import ROOT, SUITES, Failed, toolset

STEPS = ["check_rules", "check_prometheus", "check_alertmanager", "check_routes", "check_grouping"]
# The longest begin first, so that no core is idle at the end.
LONGEST = ["restart.yml", "exporter-days.yml"]


def test_files():
    names = sorted(it.name for it in (ROOT / "tests/alerts").glob("*.yml"))
    return sorted(names, key=lambda name: name not in LONGEST)


def jobs():
    """Each step with its argument."""
    yield from (("check_rule_tests", name) for name in test_files())
    yield from (("check_inhibition", name) for name in INHIBITIONS)
    yield from ((name, None) for name in STEPS)


def run(tools, step, argument, tree=ROOT):
    """Runs a step; what it found, or nothing."""
    try:
        getattr(steps, step)(tools, tree, *([] if argument is None else [argument]))
    except (Failed, AssertionError) as found:
        return str(found) or repr(found)
    return None


def step(tools, name, argument):
    found = run(tools, name, argument)
    return found and f"{tools.suite}: {name} {argument or ''}: {found}"


def mutation(tools, it):
    with tempfile.TemporaryDirectory() as folder:
        found = run(tools, it.step, it.argument, it.apply(ROOT, Path(folder)))
    return None if found else f"{it.step} {it.argument or ''} does not find the mutation {it}"


def count(pattern, files):
    return sum(len(re.findall(pattern, file.read_text(), re.MULTILINE)) for file in files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", action="append", choices=SUITES)
    suites = parser.parse_args().suite or SUITES
    toolsets = [toolset(suite) for suite in suites]
    for tools in toolsets:
        print(f"{tools.suite:9} {tools.versions()}")
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checks = [pool.submit(step, tools, *job) for job in jobs() for tools in toolsets]
        mutated = [pool.submit(mutation, toolsets[-1], it) for it in MUTATIONS]
        failures = 0
        for done in as_completed([*checks, *mutated]):
            if found := done.result():
                failures += 1
                print(f"FAILED {found}", flush=True)
    rules, tests = (sorted((ROOT / folder).glob("*.yml")) for folder in ("deploy/prometheus/rules", "tests/alerts"))
    print(
        f"{count('^ *- alert: ', rules)} alerts, {count('^ *- record: ', rules)} recorded series, {count('^  - name: ', tests)} tests, "
        f"{len(ROUTES)} routes: {len(checks)} steps with {len(toolsets)} suites, {len(mutated)} mutations, "
        f"{failures} failed; {time.monotonic() - began:.0f} s"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
