"""Counts assertions, for tests that go on after the first failure."""


class Tally:
    """Counts what passed, and prints what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def true(self, name, passed, detail=""):
        if passed:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {detail}", flush=True)

    def equal(self, name, got, wanted):
        self.true(name, got == wanted, f"got {got!r}, wanted {wanted!r}")

    def summary(self):
        """Prints the counts; the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
