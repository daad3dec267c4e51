"""The control API: look at the world, change it, move its clock, see the calls; and what is no scenario."""

import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from client import LIMITED, MANAGEMENT


def check_health_and_operations(simulator, tally):
    tally.equal("health", simulator.control("GET", "health"), (200, {"status": "ok"}))
    status, operations = simulator.control("GET", "operations")
    tally.true("operations", status == 200 and len(operations) >= 27, operations)
    for method, path in [("GET", "nothing"), ("POST", "health"), ("DELETE", "world")]:
        tally.equal(f"{method} {path}", simulator.control(method, path)[0], 404)


def check_world(simulator, tally):
    status, world = simulator.control("GET", "world")
    account = world["accounts"][MANAGEMENT]
    tally.equal("the world", (status, account["alias"], world["clock"]), (200, "acme-prod", "2026-06-01T12:00:00Z"))
    tally.equal("a patch", simulator.control("PATCH", "world", {"accounts": {MANAGEMENT: {"alias": "acme", "root": {"keys": [{"id": "AKIAX", "created": "-1d"}]}}}}), (200, {}))
    world = simulator.control("GET", "world")[1]
    changed = world["accounts"][MANAGEMENT]
    tally.equal("what it changed", (changed["alias"], [it["created"] for it in changed["root"]["keys"]]), ("acme", ["2026-05-31T12:00:00Z"]))
    tally.equal("what it left", (changed["root"]["mfa"], changed["events"]), (account["root"]["mfa"], account["events"]))
    tally.equal("the next alias", simulator.client("iam").list_account_aliases()["AccountAliases"], ["acme"])
    for name, patch in [
        ("no JSON", b"{"),
        ("an unknown key", {"acounts": {}}),
        ("an unknown key inside", {"accounts": {MANAGEMENT: {"root": {"key": []}}}}),
        ("an unknown region", {"accounts": {MANAGEMENT: {"regions": ["us-east-9"]}}}),
        ("an unknown fault", {"faults": {"f": {"kind": "explode"}}}),
        ("a fault of nothing", {"faults": {"f": {"kind": "deny", "operation": "GetNothing"}}}),
        ("a wrong severity", {"accounts": {MANAGEMENT: {"detectors": {"us-east-1": {"findings": {"f": {"type": "T", "severity": 11, "created": "now"}}}}}}}),
        ("a selector of an unknown field", {"accounts": {MANAGEMENT: {"trails": {"plain": {"event_selectors": [{"ReadWrite": "All"}]}}}}}),
        ("a selector of an unknown condition", {"accounts": {MANAGEMENT: {"trails": {"plain": {"advanced_event_selectors": [{"FieldSelectors": [{"Field": "readOnly", "Is": ["true"]}]}]}}}}}),
        ("selectors of both forms", {"accounts": {MANAGEMENT: {"trails": {"local": {"advanced_event_selectors": [{"FieldSelectors": []}]}}}}}),
        ("a condition in a policy", {"accounts": {MANAGEMENT: {"principals": {LIMITED[0]: {"policy": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]}}}}}}),
    ]:
        status, answer = simulator.control("PATCH", "world", patch)
        tally.true(f"a patch with {name}", status == 400 and answer.get("error"), (status, answer))
    tally.equal("a refused patch changes nothing", simulator.control("GET", "world")[1], world)


def check_events(simulator, tally):
    path = f"events/{MANAGEMENT}"
    before = len(simulator.control("GET", "world")[1]["accounts"][MANAGEMENT]["events"])
    tally.equal("events", simulator.control("POST", path, [{"name": "A"}, {"name": "B", "at": "-5m"}]), (200, {}))
    events = simulator.control("GET", "world")[1]["accounts"][MANAGEMENT]["events"][before:]
    tally.equal("when they happened", [(it["name"], it["at"]) for it in events], [("A", "2026-06-01T12:00:00Z"), ("B", "2026-06-01T11:55:00Z")])
    tally.true("each has an id", len({it["id"] for it in events}) == 2 and all(it["id"] for it in events), events)
    for name, where, body in [
        ("nobody", "events/123412341234", [{"name": "A"}]),
        ("no name", path, [{}]),
        ("an unknown key", path, [{"name": "A", "nam": "B"}]),
        ("an unknown region", path, [{"name": "A", "region": "us-gov-west-1"}]),
        ("no list", path, {"name": "A"}),
    ]:
        status, answer = simulator.control("POST", where, body)
        tally.true(f"events of {name}", status == 400 and answer.get("error"), (status, answer))
    left = len(simulator.control("GET", "world")[1]["accounts"][MANAGEMENT]["events"])
    tally.equal("refused events are not kept", left, before + 2)


