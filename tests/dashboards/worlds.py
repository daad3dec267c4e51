"""The worlds for which dashboards are drawn: each a scenario for the simulator and a configuration for the exporter."""

import copy
import pathlib
import random
import re

import yaml

DEMO = pathlib.Path(__file__).parents[2] / "crates/aws-simulator/src/demo.yaml"
MANAGEMENT, SHOP, SANDBOX, ROBOTICS = "111122223333", "444455556666", "555566667777", "777788889999"
STAGING, SECURITY, DATA = "222233334444", "333344445555", "888899990000"
FIRST_NAMES = "Atlas Beacon Cobalt Delta Ember Falcon Garnet Harbor Indigo Juniper Krypton Lumen Meridian Nimbus Onyx Prism Quartz Raven Summit Tundra".split()
LAST_NAMES = "API Analytics Backup Billing Build Data Edge Labs Mobile Web".split()


def faster(text, factor):
    """The story's times, each so many times sooner."""
    story = text.index("\nstory:")
    times = lambda match: f"at: {float(match[1]) / factor:g}s"
    return text[:story] + re.sub(r"(?<=- )at: (\d+)s", times, text[story:])


def demo(seconds):
    """The demo's world; one round of its story takes so long."""
    world = yaml.safe_load(faster(DEMO.read_text(), 600 / seconds))
    world["story"]["loop"] = False
    world["report_interval"] = "5s"
    world["report_delay"] = "0s"
    return world


def one(seconds):
    """Its management account alone."""
    world = demo(seconds)
    world["accounts"] = {MANAGEMENT: world["accounts"][MANAGEMENT]}
    del world["organization"]
    for step in world["story"]["steps"]:
        for changes in (step.get("patch", {}).get("accounts", {}), step.get("events", {})):
            for account in [it for it in changes if it != MANAGEMENT]:
                del changes[account]
    return world


def denied(seconds):
    """The demo's world, in which GuardDuty is denied everywhere after a third of the time, and the account summary in one account."""
    world = demo(seconds)
    faults = {
        "guardduty": {"kind": "deny", "service": "guardduty"},
        "summary": {"kind": "deny", "service": "iam", "operation": "GetAccountSummary", "account": SANDBOX},
    }
    steps = world["story"]["steps"] + [{"at": f"{seconds / 3:g}s", "patch": {"faults": faults}}]
    world["story"]["steps"] = sorted(steps, key=lambda step: float(step["at"].rstrip("s")))
    return world


def many(count):
    """As many accounts, most of them good; every now and then one gets worse or better, and root is used."""

    def world(seconds):
        chance = random.Random(7)
        world = demo(seconds)
        patterns = {id: world["accounts"][id] for id in (STAGING, SECURITY, SHOP, SANDBOX, ROBOTICS, DATA)}
        patterns[SHOP]["roles"] = patterns[SECURITY]["roles"]
        world["accounts"] = {MANAGEMENT: world["accounts"][MANAGEMENT]}
        names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
        kinds = {}
        for number in range(1, count):
            kind = chance.choices(list(patterns), weights=[50, 25, 10, 5, 7, 3])[0]
            account = copy.deepcopy(patterns[kind])
            account["name"] = names[number % len(names)] if number < len(names) else f"{names[number % len(names)]} {number // len(names)}"
            account["email"] = f"aws-{number}@example.com"
            account.pop("alias", None)
            # Key ids are one world's own.
            for key in account.get("root", {}).get("keys", []):
                key["id"] = f"AKIA{number:08}{key['id'][-8:]}"
            id = f"{200_000_000_000 + number * 7_919:012}"
            world["accounts"][id], kinds[id] = account, kind
        steps = world["story"]["steps"]
        for step in steps:
            step.get("patch", {}).get("accounts", {}).pop(SANDBOX, None)
            step.get("events", {}).pop(SANDBOX, None)
        with_root = [id for id, kind in kinds.items() if kind in (SECURITY, SHOP)]
        neglected = [id for id, kind in kinds.items() if kind in (SANDBOX, ROBOTICS)]
        for number, id in enumerate(chance.sample(with_root, min(12, len(with_root)))):
            at, mfa = chance.uniform(0.05, 0.95) * seconds, number % 4 != 0
            steps.append({"at": f"{at:g}s", "events": {id: [{"name": "ConsoleLogin", "mfa": mfa}]}})
            if number % 3 == 0:
                patch = {"accounts": {id: {"root": {"mfa": []}}}}
                steps.append({"at": f"{at + 1:g}s", "patch": patch, "events": {id: [{"name": "DeactivateMFADevice", "mfa": mfa}]}})
        for id in chance.sample(neglected, min(8, len(neglected))):
            patch = {"accounts": {id: {"root": {"password": None, "keys": [], "certificates": []}}}}
            steps.append({"at": f"{chance.uniform(0.3, 0.95) * seconds:g}s", "patch": patch})
        world["story"]["steps"] = sorted(steps, key=lambda step: float(step["at"].rstrip("s")))
        return world

    return world


def config(mode, interval):
    """Every collector runs with this interval."""
    names = "account_summary credential_report mfa_devices root_activity cloudtrail guardduty organization security_contact iam".split()
    # Three intervals would be over soon where much else runs.
    limits = {"stale_after": 8}
    collectors = {name: {"interval": interval} for name in names}
    collectors["root_activity"]["quiet_interval"] = interval
    return {"accounts": {"mode": mode, "refresh": "30s"}, "limits": limits, "collectors": collectors}


# The scenario, the configuration, how long it is watched, and how many seconds of history lie between two samples.
WORLDS = {
    "demo": (demo, config("organization", "1s"), 120, 60),
    "one": (one, config("self", "1s"), 120, 60),
    "denied": (denied, config("organization", "1s"), 120, 60),
    "two-hundred": (many(200), config("organization", "8s"), 200, 240),
}
