"""A call that is wrong."""

from __future__ import annotations

from collections.abc import Iterable


class UsageError(Exception):
    """The call is wrong, or a file cannot be read or written: exit code 2."""

    def __init__(self, message: str, helps: Iterable[str] = ()):
        self.message, self.helps = message, tuple(helps)
        super().__init__(message)
