"""Waits that name what they wait for."""

import time

# A timeout costs time only where a test fails, so it is generous: a busy machine must not fail a test.
TIMEOUT = 120


class TimedOut(AssertionError):
    """What a test waited for did not happen in time."""


def wait_until(what, ask, *, timeout=TIMEOUT, interval=0.05, log=None):
    """Asks until the answer is true, and returns it.

    `what` names what is waited for; `log()` gives the log of the process concerned. Both are in the error, with the last
    answer. An exception that `ask` raises is the test's failure at once."""
    end = time.monotonic() + timeout
    while not (answer := ask()):
        if time.monotonic() > end:
            tail = f"\n{log()[-2000:]}" if log else ""
            raise TimedOut(f"timed out after {timeout} s waiting for: {what}; last answer: {str(answer)[:500]}{tail}")
        time.sleep(interval)
    return answer
