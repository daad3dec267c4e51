"""Counts what held, for checks that go on after the first that did not."""


class Tally:
    """Counts what held, and tells what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def true(self, name, held, detail=""):
        if held:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {detail}")

    def equal(self, name, got, wanted):
        self.true(name, got == wanted, f"got {got!r}, wanted {wanted!r}")
