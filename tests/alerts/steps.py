"""The steps: each checks the rules, or the configurations, in a tree of files with the tools of one suite."""

from contextlib import suppress

import yaml
from alertmanager import Alertmanager, groups, inhibited, received, text
from expected import GROUPS, INHIBITED, INHIBITIONS, ROUTES
from harness import TimedOut, wait_until
from toolsets import Failed, run

RULES, CONFIG = "deploy/prometheus/rules", "deploy/prometheus/alertmanager.yml"


def check_rules(tools, tree):
    """promtool finds no error in the rules."""
    run(tools.promtool, "check", "rules", "--lint=all", "--lint-fatal", *sorted((tree / RULES).glob("*.yml")))


def check_rule_tests(tools, tree, name):
    """The rules pass the tests of one file."""
    run(tools.promtool, "test", "rules", tree / "tests/alerts" / name)


def check_prometheus(tools, tree):
    """promtool finds no error in the configuration of Prometheus."""
    run(tools.promtool, "check", "config", "--lint=all", "--lint-fatal", tree / "deploy/prometheus/prometheus.yml")


def check_alertmanager(tools, tree):
    """amtool finds no error in the configuration of Alertmanager."""
    run(tools.amtool, "check-config", tree / CONFIG)


def check_routes(tools, tree):
    """Each alert goes to its receivers and to no other."""
    for receiver, labels in ROUTES:
        arguments = [f"{name}={value}" for name, value in labels.items()]
        run(tools.amtool, "config", "routes", "test", f"--config.file={tree / CONFIG}", f"--verify.receivers=record,{receiver}", *arguments)


def check_grouping(tools, tree):
    """Alertmanager with the configuration's routes makes as many notifications as it should."""
    config = yaml.safe_load((tree / CONFIG).read_text())
    # Receivers that notify nobody.
    config = {"route": config["route"], "receivers": [{"name": it["name"]} for it in config["receivers"]]}
    wanted = {(labels["alertname"], receiver, by, count) for receiver, count, by, labels in GROUPS}
    with Alertmanager(tools, config) as alertmanager:
        alertmanager.send([labels | {"account_id": account} for *_, labels in GROUPS for account in ("1", "2")])
        # Alerts are grouped one after the other.
        wait_until("all alerts in a group", lambda: received(alertmanager, "record") == 2 * len(GROUPS), interval=0.1)
        with suppress(TimedOut):
            wait_until("the groups", lambda: groups(alertmanager) == wanted, timeout=5, interval=0.1)
        compare("the groups", groups(alertmanager), wanted)


def check_inhibition(tools, tree, name):
    """Alertmanager with the configuration's inhibition rules suppresses what follows from another alert, and nothing else."""
    config = yaml.safe_load((tree / CONFIG).read_text())
    # Alerts are processed in the order in which they come: once the last one inhibits, so do all before it.
    rules = [*config["inhibit_rules"], {"source_matchers": ["alertname=Last"], "target_matchers": ["alertname=First"]}]
    config = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}], "inhibit_rules": rules}
    alerts, first = INHIBITIONS[name], text({"alertname": "First"})
    wanted = {text(labels) for state, labels in alerts if state == INHIBITED}
    with Alertmanager(tools, config) as alertmanager:
        alertmanager.send([{"alertname": "First"}, *(labels for _, labels in alerts)])
        alertmanager.send([{"alertname": "Last"}])
        wait_until("the last alert to inhibit", lambda: first in inhibited(alertmanager), interval=0.1)
        compare(f"inhibited alerts, {name}", inhibited(alertmanager) - {first}, wanted)


def compare(what, found, wanted):
    if found != wanted:
        raise Failed(f"{what}: missing {sorted(wanted - found)}, unexpected {sorted(found - wanted)}")
