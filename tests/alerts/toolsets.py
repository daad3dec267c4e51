"""The tools of three Debian suites, unpacked into a cache: Prometheus 2.42, 2.53 and 3.5, Alertmanager 0.25, 0.28 and 0.33.

The third suite is Debian testing. Its versions move on, which is no failure."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = ["bookworm", "trixie", "forky"]


class Failed(Exception):
    """What a step found."""


def run(*command):
    """Runs a command; its output is the error if it fails."""
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True)
    if done.returncode:
        raise Failed(done.stdout + done.stderr)
    return done.stdout + done.stderr


@dataclass
class Toolset:
    suite: str
    folder: Path

    def tool(self, name):
        return self.folder / "usr/bin" / name

    @property
    def promtool(self):
        return self.tool("promtool")

    @property
    def amtool(self):
        return self.tool("amtool")

    @property
    def alertmanager(self):
        return self.tool("prometheus-alertmanager")

    def versions(self):
        """The versions of the tools; fails if one does not start."""
        lines = [run(tool, "--version").splitlines()[0] for tool in (self.promtool, self.amtool)]
        if not all("version" in line for line in lines):
            raise Failed(f"{self.suite}: {lines}")
        return ", ".join(line.split(" (")[0] for line in lines)


def toolset(suite):
    """The suite's tools, fetched where they are not in the cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aws-root-exporter/debian"
    packages = ["prometheus", "prometheus-alertmanager", *(["promtool"] if suite != "bookworm" else [])]
    if not (cache / suite).exists():
        run(ROOT / "tests/tools/unpack-debs.sh", suite, cache / suite, *packages)
    return Toolset(suite, cache / suite)
