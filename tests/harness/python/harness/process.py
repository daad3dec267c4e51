"""A process under test: its log, its address, and its end."""

import re
import socket
import subprocess
import tempfile

from harness.wait import TIMEOUT, wait_until


def free_port():
    """A port on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A process that ends with the `with` block; its standard output and standard error are its log.

    `announces` is a regular expression that finds its address in the log: the process has started once it matches."""

    def __init__(self, command, announces=None, *, environment=None, log=None, timeout=TIMEOUT):
        self.name = f"{command[0]} {command[1]}"
        self.file = tempfile.TemporaryFile("w+") if log is None else open(log, "w+")
        # Unbuffered by Python: the process writes to the file itself.
        self.process = subprocess.Popen(
            [str(it) for it in command], env=environment or {}, stdin=subprocess.DEVNULL, stdout=self.file, stderr=subprocess.STDOUT
        )
        self.address = None
        if announces is not None:
            try:
                self.address = wait_until(f"the start of {self.name}", lambda: self.find(announces), timeout=timeout, log=self.log)[1]
            except BaseException:
                self.kill()
                raise

    def find(self, pattern):
        """The pattern's match in the log; fails if the process has ended without one."""
        ended = self.process.poll() is not None
        if not (found := re.search(pattern, self.log())):
            assert not ended, f"{self.name} ended with {self.process.returncode}: {self.log()}"
        return found

    def log(self):
        """All that the process has written."""
        self.file.seek(0)
        return self.file.read()

    @property
    def url(self):
        return f"http://{self.address}"

    def check(self):
        """Fails if the process has ended or panicked."""
        assert self.process.poll() is None and "panicked" not in self.log(), f"{self.name} broke: {self.log()[-2000:]}"

    def stop(self, timeout=TIMEOUT):
        """Sends SIGTERM, and returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        """Ends the process as a failing machine does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.file.close()
