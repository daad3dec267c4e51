"""The simulator and the exporter as processes for which time passes many times as fast, by libfaketime."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timezone
from glob import glob
from http.client import HTTPException
from pathlib import Path

from watch import Scrape
from world import KEY, SECRET

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
# For all that is asked; by the clock that is sped up.
LIMIT = 3600


def pace(speed):
    """What tells libfaketime the time with which a process begins, and how fast it passes."""
    now = datetime.fromtimestamp(time.time(), timezone.utc)
    return {"FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S.%f} x{speed}"}


def speed_up(speed):
    """Begins this program again with time that passes faster, unless it does."""
    if "FAKETIME" in os.environ:
        return
    library = os.environ.get("LIBFAKETIME") or next(iter(glob(LIBRARY)), None)
    if library is None:
        sys.exit("this needs libfaketime: apt-get install libfaketime")
    # Files keep their real times; so that the time that it begins with is read as it is written, it is that of UTC.
    environment = {"LD_PRELOAD": library, "NO_FAKE_STAT": "1", "TZ": "UTC"} | pace(speed)
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | environment)


class Lab:
    def __init__(self, program, speed, folder, world, config):
        self.program, self.speed, self.folder = program, speed, folder
        self.config, scenario, self.logs = folder / "config.yaml", folder / "world.json", 0
        self.config.write_text(config)
        scenario.write_text(json.dumps(world))
        self.exporter = None
        self.simulator = self.begin(["simulate", "--listen", "127.0.0.1:0", "--scenario", scenario], stdout=subprocess.PIPE)
        self.url = self.simulator.stdout.readline().split()[-1].decode()

    def begin(self, arguments, environment=(), **streams):
        kept = {name: os.environ[name] for name in ("LD_PRELOAD", "NO_FAKE_STAT", "TZ")}
        return subprocess.Popen([self.program, *arguments], env=kept | pace(self.speed) | dict(environment), **streams)

    def start(self):
        """Starts the exporter."""
        environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        arguments = ["serve", "--web.listen-address", "127.0.0.1:0", "--config.file", self.config]
        self.logs += 1
        path = self.folder / f"log-{self.logs}"
        with path.open("w") as log:
            self.exporter = self.begin(arguments, environment, stderr=log)
        while "message=listening" not in path.read_text():
            assert self.exporter.poll() is None, f"the exporter does not start: {path.read_text()}"
            time.sleep(1)
        line = next(line for line in path.read_text().splitlines() if "message=listening" in line)
        self.address = line.split("address=")[1].split()[0]

    def check(self):
        """Holds that the exporter has not ended by itself."""
        log = self.folder / f"log-{self.logs}"
        assert self.exporter.poll() is None and "panicked" not in log.read_text(), f"the exporter broke: see {log}"

    def kill(self):
        """Ends the exporter as a machine that fails does."""
        self.check()
        self.exporter.send_signal(signal.SIGKILL)
        self.exporter.wait()

    def end(self):
        for process in (self.exporter, self.simulator):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def memory(self):
        """What the exporter has resident, in megabytes."""
        status = Path(f"/proc/{self.exporter.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def scrape(self):
        """What is shown. On a busy machine a connection may be cut for being slow, since time is short."""
        for patience in (True, True, False):
            self.check()
            try:
                with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=LIMIT) as answer:
                    return Scrape(answer.read().decode())
            except (ConnectionError, HTTPException):
                if not patience:
                    raise

    def control(self, method, path, body=None):
        """The simulator's control API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return json.load(answer)
