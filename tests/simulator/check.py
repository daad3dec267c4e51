#!/usr/bin/env python3
"""Tests whether the simulator answers as AWS does, with boto3 and by botocore's model.

    check.py PROGRAM"""

import os
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

import cloudtrail
import control
import demo
import faults
import guardduty
import iam
import identity
import model
import organization
import policies
import root
from client import Simulator, Tally

SUBJECTS = [faults, control, identity, iam, cloudtrail, guardduty, organization, policies, root, demo]
# Checks mostly wait for faults, so there are more of them at once than cores. Each has a process of its own: a request that is
# signed by hand changes botocore's clock.
PROCESSES = 3 * os.cpu_count()


def attempt(program, subject, name):
    """Runs one check against a simulator of its own."""
    tally = Tally()
    try:
        with Simulator(program, tally) as simulator:
            getattr(sys.modules[subject], name)(simulator, tally)
    except Exception:
        tally.true(f"{subject}.{name}", False, traceback.format_exc())
    return tally


def main(program):
    tally = Tally()
    with Simulator(program, tally) as simulator:
        status, operations = simulator.control("GET", "operations")
        tally.equal("the operations are listed", status, 200)
    model.declared(tally, operations)
    with ProcessPoolExecutor(PROCESSES) as pool:
        checks = [(subject.__name__, name) for subject in SUBJECTS for name in vars(subject) if name.startswith("check_")]
        for done in [pool.submit(attempt, program, *check) for check in checks]:
            tally.add(done.result())
    for it in operations:
        key = (it["service"], it["operation"])
        tally.true(f"{'.'.join(key)} is exercised", key in tally.exercised, "it never succeeded")
    for wrong in sorted(tally.conformance.wrong):
        tally.true("botocore's model", False, wrong)
    tally.true("answers were compared with the model", tally.conformance.answers > len(operations))
    return tally.summary()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
