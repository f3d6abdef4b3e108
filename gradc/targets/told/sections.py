"""Sections: the parts of a paragraph, under the layers and functions that its line calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from gradc.ir.graph import Derivation
from gradc.ir.origin import Origin
from gradc.records import dataclass
from gradc.targets.told.lines import Line, results_of

HEAD = -1
"""What stands over a paragraph as a whole, beside the numbers of its parts."""

_SHORT = 6  # statements that need no titles of their own

Titles: TypeAlias = "tuple[str, ...]"


@dataclass(slots=True)
class Section:
    """A part of a paragraph. `title` is empty where the line of the graph says enough."""

    title: str
    titles: Titles
    lines: list[Line]


def sections(paragraph: Sequence[Line]) -> list[Section]:
    """The parts of a paragraph, each under the call that it is of."""
    if len(paragraph) <= _SHORT:
        return [Section("", (), list(paragraph))]
    known = {title for line in paragraph for title in origin_of(line).titles}
    found: list[Section] = []
    current: Titles = ()
    for titles, group in groupby(paragraph, key=lambda line: _titles(line, known)):
        lines = list(group)
        title = titles[-1] if titles[len(_common(current, titles)) :] else ""
        if not title and current:  # back in what called the one before
            title = origin_of(lines[0]).within
        found.append(Section(title, titles, lines))
        current = titles
    return found


def over(rules: Iterable[Derivation], parts: Sequence[Section]) -> dict[int, list[Derivation]]:
    """Which rules are told over which part: those of a call over the part that makes what they are
    of, or else over the first part of that call."""
    first: dict[Titles, int] = {}
    for k, part in enumerate(parts):
        if part.title and part.titles:
            first.setdefault(part.titles, k)
    if not first:
        return {HEAD: [*rules]}
    made = {r: k for k, part in reversed([*enumerate(parts)]) for r in results_of(part.lines)}
    found: dict[int, list[Derivation]] = {}
    for rule in rules:
        place = first.get(rule.origin.titles, HEAD)
        if place != HEAD:
            k = made.get(rule.contribution, place)
            place = k if parts[k].title else HEAD
        found.setdefault(place, []).append(rule)
    return found


def _titles(line: Line, known: set[str]) -> Titles:
    """The calls that a statement is of; the arguments of a layer are told with it."""
    origin = origin_of(line)
    call = origin.within.replace(": ", ".", 1)
    if call in known and call not in origin.titles:
        return (*origin.titles, call)
    return origin.titles


def _common(one: Titles, other: Titles) -> Titles:
    pairs = zip(one, other, strict=False)
    count = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return one[:count]


def origin_of(line: Line) -> Origin:
    return line.statement.node.origin
