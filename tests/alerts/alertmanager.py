"""A real Alertmanager that notifies nobody, and alerts sent to it."""

import json
import tempfile
import urllib.request
from pathlib import Path

import yaml
from harness import Process

# The logs of all versions that are tested.
ANNOUNCES = r'msg="Listening on" address=(\S+)'


class Alertmanager(Process):
    """Alertmanager of a toolset, with a configuration."""

    def __init__(self, toolset, config):
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "alertmanager.yml"
        file.write_text(yaml.safe_dump(config))
        command = [toolset.alertmanager, f"--config.file={file}", f"--storage.path={self.folder.name}/data"]
        super().__init__([*command, "--cluster.listen-address=", "--web.listen-address=127.0.0.1:0"], ANNOUNCES)

    def __exit__(self, *_):
        super().__exit__(*_)
        self.folder.cleanup()

    def get(self, path):
        with urllib.request.urlopen(f"{self.url}/api/v2/{path}", timeout=30) as answer:
            return json.load(answer)

    def send(self, alerts):
        """Sends alerts, each a mapping of labels."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/alerts", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()


def received(alertmanager, receiver):
    """How many alerts are in the receiver's groups."""
    return sum(len(group["alerts"]) for group in alertmanager.get("alerts/groups") if group["receiver"]["name"] == receiver)


def groups(alertmanager):
    """Each alert's receivers besides `record`, with their number of notifications and the labels they are grouped by."""
    found = {}
    for group in alertmanager.get("alerts/groups"):
        receiver, by = group["receiver"]["name"], ",".join(sorted(group["labels"]))
        if receiver != "record":
            for name in {alert["labels"]["alertname"] for alert in group["alerts"]}:
                found[name, receiver, by] = found.get((name, receiver, by), 0) + 1
    return {(*key, count) for key, count in found.items()}


def inhibited(alertmanager):
    """The alerts that are inhibited, each as its labels in order."""
    alerts = alertmanager.get("alerts?inhibited=true&active=false&silenced=false&unprocessed=false")
    return {text(alert["labels"]) for alert in alerts if alert["status"]["state"] == "suppressed"}


def text(labels):
    return " ".join(f"{name}={value}" for name, value in sorted(labels.items()))
