"""What a help writes once alone: an instance of a layer, and what is drawn.

Copied to another line they were made a second time. They get a name where they stand instead, which
the help can read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradc.diagnostics import Replacement
from gradc.ir.node import Node, Value
from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Span

_INSTANCE = pattern(r"\bas\s+[^\W\d]\w*")
_DRAWS = pattern(r"\b(?:random_\w+|dropout)\s*\(")
_STRUCTURE = pattern(r'#[^\n]*|"[^"\n]*"|[()\[\]{}\n]')


def seems_once(text: str) -> bool:
    """Whether a text says that it names an instance, or draws."""
    return bool(_INSTANCE.search(text) or _DRAWS.search(text))


def is_once(value: Value, text: str, made: Mapping[Value, Node]) -> bool:
    """Whether the expression that makes a value names an instance or draws.

    What it reads by a name was made before.
    """
    if _INSTANCE.search(text):
        return True
    names = set(re.findall(r"[^\W\d]\w*", text))
    pending, seen = [value], set[Value]()
    while pending:
        node = made.get(pending.pop())
        if node is None:
            continue
        if node.traits.impure:
            return True
        fresh = [v for v in node.operands if v not in seen and not (v.named and v.name in names)]
        seen.update(fresh)
        pending += fresh
    return False


def first_argument(call: Span) -> Span | None:
    """The place of what a call, `softmax(x, axis=1)`, is given first; None of what is no call."""
    found = argument_in(call.text)
    if found is None:
        return None
    return Span(call.source, call.start + found[0], call.start + found[1])


def argument_in(text: str) -> tuple[int, int] | None:
    """Where the first argument begins and ends in the text of a call; None of what is no call."""
    opening = re.match(r"[\w.]+\s*\(\s*", text)
    if opening is None:
        return None
    depth, end = 0, None
    for place in range(opening.end(), len(text)):
        c = text[place]
        if depth == 0 and c in ",)" and end is None:
            end = place
        if depth == 0 and c == ")":
            if text[place + 1 :].strip():
                return None  # a sum, or another call behind it
            break
        depth += (c in "([") - (c in ")]")
    else:
        return None
    length = len(text[opening.end() : end].rstrip())
    return (opening.end(), opening.end() + length) if length else None


@dataclass(frozen=True, slots=True)
class Kept:
    """An expression that gets a name on a line before the statement that it stands in."""

    name: str
    line: str
    statement: str  # as it is then
    before: Replacement
    inside: Replacement

    def is_in(self, place: Span) -> bool:
        """Whether the expression stands at a place, which is written anew."""
        return is_within(self.inside.span, place)


def is_within(inner: Span, outer: Span) -> bool:
    """Whether one place is a part of another."""
    return inner.source is outer.source and outer.start <= inner.start < outer.end


def kept(value: Span, *wished: str) -> Kept | None:
    """A name for an expression; None where the statement around it shares its line."""
    text = value.source.text
    found = _statement(value)
    if found is None:
        return None
    start, end = found
    indent = text[start:end][: len(text[start:end]) - len(text[start:end].lstrip())]
    free = [n for n in wished if not re.search(rf"(?<!\w){n}\b", text)]
    name = free[0] if free else _numbered(wished[0], text)
    line = f"{name} = {' '.join(value.text.split())}"
    statement = f"{text[start : value.start]}{name}{text[value.end : end]}"
    return Kept(
        name,
        line,
        " ".join(statement.split()),
        Replacement(Span(value.source, start, start), f"{indent}{line}\n"),
        Replacement(value, name),
    )


def _numbered(name: str, text: str) -> str:
    number = 2
    while re.search(rf"(?<!\w){name}{number}\b", text):
        number += 1
    return f"{name}{number}"


def _statement(value: Span) -> tuple[int, int] | None:
    """Where the statement around a place begins and ends, if it has its lines for itself."""
    text = value.source.text
    start = depth = 0
    is_alone = True
    for match in _STRUCTURE.finditer(text, 0, value.start):
        c = match[0]
        if c in ("(", "["):
            depth += 1
        elif c in (")", "]"):
            depth -= 1
        elif c in ("{", "}"):
            depth, is_alone = 0, False
        elif c == "\n" and depth <= 0:
            start, depth, is_alone = match.end(), 0, True
    if not is_alone:
        return None
    for match in _STRUCTURE.finditer(text, value.end):
        c = match[0]
        if (c == "\n" and depth <= 0) or c[0] == "#":
            return start, match.start() - (c[0] == "#")
        if c in ("{", "}"):
            return None
        depth += (c in ("(", "[")) - (c in (")", "]"))
    return start, len(text)
