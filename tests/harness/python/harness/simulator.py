"""The simulator of AWS as a process, with its control API."""

import json
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from harness.process import Process

ANNOUNCES = r"listening on http://(\S+)\n"
# Documentation's key: the tests' worlds have a principal of it.
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "not-a-secret"


class Simulator(Process):
    """A simulator with a world: a mapping, the path of a scenario, or, where it is missing, the demo's."""

    def __init__(self, program, world=None, *, timeout=10, **options):
        self.program, self.timeout, scenario = program, timeout, []
        if isinstance(world, dict):
            # Read once, at the start.
            self.scenario = tempfile.NamedTemporaryFile("w", suffix=".json")
            json.dump(world, self.scenario)
            self.scenario.flush()
            world = Path(self.scenario.name)
        if world is not None:
            scenario = ["--scenario", world]
        super().__init__([program, "simulate", "--listen", "127.0.0.1:0", *scenario], ANNOUNCES, **options)

    def control(self, method, path, body=None):
        """A request to the control API: its status and its JSON."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def ask(self, method, path, body=None):
        """A request to the control API that must succeed: its JSON."""
        status, answer = self.control(method, path, body)
        assert status == 200, f"{method} {path}: {status} {answer}"
        return answer

    def patch(self, change):
        self.ask("PATCH", "world", change)

    def credentials(self, key=KEY, secret=SECRET):
        """The environment of a client of this simulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
        }
