"""Names for new values."""

from __future__ import annotations

import re

from gradc.diagnostics import Help, Replacement
from gradc.source import Span
from gradc.syntax.refusal import Refusal


def fresh(name: str, text: str) -> str:
    """A name with a number behind it that a text does not use yet."""
    number = 2
    while re.search(rf"\b{name}{number}\b", text):
        number += 1
    return f"{name}{number}"


def in_one(r: Refusal, first: re.Match[str], whole: str) -> Help:
    """What is said of a line that adds to the value of an earlier one, `first`: both are one."""
    start = first.start() + len(first[0]) - len(first[0].lstrip())
    value = first[0].rstrip()
    below = r.text.find("\n", r.place) + 1 or len(r.source.text)
    return Help(
        f"one statement says all of it: `{whole}`",
        (
            Replacement(Span(r.source, start, first.start() + len(value)), whole),
            Replacement(Span(r.source, r.line_start, below), ""),
        ),
    )


def free_name(text: str, *wished: str) -> str:
    """A name that a text does not use yet; for an output, where none are wished."""
    names = wished or ("y", "out")
    return next((n for n in names if not re.search(rf"\b{n}\b", text)), "result")
