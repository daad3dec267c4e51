#!/usr/bin/env python3
"""Tests how the exporter reaches AWS through the networks that people have: proxies, CA certificates, what fails on the way.

    check.py PROGRAM [PART OF A CASE'S NAME]

It runs in a network namespace of its own, in which AWS's names resolve nowhere: only the proxy knows where they are. Where no
namespace can be made, it says so and ends."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

import cases
import harness
import place

INSIDE = "IN_NETWORK_NAMESPACE"
# Cases mostly wait.
AT_ONCE = 6


def enter():
    """Runs this script again in a namespace; returns where none can be made."""
    for way in (["unshare", "--net", "--mount"], ["unshare", "--user", "--map-root-user", "--net", "--mount"]):
        try:
            if subprocess.run([*way, "true"], capture_output=True).returncode == 0:
                os.execvpe(way[0], [*way, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
        except FileNotFoundError:
            break
    print("SKIPPED: network: no network namespace can be made here (unshare --net)")


def main(program, part=""):
    tally = harness.Tally()
    with place.Place(program) as there, ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = [it for it in cases.cases(there) if part in it.name]
        ended = list(pool.map(lambda case: case.run(program, there), wanted))
        for case, outcome in zip(wanted, ended):
            case.judge(outcome, tally)
    for case, outcome in zip(wanted, ended):
        print(f"{case.name:<60} {outcome.reason or 'works':<12} {outcome.message}")
    return tally.summary()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    if INSIDE not in os.environ:
        sys.exit(enter())
    sys.exit(main(*sys.argv[1:]))
