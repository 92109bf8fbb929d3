"""Prints one line per check: `ok NAME`, `FAILED NAME: why`, `skipped NAME: why`.

A check is a function under `@check(name)`; it runs at once, and its name then stands for what
it returned. A failed check is told and the next one runs; a failed `required` one ends the
script, because nothing after it could work.
"""

import sys
import traceback

_n_failed = 0


def check(name, required=False):
    """Runs the decorated function as a check and returns its result."""

    def run(function):
        global _n_failed
        try:
            result = function()
        except Exception as error:
            _n_failed += 1
            why = str(error) or type(error).__name__
            print(f"FAILED  {name}: {' '.join(why.split())[:600]}", flush=True)
            traceback.print_exc()
            if required:
                finish()
            return None
        print(f"ok      {name}", flush=True)
        return result

    return run


def skip(name, why):
    """Tells that a check cannot run here."""
    print(f"skipped {name}: {why}", flush=True)


def finish():
    """Ends the script; its code says whether a check failed."""
    sys.exit(1 if _n_failed else 0)


def equal(actual, expected, what="value"):
    """Fails unless both are equal."""
    if actual != expected:
        raise AssertionError(f"{what} is {actual!r}, expected {expected!r}")


def true(condition, what):
    """Fails with `what` unless the condition holds."""
    if not condition:
        raise AssertionError(what)
