"""`--set NAME=VALUE`: the value of an input or parameter on the command line."""

from __future__ import annotations

import json
from typing import Any

from gradc.commands.failure import UsageError


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
