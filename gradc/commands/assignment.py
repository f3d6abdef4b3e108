"""`--set NAME=VALUE`: the value of an input or parameter on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gradc.commands.failure import UsageError


def assignments(given: Iterable[str]) -> dict[str, Any]:
    """The values by their names, each of which has one."""
    found: dict[str, Any] = {}
    for text in given:
        name, value = assignment(text)
        if name in found:
            raise UsageError(f"`--set {name}` is given twice", ["a name has one value"])
        found[name] = value
    return found


def assignment(text: str) -> tuple[str, Any]:
    """`x=3` or `x=[1, 2]`."""
    name, equals, value = text.partition("=")
    try:
        if not equals:
            raise ValueError
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        raise UsageError(
            f"`--set {text}` gives no number or list", ["write `--set x=3` or `--set 'x=[1, 2]'`"]
        ) from None
