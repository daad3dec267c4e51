#!/usr/bin/env python3
"""Tests the page in Chromium: content, interaction, style and accessibility, in several worlds.

    check.py PROGRAM [FOLDER]

With a folder it writes pictures of the page there."""

import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

import content
import interaction
import style
from browser import chromium
from harness import Exporter, Simulator, Tally
from playwright.sync_api import sync_playwright
from worlds import CONFIG, MANY, MANY_CONFIG, many, mixed


def attempt(tally, subject, *arguments):
    """Runs the module's checks; an exception is a failure, and the next check runs."""
    for name, check in vars(subject).items():
        if name.startswith("check_"):
            try:
                check(*arguments)
            except Exception:
                tally.true(f"{subject.__name__}.{name}", False, traceback.format_exc())


def start(stack, program, world, config):
    """An exporter that has run every collector in every account of the world."""
    simulator = stack.enter_context(Simulator(program, world))
    exporter = stack.enter_context(Exporter(program, config, simulator.credentials()))
    return exporter.wait_until_complete(len(world["accounts"]), timeout=600)


def main(program, pictures=None):
    tally = Tally()
    with ExitStack() as stack:
        # The exporter takes long to learn of so many accounts: meanwhile the rest is tested.
        pool = stack.enter_context(ThreadPoolExecutor(1))
        many_accounts = pool.submit(start, stack, program, many(MANY), MANY_CONFIG)
        playwright = stack.enter_context(sync_playwright())
        # Without a sandbox, so that root can run it, as in a container: it opens no page but the exporter's.
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        stack.callback(browser.close)
        with ExitStack() as inner:
            exporter = start(inner, program, mixed(), CONFIG)
            for subject in (content, interaction, style):
                attempt(tally, subject, browser, exporter, tally)
        with Exporter(program) as demo:
            demo.wait_until_complete()
            content.demo(browser, demo, tally)
        interaction.many_accounts(browser, many_accounts.result(), tally)
        if pictures:
            with ExitStack() as inner:
                exporter = start(inner, program, mixed(hostile="Acme Data", turned="Acme Security"), CONFIG)
                style.pictures(browser, exporter, Path(pictures))
    return tally.summary()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
