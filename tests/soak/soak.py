#!/usr/bin/env python3
"""Soak test: the exporter among changes and faults, many times faster than real time, its export compared with what is true.

    soak.py PROGRAM [--hours 3] [--speed 60] [--seed N] [--accounts 6] [--regions 2] [--brief]

Disturbed and calm phases take turns. In a disturbed phase accounts change, come and go, root does things, AWS calls are denied,
throttled, delayed, cut off and corrupted, sessions are short, and the exporter is killed: each exported value must be true, or
have been true within the time for which a value is kept. In a calm phase every value must be exported again, exactly as it is;
the resident memory is noted. The exporter has its default configuration, as its time and the simulator's pass equally fast.
`--brief`: hourly collectors run more often."""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

from comparison import INTERVALS, Comparison, History, Moment
from driver import Driver
from oracle import DAY, UNKNOWN, seconds
from system import System, speed_up
from world import MANAGEMENT, organization

REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2"]
# How long after the last fault something may be unknown: a retry comes within ten minutes, and a new account, or its
# organization, may have to be discovered first.
RECOVERY_TIMEOUT = 30 * 60
BRIEF = dict.fromkeys(["credential_report", "security_contact", "iam"], 900)


class Soak:
    def __init__(self, options):
        self.options, self.random = options, random.Random(options.seed)
        self.intervals = INTERVALS | (BRIEF if options.brief else {})
        # What a busy machine may add: two of its seconds.
        self.slack = 2 * options.speed
        regions = REGIONS[: options.regions]
        lines = [f"  {name}: {{ interval: {interval}s }}\n" for name, interval in BRIEF.items() if options.brief]
        config = "accounts: { mode: organization }\n" + "".join(["collectors:\n", *lines] if lines else [])
        folder = Path(tempfile.mkdtemp(prefix="soak-"))
        print(f"logs, and a journal of all changes: {folder}", flush=True)
        self.journal = (folder / "journal").open("w")
        self.system = System(options.program, options.speed, folder, organization(options.accounts, regions), config)
        self.driver = Driver(self.random, self.system.control("GET", "operations"), regions)
        self.history, self.faults = History(), {}
        self.counts = dict.fromkeys(["scrapes", "values", "wrong", "unclear", "changes", "events", "faults", "kills", "mutations"], 0)
        self.memory, self.recoveries, self.failures = [], [], []
        self.began = time.time()

    def report(self, text):
        print(f"{(time.time() - self.began) / 3600:7.2f} h  {text}", flush=True)

    def note(self, *what):
        print(f"{datetime.now(timezone.utc):%FT%T}", *what, file=self.journal, flush=True)

    def fail(self, text):
        self.failures.append(text)
        self.report(f"FAILED {text}")

    def change(self, patch):
        """Changes the world, and notes what is true since."""
        before = time.time()
        self.note("change", patch)
        self.system.control("PATCH", "world", patch)
        world = self.system.control("GET", "world")
        self.history.insert(world, before)
        return world

    def moment(self, calm):
        return Moment(time.time(), calm, self.slack, self.intervals)

    def compare(self, scrape, calm):
        found = Comparison(scrape, self.history, self.moment(calm))
        self.counts["scrapes"] += 1
        self.counts["values"] += found.compared
        self.counts["unclear"] += found.unclear
        self.counts["wrong"] += len(found.wrong)
        for id, what, shown, true in found.wrong:
            self.note("wrong", id, what, shown, true)
            self.report(f"WRONG {id} {what}: shown {shown}, true {true}")
        return found

    def disturb(self, until, kills):
        world = self.change({})
        # At least one kill, where kills are allowed.
        certain = time.time() + 600 if kills else float("inf")
        while time.time() < until:
            chance = self.random.random()
            if time.time() > certain:
                chance, certain = 0.555, float("inf")
            if chance < 0.25:
                world = self.change(self.driver.change(world))
                self.counts["changes"] += 1
            elif chance < 0.4:
                world = self.event(world)
            elif chance < 0.55 and len(self.faults) < 6:
                fault, lasts = self.driver.fault(world)
                name = self.driver.fresh("fault")
                self.faults[name] = time.time() + lasts
                world = self.change({"faults": {name: fault}})
                self.counts["faults"] += 1
            elif chance < 0.56 and kills:
                self.note("kill")
                self.system.kill()
                time.sleep(self.random.uniform(0, 300))
                self.system.start()
                self.counts["kills"] += 1
            elif chance < 0.6:
                world = self.change({"session_lifetime": self.random.choice(["16m", "1h"])})
            self.end_faults(time.time())
            self.compare(self.system.scrape(), calm=False)
            time.sleep(self.random.uniform(5, 40))

    def event(self, world):
        """Root does something."""
        id, kind, event = self.driver.event(world)
        before = time.time()
        self.note("event", id, event)
        self.system.control("POST", f"events/{id}", [event])
        world = self.system.control("GET", "world")
        self.history.happened(id, kind, seconds(world["accounts"][id]["events"][-1]["at"]), before)
        self.counts["events"] += 1
        return world

    def end_faults(self, now):
        ended = [name for name, until in self.faults.items() if until <= now]
        if ended:
            self.change({"faults": dict.fromkeys(ended)})
        for name in ended:
            del self.faults[name]

    def calm(self):
        """All faults end, and everything must become known; then every value is compared exactly."""
        self.end_faults(float("inf"))
        ended, known = time.time(), None
        settled = ended + max(self.intervals.values()) * 1.1 + 300 + self.slack
        while time.time() < settled or known is None:
            scrape = self.system.scrape()
            self.compare(scrape, calm=False)
            if known is None:
                # That it is shown counts, though it may still be as it was before the last change.
                missing = Comparison(scrape, self.history, self.moment(calm=True)).missing
                if not missing:
                    known = time.time() - ended
                elif time.time() > ended + RECOVERY_TIMEOUT + self.slack:
                    self.fail(f"unknown {RECOVERY_TIMEOUT // 60} min after the last fault: {missing[:20]}")
                    known = float("inf")
            time.sleep(20)
        for _ in range(3):
            missing = self.compare(self.system.scrape(), calm=True).missing
            if missing:
                self.fail(f"missing in calm: {missing[:20]}")
            time.sleep(60)
        self.recoveries.append(known)
        self.memory.append(self.system.exporter.resident_megabytes())
        self.report(f"calm: all known after {self.recoveries[-1] / 60:.1f} min; {self.memory[-1]:.1f} MB; {self.counts}")

    def mutate(self):
        """Tests the comparison itself: it must find each value when it is changed, unknown, or missing, and each verdict that
        is exported although it should not be."""
        scrape, moment = self.system.scrape(), self.moment(calm=True)
        for id, shown in scrape.accounts.items():
            for series, value in list(shown.items()):
                wrong_values = [1 - value] if value in (0, 1) else [0, 1] if isinstance(value, str) else [value + 1e6]
                for wrong in [*wrong_values, UNKNOWN, None] if series.startswith("[") else [*wrong_values, None]:
                    shown[series] = wrong
                    if wrong is None:
                        del shown[series]
                    found = Comparison(scrape, self.history, moment, only=id)
                    # A check that does not apply is not missed, and a value that has just changed may be unknown.
                    if isinstance(value, str) and wrong in (UNKNOWN, None) or wrong in found.wanted.get(series, ()):
                        continue
                    self.counts["mutations"] += 1
                    where = found.missing if wrong in (UNKNOWN, None) else found.wrong
                    if not any(it[:2] == (id, series) for it in where):
                        self.fail(f"not found: {id} {series} {wrong} in place of {value}")
                shown[series] = value
        stranger = self.system.scrape()
        stranger.accounts["999999999999"] = {"mfa_enabled": 1}
        late = self.system.scrape()
        late.reports[MANAGEMENT] = moment.now - DAY
        for what, wrong in ("a stranger", stranger), ("an old report", late):
            if not Comparison(wrong, self.history, moment).wrong:
                self.fail(f"not found: {what}")

    def run(self):
        self.system.start()
        end = self.began + self.options.hours * 3600
        # It is killed in the first third only: memory is compared over the rest.
        steady = None
        while time.time() < end:
            kills = time.time() < self.began + (end - self.began) / 3
            self.disturb(time.time() + self.random.uniform(0.5, 1.5) * (1800 if self.options.brief else 5400), kills)
            self.calm()
            if not self.counts["mutations"]:
                self.mutate()
            if steady is None and not kills:
                steady = len(self.memory) - 1
        self.system.exporter.check()
        hours = (time.time() - self.began) / 3600
        counts = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        print(f"{hours:.1f} hours in {hours * 60 / self.options.speed:.1f} minutes: {counts}")
        print(f"all known at most {max(self.recoveries) / 60:.0f} min after the last fault")
        compared = self.memory[len(self.memory) if steady is None else steady :]
        if len(compared) > 1:
            print(f"memory: {compared[0]:.1f} MB first, {compared[-1]:.1f} MB last, {max(compared):.1f} MB at most")
            if compared[-1] > compared[0] * 1.2 + 4:
                self.fail("memory grew")
        for what in ("changes", "events", "faults", "kills", "mutations"):
            if not self.counts[what]:
                self.fail(f"there were no {what}")
        if self.counts["unclear"] * 100 > self.counts["scrapes"]:
            self.fail("too many values could not be compared")
        return not self.failures and not self.counts["wrong"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--hours", type=float, default=3)
    parser.add_argument("--speed", type=int, default=60, help="the most; less on a busy machine")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--accounts", type=int, default=6)
    parser.add_argument("--regions", type=int, default=2, choices=range(1, len(REGIONS) + 1))
    parser.add_argument("--brief", action="store_true")
    options = parser.parse_args()
    speed_up(options.speed)
    options.speed = int(os.environ["SOAK_SPEED"])
    print(f"seed {options.seed}, {options.speed} times as fast as real time", flush=True)
    soak = Soak(options)
    try:
        held = soak.run()
    finally:
        soak.system.end()
    if held:
        shutil.rmtree(soak.system.folder)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
