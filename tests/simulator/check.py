#!/usr/bin/env python3
"""Does the simulator answer as AWS does, in the eyes of boto3? Usage: check.py PATH_TO_BINARY"""

import sys
import traceback

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
from harness import Simulator, Tally

SUBJECTS = [control, identity, iam, cloudtrail, guardduty, organization, policies, root, faults, demo]


def main(binary):
    tally = Tally()
    with Simulator(binary, tally) as simulator:
        status, operations = simulator.control("GET", "operations")
        tally.equal("the operations are listed", status, 200)
    model.declared(tally, operations)
    for subject in SUBJECTS:
        for name, check in vars(subject).items():
            if name.startswith("check_"):
                try:
                    with Simulator(binary, tally) as simulator:
                        check(simulator, tally)
                except Exception:
                    tally.true(f"{subject.__name__}.{name}", False, traceback.format_exc())
    for it in operations:
        key = (it["service"], it["operation"])
        tally.true(f"{'.'.join(key)} is exercised", key in tally.exercised, "it never succeeded")
    for wrong in sorted(tally.conformance.wrong):
        tally.true("botocore's model", False, wrong)
    tally.true("answers were compared with the model", tally.conformance.answers > len(operations))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
