"""`--set NAME=VALUE`: the value of an input or parameter on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from gradc.commands.failure import UsageError

_UNQUOTED = re.compile(r"\b(inf|nan)\b", re.IGNORECASE)
_LISTED = re.compile(r"-?[\d.]+(?:e-?\d+)?(?:,\s*-?[\d.]+(?:e-?\d+)?)+")
_BY_COLON = re.compile(r"([\w.]+)\s*:\s*(.+)")
_SHOWN = "write `--set x=3` or `--set 'x=[1, 2]'`"
_IN_JSON = {"inf": "Infinity", "nan": "NaN"}


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
    """`x=3`, `x=[1, 2]` or `x=-inf`."""
    name, equals, value = text.partition("=")
    if not equals:
        said = _BY_COLON.fullmatch(text)
        told = f"write `--set '{said[1]}={said[2]}'`" if said else _SHOWN
        if said and re.fullmatch(r"[\w.+-]+", said[2]):
            told = f"write `--set {said[1]}={said[2]}`"
        raise UsageError(f"`--set {text}` has no `=`", [told])
    try:
        written = _UNQUOTED.sub(lambda word: _IN_JSON[word[0].lower()], value)
        return name.strip(), json.loads(written)
    except (ValueError, RecursionError):
        listed = _LISTED.fullmatch(value.strip())
        told = _SHOWN
        if name.strip() and listed:
            numbers = ", ".join(n.strip() for n in listed[0].split(","))
            told = f"write `--set '{name.strip()}=[{numbers}]'`"
        raise UsageError(f"`--set {text}` gives no number or list", [told]) from None
