"""Paragraphs: the statements that belong to one line of the graph, under that line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from gradc.ir.graph import Graph
from gradc.source import Span
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.lines import Line, plain_lines, written

Heading = Callable[[str, Sequence[str], int, int], list[str]]
"""The comment over a paragraph: of its source line and its formulas, which begin at a column, in
what will be moved to the right by a margin."""


def _span(line: Line) -> Span | None:
    return line.statement.node.origin.span


def forward_lines(lines: Sequence[Line], heading: Heading, margin: int = 0) -> list[str]:
    """A heading over each paragraph, but for a line that says just what the graph says."""
    result: list[str] = []
    tight = False
    for span, group in groupby(lines, key=_span):
        paragraph = list(group)
        source = source_line(span.text, margin) if span else ""
        spoken = [s for s in (_without_role(source), source) if s]
        alone = len(paragraph) == 1 and paragraph[0].bare in spoken
        if result and not (tight and alone):
            result.append("")
        if not alone and source:
            result += heading(source, (), 0, margin)
        for line in paragraph:
            result += written(line, lambda inner: forward_lines(inner, heading, margin + 4))
        tight = alone
    return result


def _without_role(source: str) -> str:
    for role in ("output ", "loss "):
        source = source.removeprefix(role)
    return source


def backward_lines(
    lines: Sequence[Line], graph: Graph, formulas: Formulas, heading: Heading
) -> list[str]:
    """A heading with the chain rule over each paragraph, in the order of the derivation."""
    spoken: dict[int, list[str]] = {}
    order: dict[int, Span] = {}
    for derivation in graph.derivations:
        if derivation.span is not None:
            spoken.setdefault(id(derivation.span), []).append(formulas.formula(derivation))
            order.setdefault(id(derivation.span), derivation.span)
    remade = [line for line in lines if line.statement.node.adjoint_of is None]
    adjoint = [line for line in lines if line.statement.node.adjoint_of is not None]
    groups: list[tuple[Span | None, list[Line]]] = [
        (span, list(group)) for span, group in groupby(adjoint, key=_span)
    ]
    with_code = {id(span) for span, _ in groups} | _inner_spans(lines)
    silent = [s for s in order.values() if id(s) not in with_code]
    result = plain_lines(remade)
    width = _column(list(order.values()))

    def inside(lines: Sequence[Line]) -> list[str]:
        return _in_loop(lines, spoken, heading, width, 4)

    for span, paragraph in _with_silent(groups, silent, list(order.values())):
        if result:
            result.append("")
        if span is not None:
            rows = list(dict.fromkeys(spoken.pop(id(span), [])))
            result += heading(_without_role(source_line(span.text)), rows, width, 0)
        for line in paragraph:
            result += written(line, inside)
    return result


def _inner_spans(lines: Sequence[Line]) -> set[int]:
    """The statements whose paragraphs stand in loops."""
    spans: set[int] = set()
    pending = list(lines)
    while pending:
        for line in pending.pop().inner or ():
            spans.add(id(line.statement.node.origin.span))
            pending.append(line)
    return spans


def _in_loop(
    lines: Sequence[Line], spoken: dict[int, list[str]], heading: Heading, width: int, margin: int
) -> list[str]:
    """The body of a backward loop: a heading over each paragraph."""
    result: list[str] = []

    def inside(lines: Sequence[Line]) -> list[str]:
        return _in_loop(lines, spoken, heading, width, margin + 4)

    for span, group in groupby(lines, key=_span):
        if result:
            result.append("")
        if span is not None:
            rows = list(dict.fromkeys(spoken.pop(id(span), [])))
            source = _without_role(source_line(span.text, margin))
            result += heading(source, rows, width, margin)
        for line in group:
            result += written(line, inside)
    return result


def _with_silent(
    groups: list[tuple[Span | None, list[Line]]], silent: list[Span], order: list[Span]
) -> list[tuple[Span | None, list[Line]]]:
    """Statements whose cotangents need no code still have their derivation told, in place."""
    if not silent:
        return groups
    place = {id(span): i for i, span in enumerate(order)}
    merged: list[tuple[Span | None, list[Line]]] = []
    pending = silent[::-1]
    for span, paragraph in groups:
        while pending and span is not None and place.get(id(span), -1) > place[id(pending[-1])]:
            merged.append((pending.pop(), []))
        merged.append((span, paragraph))
    return merged + [(s, []) for s in reversed(pending)]


def _column(spans: Sequence[Span]) -> int:
    """Where the formulas begin: behind all but the longest source lines."""
    widths = [len(_without_role(source_line(s.text))) + 9 for s in spans]
    return min(max(widths, default=0), 46)


def source_line(text: str, margin: int = 0) -> str:
    """A statement of the source on one line, cut where it is too long to stand at a margin."""
    room = 88 - margin
    if text.startswith("scan "):
        text = text.split("{", maxsplit=1)[0]
    flat = " ".join(part.split("#")[0] for part in text.splitlines())
    flat = " ".join(flat.split())
    return flat if len(flat) <= room else flat[: room - 1] + "…"
