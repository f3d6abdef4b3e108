"""What a step of a loop says of the next one, with more signs than are written here."""

from __future__ import annotations

import re

from gradc.diagnostics import Diagnostic
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import parts
from gradc.syntax.habits.names import instance_name
from gradc.syntax.refusal import Refusal

_NAMES = re.compile(r"[\s(\[]*next\b[\w\s,;&()\[\]]*")
_BETWEEN = r"[\s,;&()\[\]]+"


def following(r: Refusal) -> Diagnostic | None:
    """`next h, next c = …`, `next h, (next c) = …`, `next (h, c) = …`, `(next h), c = …`."""
    statement = _statement(r)
    left, equals, _ = re.sub("==", "  ", statement).partition("=")
    if not equals or r.place > r.line_start + r.line_text.index(statement) + len(left):
        return None
    typed = [re.fullmatch(r"next\s+(\w+)\s*:[^=]*", part) for part in parts(left.strip())]
    if not _NAMES.fullmatch(left) and not (len(typed) > 1 and all(typed)):
        return None
    names = [t[1] for t in typed if t]
    if len(names) < len(typed):
        names = [n for n in re.split(_BETWEEN, left) if n not in ("", "next", "and")]
    plain = re.fullmatch(r"\s*next\s+\w+(\s*,\s*\w+)*\s*", left)
    if not names or plain:
        return None
    value = statement[len(left) + 1 :].strip()
    message = "names stand without brackets"
    again = len(re.findall(r"\bnext\b", left)) > 1
    if again:
        message = "`next` stands once, in front"
    values = parts(value)
    if again and len(values) == len(names) > 1:
        lines = [f"`next {n} = {v}`" for n, v in zip(names, values, strict=True)]
        help_ = f"each stands on a line of its own: {' and '.join(lines)}"
    else:
        instance = _instance(r, value)
        text = f"next {', '.join(names)} = {value}{instance}"
        help_ = f"one `next` is for all: write `{text}`" if again else f"write `{text}`"
        if instance:
            help_ += "; a layer among several results has a name"
    return r.diagnostic("E0123", message, help_)


def _statement(r: Refusal) -> str:
    """The part of the line that the place is in, between braces."""
    masked, column = mask(r.line_text), r.place - r.line_start
    start = masked.rfind("{", 0, column) + 1
    end = masked.find("}", column)
    return r.line_text[start : len(r.line_text) if end < 0 else end]


def _instance(r: Refusal, value: str) -> str:
    """` as cell` behind the call of a layer that has no name."""
    called = re.match(r"(\w+)\(", value)
    layer = called and re.search(
        rf"(?m)^[ \t]*(?:from\b.*\bimport\b.*|layer )\b{called[1]}\b", r.text
    )
    if not called or not layer or re.search(r"\bas\s+\w+$", value):
        return ""
    return f" as {instance_name(called[1], r.text)}"
