"""What every test in Python shares: processes, waits, the simulator, the exporter, and a count of assertions.

A test's entry script puts this package on its path:

    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness/python"))
"""

from harness.exporter import Exporter
from harness.process import Process, free_port
from harness.simulator import Simulator
from harness.tally import Tally
from harness.wait import TimedOut, wait_until

__all__ = ["Exporter", "Process", "Simulator", "Tally", "TimedOut", "free_port", "wait_until"]
