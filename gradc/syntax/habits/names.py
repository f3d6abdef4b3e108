"""Names for new values."""

from __future__ import annotations

import re


def fresh(name: str, text: str) -> str:
    """A name with a number behind it that a text does not use yet."""
    number = 2
    while re.search(rf"\b{name}{number}\b", text):
        number += 1
    return f"{name}{number}"
