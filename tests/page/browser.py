"""A page in Chromium: what it asks for and complains of is noted, and its accessibility is tested with axe-core."""

import json
import shutil
from pathlib import Path

import axe_playwright_python
import jsonschema

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/posture.schema.json").read_text())
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def chromium():
    """The system's browser."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next(found)


class Reader:
    """A page in a browser context of its own. Every console message, dialog and request is noted."""

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
        # That nothing more is reported has no event to wait for: violations of the content security policy follow at once.
        self.page.wait_for_timeout(50)
        self.tally.equal("nothing in the console", self.noted, [])
        origin = "/".join(self.url.split("/")[:3]) + "/"
        self.tally.equal("nothing asked elsewhere", [url for url in self.asked if not url.startswith(origin)], [])
        self.context.close()


def accessible(page, tally, name):
    """Fails on any violation of axe-core's rules, best practices included, and on rules that it could not decide."""
    page.evaluate(AXE)
    result = page.evaluate("axe.run(document)")
    violations = [(it["id"], [node["html"][:160] for node in it["nodes"]][:3]) for it in result["violations"]]
    tally.equal(f"axe, {name}", violations, [])
    unsure = [(it["id"], [(node["html"][:160], node["any"][:1]) for node in it["nodes"]][:3]) for it in result["incomplete"]]
    tally.equal(f"axe is sure, {name}", unsure, [])
    passed = {it["id"] for it in result["passes"]}
    tally.true(f"axe applied its rules, {name}", {"color-contrast", "region", "heading-order", "summary-name"} <= passed, passed)


def valid(posture, tally, name):
    """Fails where the JSON is not what the documented schema allows."""
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    errors = [f"{error.json_path}: {error.message[:200]}" for error in checker.iter_errors(posture)]
    tally.equal(f"the schema, {name}", errors[:5], [])
