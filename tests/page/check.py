#!/usr/bin/env python3
"""Is the page what it should be, in Chromium? Usage: check.py PATH_TO_BINARY [FOLDER_FOR_PICTURES]"""

import sys
import traceback
from pathlib import Path

import content
import looks
import use
from harness import Exporter, Tally, chromium, simulator
from playwright.sync_api import sync_playwright
from worlds import CONFIG, MANY_CONFIG, many, mixed


def attempt(tally, subject, *arguments):
    for name, check in vars(subject).items():
        if name.startswith("check_"):
            try:
                check(*arguments)
            except Exception:
                tally.true(f"{subject.__name__}.{name}", False, traceback.format_exc())


def main(binary, pictures=None):
    tally = Tally()
    with sync_playwright() as playwright:
        # Without a sandbox, so that root may run it, as in a container: it sees nothing but the exporter.
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        with simulator(binary, mixed()) as aws, Exporter(binary, aws, CONFIG) as exporter:
            exporter.ready()
            for subject in (content, use, looks):
                attempt(tally, subject, browser, exporter, tally)
        with Exporter(binary) as demo:
            demo.ready()
            content.demo(browser, demo, tally)
        with simulator(binary, many(1000)) as aws, Exporter(binary, aws, MANY_CONFIG) as exporter:
            exporter.ready(patience=300)
            use.quick(browser, exporter, tally)
        if pictures:
            world = mixed(hostile="Acme Data", turned="Acme Security")
            with simulator(binary, world) as aws, Exporter(binary, aws, CONFIG) as exporter:
                looks.pictures(browser, exporter.ready(), Path(pictures))
        browser.close()
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