def check_clock(simulator, tally):
    tally.equal("the clock stands", simulator.control("POST", "clock", {}), (200, {"clock": "2026-06-01T12:00:00Z"}))
    tally.equal("the clock moves", simulator.control("POST", "clock", {"advance": "36h"})[1]["clock"], "2026-06-03T00:00:00Z")
    simulator.control("POST", "clock", {"speed": 3600})
    first, second = (datetime.fromisoformat(simulator.control("GET", "world")[1]["clock"]) for _ in range(2))
    tally.true("the clock runs", second > first, (first, second))
    simulator.control("POST", "clock", {"speed": 0})
    for wrong in [{"speed": -1}, {"advance": "-1h"}, {"advance": 5}, {"ahead": "1h"}]:
        tally.equal(f"the clock by {wrong}", simulator.control("POST", "clock", wrong)[0], 400)


def check_calls(simulator, tally):
    iam = simulator.client("iam")
    iam.list_account_aliases()
    iam.list_account_aliases()
    tally.error("a denied call", simulator.client("iam", LIMITED).list_account_aliases, "AccessDenied", 403)
    simulator.raw("iam", "GetEverything", "")
    calls = simulator.control("GET", "calls")[1]
    wanted = {("ListAccountAliases", "ok"): 2, ("ListAccountAliases", "AccessDenied"): 1, ("unknown", "InvalidAction"): 1}
    tally.equal("the calls", {(it["operation"], it["result"]): it["count"] for it in calls}, wanted)
    place = {(it["account"], it["region"], it["service"]) for it in calls if it["operation"] != "unknown"}
    tally.equal("where they were made", place, {(MANAGEMENT, "us-east-1", "iam")})
    tally.equal("they are forgotten", simulator.control("DELETE", "calls"), (200, {}))
    tally.equal("all of them", simulator.control("GET", "calls"), (200, []))
    iam.list_account_aliases()


def check_story(simulator, tally):
    iam, cloudtrail = simulator.client("iam"), simulator.client("cloudtrail")

    def alias_after(span):
        simulator.control("POST", "clock", {"advance": span})
        return iam.list_account_aliases()["AccountAliases"]

    def change(alias):
        return {"accounts": {MANAGEMENT: {"alias": alias}}}

    steps = [
        {"at": "10s", "patch": change("first"), "events": {MANAGEMENT: [{"name": "Told"}]}},
        {"at": "20s", "patch": change("second")},
    ]
    simulator.patch({"story": {"loop": True, "every": "10s", "steps": steps}})
    tally.equal("before the story", alias_after("9s"), ["acme-prod"])
    tally.equal("its first step", alias_after("1s"), ["first"])
    told = cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "Told"}])["Events"]
    tally.equal("its event", [str(it["EventTime"].astimezone().timestamp()) for it in told], [str(datetime.fromisoformat("2026-06-01T12:00:10Z").timestamp())])
    tally.equal("its second step", alias_after("10s"), ["second"])
    tally.equal("it starts again", alias_after("20s"), ["first"])
    tally.equal("and goes on", alias_after("10s"), ["second"])
    tally.equal("also after many rounds", alias_after("300d"), ["second"])
    tally.equal("in step", alias_after("20s"), ["first"])
    for story in [
        {"steps": [{"at": "2s"}, {"at": "1s"}]},
        {"steps": [{"at": "1s", "patch": {"story": {}}}]},
        {"steps": [{"at": "1s", "patch": {"accounts": {"1": {}}}}]},
    ]:
        tally.equal(f"a story of {story}", simulator.control("PATCH", "world", {"story": story})[0], 400)


def check_scenarios(simulator, tally):
    program = simulator.program
    for text, reason in [("acounts: {}\n", "acounts"), ("accounts: [\n", "line"), ("speed: -1\n", "speed"), ("accounts: { \"1\": {} }\n", "12 digits")]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scenario.yaml"
            path.write_text(text)
            done = subprocess.run([program, "simulate", "--listen", "127.0.0.1:0", "--scenario", str(path)], capture_output=True, text=True, timeout=20)
        tally.true(f"scenario {text!r}", done.returncode not in (0, None) and reason in done.stderr, done)
