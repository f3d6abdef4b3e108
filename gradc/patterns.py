"""Regular expressions that are compiled where they are first used, rather than at each start."""

from __future__ import annotations

import re
from typing import Any, cast


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`."""
    return cast("re.Pattern[str]", _Pattern(text, flags))


class _Pattern:
    """Looks up each method of the pattern once."""

    def __init__(self, text: str, flags: int):
        self._given = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found
