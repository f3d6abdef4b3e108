"""A call that is wrong, and how it is reported."""

from __future__ import annotations

import sys
from collections.abc import Iterable


class UsageError(Exception):
    """The call is wrong, or a file cannot be read or written: exit code 2."""

    def __init__(self, message: str, helps: Iterable[str] = ()):
        self.message, self.helps = message, tuple(helps)
        super().__init__(message)


def report_usage(failure: UsageError) -> None:
    """Prints the failure in the manner of a diagnostic."""
    lines = [f"error: {failure.message}", *(f"  = help: {text}" for text in failure.helps)]
    sys.stdout.flush()
    for line in lines:
        sys.stderr.write("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) + "\n")
