#!/usr/bin/env python3
"""A day of history for the dashboards. Watches a world of the simulator for some minutes with the real exporter, and stretches
what it exports to the day that ends soon, as blocks of Prometheus' database.

A world's story takes minutes, so that its day is made in minutes. Times and ages among the values are stretched with the times
of the samples. What happened before the start keeps its distance to it. Counters are not stretched: their rates are those of
collectors with longer intervals."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))

from harness import Exporter, Simulator
from worlds import MANAGEMENT, WORLDS

DAY = 86_400
# The end of the day is a little ahead, so that there is time to look at it.
AHEAD = 900
TARGET = {"job": "aws-root-exporter", "instance": "aws-root-exporter:9816"}
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")


class Stretch:
    """Maps the moments of the run to the moments of the day."""

    def __init__(self, start, end, day_end):
        self.start, self.day_start = start, day_end - DAY
        self.factor = DAY / (end - start)

    def moment(self, then):
        since = then - self.start
        return self.day_start + (since * self.factor if since > 0 else since)

    def value(self, name, value, at):
        if name.endswith(("_timestamp_seconds", "process_start_time_seconds")):
            return self.moment(value)
        if name.endswith("_age_seconds"):
            return self.moment(at) - self.moment(at - value)
        return value


def watch(program, scenario, config, seconds):
    """Runs the simulator and the exporter: when each scrape was, how long it took, and what it gave."""
    scrapes = []
    key, principal = next(iter(scenario["accounts"][MANAGEMENT]["principals"].items()))
    with Simulator(program, scenario) as simulator:
        credentials = simulator.credentials(key, principal["secret"])
        with Exporter(program, config, credentials) as exporter:
            started = time.time()
            exporter.wait_until_ready()
            print(f"ready after {time.time() - started:.1f} s; watching for {seconds} s", flush=True)
            end = time.time() + seconds
            while (now := time.time()) < end:
                text = exporter.scrape()
                scrapes.append((now, time.time() - now, text))
                time.sleep(max(0.0, now + 0.5 - time.time()))
    return scrapes


def labels(text, more):
    return "{" + ",".join(filter(None, [text, *(f'{name}="{value}"' for name, value in more.items())])) + "}"


def write(out, scrapes, step, day_end):
    """Each scrape's samples, again and again until the next one: OpenMetrics in order of time."""
    stretch = Stretch(scrapes[0][0], scrapes[-1][0], day_end)
    # As the recording rule of that name does: while a verdict is unknown for up to an hour, it is remembered.
    failing_since = {}
    count, due = 0, stretch.day_start
    for (at, took, text), following in zip(scrapes, [*scrapes[1:], None]):
        samples, moment = [], stretch.moment(at)
        failing_since = {own: known for own, known in failing_since.items() if known[1] > moment - 3600}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, own, value = SAMPLE.match(line).groups()
            value = stretch.value(name, float(value), at)
            samples.append((name, labels(own, TARGET), value))
            if name == "aws_root_check_passed" and value:
                failing_since.pop(own, None)
            elif name == "aws_root_check_passed":
                failing_since[own] = failing_since.get(own, (moment,))[0], moment
        samples += [("aws_root:check_failing_since:timestamp", labels(own, {}), since) for own, (since, seen) in failing_since.items() if seen == moment]
        samples += [("up", labels(None, TARGET), 1), ("scrape_duration_seconds", labels(None, TARGET), took)]
        samples += [("scrape_samples_scraped", labels(None, TARGET), len(samples))]
        until = stretch.moment(following[0]) if following else day_end + 1
        while due < until:
            out.writelines(f"{name}{own} {value:.17g} {due:.3f}\n" for name, own, value in samples)
            count += len(samples)
            due += step
    out.write("# EOF\n")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", choices=WORLDS)
    parser.add_argument("blocks", type=Path, help="where to put the blocks; what is there goes")
    parser.add_argument("--binary", required=True, help="the program")
    parser.add_argument("--seconds", type=float, help="how long to watch")
    arguments = parser.parse_args()
    scenario, config, seconds, step = WORLDS[arguments.world]
    seconds = arguments.seconds or seconds
    scrapes = watch(arguments.binary, scenario(seconds), config, seconds)
    shutil.rmtree(arguments.blocks, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", suffix=".om") as text:
        count = write(text, scrapes, step, time.time() + AHEAD)
        text.flush()
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", text.name, arguments.blocks]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"{len(scrapes)} scrapes, {count} samples, in {arguments.blocks}")


if __name__ == "__main__":
    main()
