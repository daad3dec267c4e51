#!/usr/bin/env python3
"""Tests `deploy/aws`: with cfn-lint, parliament and python-hcl2; against what the program prints; and with the exporter run
against the simulator with just these roles. Then mutations: each changes one place, and the step that concerns it must fail.

    check.py PROGRAM"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness/python"))

import mutations
import same
import world
from parliament import analyze_policy_string

ROOT = Path(__file__).resolve().parents[3]


class Failed(Exception):
    """What a step has found."""


def cloudformation(tree, _):
    """cfn-lint: the grammar, the properties, the actions of policies, trust policies among them."""
    with tempfile.TemporaryDirectory() as folder:
        wrapped = [wrap(path, Path(folder)) for path in sorted(tree.glob("trust/*.json"))]
        templates = sorted(tree.glob("cloudformation/*.yaml"))
        # W1030: where the cluster has no name, there is no association.
        command = [Path(sys.executable).with_name("cfn-lint"), "--format", "parseable", "--ignore-checks", "W1030", "--include-checks", "I"]
        command += ["--regions", "us-east-1", "us-gov-west-1", "cn-north-1", "--"]
        ended = subprocess.run(command + templates + wrapped, capture_output=True, text=True)
    # The exit code is a mask of what was found; whatever it is, it is too much.
    if ended.returncode:
        raise Failed(ended.stdout + ended.stderr)
    return f"{len(templates)} templates, {len(wrapped)} trust policies"


def wrap(path, folder):
    """A trust policy as a template, with values for its placeholders."""
    trust = same.filled(path.read_text())
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    wrapped = folder / path.with_suffix(".template").name
    wrapped.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Role": role}}))
    return wrapped


def policies(tree, _):
    """parliament: actions, resources and conditions that there are, and that go together."""
    paths = sorted(tree.glob("policies/*.json"))
    for path in paths:
        for it in analyze_policy_string(path.read_text()).findings:
            # What is read is every trail, detector and policy, whatever its name; and to parliament an ARN of a task policy is
            # any text.
            known = it.issue == "RESOURCE_STAR" or (it.issue == "MISMATCHED_TYPE" and path.name == "assume-root.json" and "ArnEquals" in it.detail)
            if not known:
                raise Failed(f"{path.name}: {it.issue} {it.detail}")
    return f"{len(paths)} policies"


def equality(tree, binary):
    """Templates and modules, in each partition and for each use, come to the printed policies and to one trust policy."""
    return f"{same.check(tree, binary)} roles"


def run(tree, binary):
    """The exporter against the simulator, with roles as the templates make them."""
    return f"{world.check(tree, binary)} worlds"


STEPS = [cloudformation, policies, equality, run]


def main(binary):
    for step in STEPS:
        print(f"{step.__name__}: {step(ROOT / 'deploy/aws', binary)}", flush=True)
    for it in mutations.MUTATIONS:
        with tempfile.TemporaryDirectory() as folder:
            tree = mutations.apply(it, ROOT / "deploy/aws", Path(folder))
            try:
                globals()[it.step](tree, binary)
            except Exception as found:  # of any kind: its message is compared
                message = " ".join(str(found).split())
                assert it.message in message, f"{it} is found otherwise: {message}"
                start = max(0, message.index(it.message) - 60)
                print(f"  mutation of {it.file}: {message[start : start + 160]}")
            else:
                raise Failed(f"{it.step} does not see: {it}")
    print(f"{len(mutations.MUTATIONS)} mutations found")


if __name__ == "__main__":
    main(sys.argv[1])
