"""The exporter as a process, and what it serves."""

import json
import re
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from harness.process import Process
from harness.wait import TIMEOUT, wait_until

ANNOUNCES = r"listening.* address=(\S+)\n"


class Exporter(Process):
    """`aws-root-exporter serve` with a configuration (a mapping, a text or a path), or `demo` where there is none."""

    def __init__(self, program, config=None, environment=None, *, flags=(), **options):
        command = [program, "demo" if config is None else "serve", "--web.listen-address", "127.0.0.1:0"]
        if config is not None and not isinstance(config, Path):
            # JSON is YAML.
            self.config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
            self.config.write(config if isinstance(config, str) else json.dumps(config))
            self.config.flush()
            config = Path(self.config.name)
        if config is not None:
            command += ["--config.file", config]
        super().__init__([*command, *flags], ANNOUNCES, environment=environment, **options)

    def get(self, path, *, timeout=60, **headers):
        """The body of an answer, and its headers."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read(), answer.headers

    def scrape(self, *, timeout=60):
        """The text of `/metrics`."""
        return self.get("/metrics", timeout=timeout)[0].decode()

    def patient_scrape(self, *, timeout):
        """The same; a connection that was closed for being slow on a busy machine is tried three times."""
        for last in (False, False, True):
            self.check()
            try:
                return self.scrape(timeout=timeout)
            except (ConnectionError, HTTPException):
                if last:
                    raise

    def metrics(self):
        """Value by name and labels."""
        series = {}
        for line in self.scrape().splitlines():
            if not line.startswith("#"):
                name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
                labels = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
                series[name, labels] = float(value)
        return series

    def posture(self):
        return json.loads(self.get("/api/v1/posture")[0])

    def published(self):
        """Whether there are metrics: the exporter listens before its first publication."""
        try:
            self.get("/metrics")
        except urllib.error.HTTPError:
            self.check()
            return False
        return True

    def ready(self):
        """Whether every collector has run at least once."""
        try:
            self.get("/-/ready")
        except urllib.error.HTTPError:
            self.check()
            return False
        return True

    def wait_until_ready(self, timeout=TIMEOUT):
        wait_until("the exporter to be ready", self.ready, timeout=timeout, log=self.log)
        return self

    def wait_until_complete(self, accounts=None, timeout=TIMEOUT):
        """Waits until every collector has run in so many accounts and all earlier events are known: what a test reads
        afterwards changes only with the world, or with the next run of a collector."""
        self.wait_until_ready(timeout)

        def complete():
            posture = self.posture()
            pending = [it["name"] for account in posture["accounts"] for it in account["collectors"] if it["state"] == "untried"]
            count = len(posture["accounts"])
            return not (posture["missing"] or posture["look_backs"] or pending) and count == (accounts or count) > 0

        wait_until(f"every collector to run in {accounts or 'all'} accounts", complete, timeout=timeout, interval=0.2, log=self.log)
        return self

    def resident_megabytes(self):
        """The exporter's resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024
