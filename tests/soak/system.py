"""The system under test: simulator and exporter as processes for which time passes faster, by libfaketime."""

import os
import sys
import time
from datetime import datetime, timezone
from glob import glob

from comparison import Scrape
from harness import Exporter, Simulator, wait_until
from world import KEY, SECRET

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
# For any answer and any start, in seconds of the faster clock.
TIMEOUT = 3600
SLOWEST = 10


def clock(speed):
    """The environment that tells libfaketime a process's time at its start, and how fast it passes."""
    now = datetime.fromtimestamp(time.time(), timezone.utc)
    return {"FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S.%f} x{speed}"}


def affordable_speed(speed):
    """The speed, lower where other processes use the machine: what takes a second there must not take a faster clock's hour."""
    wall, cpu = time.monotonic(), time.process_time()
    while time.monotonic() < wall + 2:
        pass
    share = (time.process_time() - cpu) / (time.monotonic() - wall)
    # A busy loop of ours has a core for itself on an idle machine.
    return max(SLOWEST, min(speed, round(speed * share)))


def speed_up(speed):
    """Starts this program again with faster time, at most this many times as fast, unless it has it already."""
    if "FAKETIME" in os.environ:
        return
    speed = affordable_speed(speed)
    library = os.environ.get("LIBFAKETIME") or next(iter(glob(LIBRARY)), None)
    if library is None:
        sys.exit("libfaketime is missing: apt-get install libfaketime")
    # Files keep their real times. FAKETIME is read in the local time zone: it is UTC.
    environment = {"LD_PRELOAD": library, "NO_FAKE_STAT": "1", "TZ": "UTC", "SOAK_SPEED": str(speed)} | clock(speed)
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | environment)


class System:
    """A simulator, and an exporter that can be killed and started again. Each start has a log of its own in the folder."""

    def __init__(self, program, speed, folder, world, config):
        self.program, self.speed, self.folder, self.starts = program, speed, folder, 0
        self.config = folder / "config.yaml"
        self.config.write_text(config)
        self.exporter = None
        self.simulator = Simulator(program, world, environment=self.environment(), timeout=TIMEOUT)

    def environment(self):
        return {name: os.environ[name] for name in ("LD_PRELOAD", "NO_FAKE_STAT", "TZ")} | clock(self.speed)

    def start(self):
        """Starts the exporter."""
        self.starts += 1
        environment = self.environment() | self.simulator.credentials(KEY, SECRET)
        log = self.folder / f"log-{self.starts}"
        self.exporter = Exporter(self.program, self.config, environment, log=log, timeout=TIMEOUT)
        wait_until("the first publication", self.exporter.published, timeout=TIMEOUT, interval=1, log=self.exporter.log)

    def kill(self):
        """Kills the exporter as a failing machine does."""
        self.exporter.check()
        self.exporter.kill()

    def end(self):
        for process in filter(None, (self.exporter, self.simulator)):
            process.kill()

    def scrape(self):
        """What the exporter exports. On a busy machine a connection may be closed for being slow, as its time is short."""
        return Scrape(self.exporter.patient_scrape(timeout=TIMEOUT))

    def control(self, method, path, body=None):
        """The simulator's control API."""
        return self.simulator.ask(method, path, body)
