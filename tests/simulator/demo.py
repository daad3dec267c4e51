"""The demo's world: what the exporter may do in it, and a story that ends where it began."""

import json
import subprocess

from client import MANAGEMENT, Simulator

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EVENTS = [{"AttributeKey": "Username", "AttributeValue": "root"}]


def differences(path, left, right):
    """Where two worlds differ in more than in times and in the ids that come of them."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            if key in left and key in right:
                yield from differences(f"{path}/{key}", left[key], right[key])
            else:
                yield f"{path}/{key}"
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, pair in enumerate(zip(left, right)):
            yield from differences(f"{path}/{number}", *pair)
    elif left != right and not path.endswith(("/id", "/at", "/clock", "/created", "/updated", "/changed", "/last_used")):
        yield path


def documented(program, scope):
    policy = subprocess.run([program, "docs", "iam-policy", "--scope", scope], capture_output=True, check=True).stdout
    return plain(json.loads(policy))


def plain(policy):
    """The policy with its actions in order, which says the same."""
    sort = lambda action: sorted(action) if isinstance(action, list) else action
    return {**policy, "Statement": [{**it, "Action": sort(it["Action"])} for it in policy["Statement"]]}


def check_demo(simulator, tally):
    program = simulator.program
    with Simulator(program, tally, scenario=None) as demo:
        demo.patch({"speed": 0})
        first = demo.control("GET", "world")[1]
        accounts = first["accounts"]
        roles = {id: account["roles"]["root-exporter"] for id, account in accounts.items() if account["roles"]}
        tally.equal("the demo's policy is the documented one", plain(accounts[MANAGEMENT]["principals"][KEY]["policy"]), documented(program, "management"))
        tally.equal("five members can be entered", len(roles), 5)
        for id, role in roles.items():
            allowed = [it for it in plain(role["policy"])["Statement"] if it["Effect"] == "Allow"]
            tally.equal(f"the policy of {id}'s role is the documented one", allowed, documented(program, "member")["Statement"])
        iam, cloudtrail = demo.client("iam", (KEY, SECRET)), demo.client("cloudtrail", (KEY, SECRET))

        def after(span):
            """Root's MFA, the repeated use of root's keys, and the trail, a while later."""
            demo.control("POST", "clock", {"advance": span})
            summary = iam.get_account_summary()["SummaryMap"]
            keys = demo.control("GET", "world")[1]["accounts"][MANAGEMENT]["root"]["keys"]
            logging = cloudtrail.get_trail_status(Name="organization")["IsLogging"]
            return summary["AccountMFAEnabled"], len(keys), logging

        before = len(cloudtrail.lookup_events(LookupAttributes=EVENTS)["Events"])
        tally.equal("at first", after("0s"), (1, 1, True))
        tally.equal("without MFA", after("45s"), (0, 1, True))
        tally.equal("with a second key", after("135s"), (0, 2, True))
        tally.equal("without the trail", after("90s"), (0, 2, False))
        tally.true("root was busy", len(cloudtrail.lookup_events(LookupAttributes=EVENTS)["Events"]) >= before + 8)
        tally.equal("with the trail", after("90s"), (0, 2, True))
        tally.equal("without keys", after("90s"), (0, 0, True))
        tally.equal("with hardware", after("45s"), (1, 0, True))
        tally.equal("at last", after("95s"), (1, 1, True))
        last = demo.control("GET", "world")[1]
        tally.equal("a round ends where it began", list(differences("", first, last)), [])
        tally.equal("the next begins", after("55s"), (0, 1, True))
