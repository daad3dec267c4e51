"""What every check of the page needs: a world in the simulator, the exporter that watches it, and a browser that takes note."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import axe_playwright_python
import jsonschema

sys.path.append(str(Path(__file__).parents[1] / "tools"))
from tally import Tally

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/posture.schema.json").read_text())
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "not-a-secret"


def chromium():
    """The browser that the system has."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next(found)


class Process:
    """A process that ends with the block; `says` finds its address in what it prints."""

    def __init__(self, command, says, environment=None, stream="stderr"):
        self.log = tempfile.TemporaryFile("w+")
        output = {"stdout": subprocess.DEVNULL, stream: self.log}
        self.process = subprocess.Popen(command, env=environment or {}, **output)
        end = time.monotonic() + 60
        while not (found := re.search(says, self.said())):
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.05)
        self.url = f"http://{found[1]}"

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def simulator(binary, world):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(world, file)
        file.flush()
        command = [binary, "simulate", "--listen", "127.0.0.1:0", "--scenario", file.name]
        return Process(command, r"listening on http://(\S+)\n", stream="stdout")


class Exporter(Process):
    """The exporter against a simulator, or its demo."""

    def __init__(self, binary, simulator=None, config=None, flags=()):
        if simulator is None:
            command = [binary, "demo", "--web.listen-address", "127.0.0.1:0"]
            super().__init__([*command, *flags], r"listening.* address=(\S+)\n")
            return
        environment = {
            "AWS_ENDPOINT_URL": simulator.url,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        self.config = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        json.dump(config, self.config)
        self.config.flush()
        command = [binary, "serve", "--web.listen-address", "127.0.0.1:0", "--config.file", self.config.name]
        super().__init__([*command, *flags], r"listening.* address=(\S+)\n", environment)

    def get(self, path, **headers):
        """The body of an answer, and its headers."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read(), answer.headers

    def posture(self):
        return json.loads(self.get("/api/v1/posture")[0])

    def ready(self, patience=60):
        """Waits until everything was tried, and a little more so that it is published."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                self.get("/-/ready")
                time.sleep(2)
                return self
            except urllib.error.HTTPError:
                time.sleep(0.2)
        raise AssertionError(f"not ready in time: {self.said()}")

    def metrics(self):
        """Value by name and labels."""
        series = {}
        for line in self.get("/metrics")[0].decode().splitlines():
            if not line.startswith("#"):
                name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
                labels = frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
                series[name, labels] = float(value)
        return series


class Reader:
    """A page in a browser of its own; every message, dialog and request is noted."""

    def __init__(self, browser, url, tally, *, dark=False, width=1200, height=900, script=True):
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": height}
        self.context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)
        self.page, self.tally, self.url = self.context.new_page(), tally, url
        self.noted, self.asked = [], []
        self.page.on("console", lambda message: self.noted.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)

    def __enter__(self):
        return self.page

    def __exit__(self, *_):
        # Chromium checks a policy as it goes: give it the time to complain.
        self.page.wait_for_timeout(50)
        self.tally.equal("nothing in the console", self.noted, [])
        origin = "/".join(self.url.split("/")[:3]) + "/"
        self.tally.equal("nothing asked elsewhere", [url for url in self.asked if not url.startswith(origin)], [])
        self.context.close()


def accessible(page, tally, name):
    """All of axe-core's rules, those of good practice among them."""
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document)")
    told = [(it["id"], [node["html"][:160] for node in it["nodes"]][:3]) for it in result["violations"]]
    tally.equal(f"axe, {name}", told, [])
    unsure = [(it["id"], [(node["html"][:160], node["any"][:1]) for node in it["nodes"]][:3]) for it in result["incomplete"]]
    tally.equal(f"axe is sure, {name}", unsure, [])
    looked = {it["id"] for it in result["passes"]}
    tally.true(f"axe looked, {name}", {"color-contrast", "region", "heading-order", "summary-name"} <= looked, looked)


def valid(posture, tally, name):
    """Strictly by the documented schema."""
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    errors = [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(posture)]
    tally.equal(f"the schema, {name}", errors[:5], [])
