#!/usr/bin/env python3
"""The dashboards by Grafana's own schema: a field that it does not know is lost on the way through its types, in Grafana as
here. Mutations show that it is noticed."""

import copy
import json
import pathlib
import sys

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

DASHBOARDS = pathlib.Path(__file__).parents[2] / "dashboards"
# Grafana takes an unknown unit for text to append. The drawing of the dashboards holds that it knows these.
UNITS = {"bytes", "dateTimeFromNow", "none", "percentunit", "reqps", "s", "short", "string", "suffix: days"}
# Fields of Grafana's that these types lack, most of them what Prometheus' data source adds to an annotation.
UNTYPED = {"definition", "step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"}


def lost(before, after, place=""):
    """What is in the one and not in the other."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name in after:
                yield from lost(value, after[name], f"{place}/{name}")
            elif name not in UNTYPED and value is not None:
                yield f"{place}/{name}"
    elif isinstance(before, list) and isinstance(after, list):
        for number, (one, other) in enumerate(zip(before, after)):
            yield from lost(one, other, f"{place}/{number}")


def units(dashboard):
    for panel in dashboard["panels"]:
        config = panel["fieldConfig"]
        properties = [it for override in config["overrides"] for it in override["properties"]]
        yield from [config["defaults"]["unit"], *(it["value"] for it in properties if it["id"] == "unit")]


def problems(dashboard):
    typed = JSONEncoder(sort_keys=True).encode(Dashboard.from_json(copy.deepcopy(dashboard)))
    yield from (f"unknown field {it}" for it in lost(dashboard, json.loads(typed)))
    yield from (f"unknown unit {it}" for it in set(units(dashboard)) - UNITS)


MUTATIONS = {
    "gridPos": "gridPosition",
    "noValue": "noVal",
    "colorMode": "colorsMode",
    "drawStyle": "drawStyl",
    "legendFormat": "legendFmt",
    "timezone": "timeZone",
    '"unit": "reqps"': '"unit": "rps"',
}


def main():
    plugins.register_default_plugins()
    texts = {path.name: path.read_text() for path in sorted(DASHBOARDS.glob("*.json"))}
    found = [f"{name}: {it}" for name, text in texts.items() for it in problems(json.loads(text))]
    for right, wrong in MUTATIONS.items():
        # A type may refuse what it does not find.
        def noticed(text):
            try:
                return any(problems(json.loads(text)))
            except KeyError:
                return True

        if not any(noticed(text.replace(right, wrong)) for text in texts.values() if right in text):
            found.append(f"mutation not found: {wrong}")
    print("\n".join(found) or f"{len(texts)} dashboards, {len(MUTATIONS)} mutations found")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
