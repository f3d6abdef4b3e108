"""Paragraphs: the statements that belong to one line of the graph, under that line.

A long paragraph has a title over the part of each layer, and of each function of the user's, that
the line calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TypeAlias

from gradc.ir.graph import Derivation, Graph
from gradc.ir.program import Part
from gradc.records import dataclass, field
from gradc.source import Span
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.lines import Line, plain_lines, written
from gradc.targets.told.presence import Moment
from gradc.targets.told.sections import HEAD, over, sections

Heading: TypeAlias = "Callable[[str, Sequence[str], int, int], list[str]]"
"""The comment over a paragraph: of its source line and its formulas, which begin at a column, in
what will be moved to the right by a margin."""


def _is_adjoint(line: Line) -> bool:
    """Whether it makes something of backward, be it within loops that remake something too."""
    made = line.statement.node.adjoint_of is not None
    return made or any(_is_adjoint(inner) for inner in line.inner or ())


def _span(line: Line) -> Span | None:
    return None if line.is_shared else line.statement.node.origin.span


def forward_lines(lines: Sequence[Line], heading: Heading, margin: int = 0) -> list[str]:
    """A heading over each paragraph, but for a line that says just what the graph says."""
    result: list[str] = []
    tight = False

    def inside(inner: Sequence[Line]) -> list[str]:
        return forward_lines(inner, heading, margin + 4)

    for span, group in groupby(lines, key=_span):
        paragraph = list(group)
        source = source_line(span.text, margin) if span else ""
        bare = paragraph[0].bare if len(paragraph) == 1 else ""
        alone = bool(bare) and (bare == source or bare == _without_role(source))
        if result and not (tight and alone):
            result.append("")
        if not alone and source:
            result += heading(source, (), 0, margin)
        for number, section in enumerate(sections(paragraph)):
            if section.title:
                result += [""] * (number > 0)
                result += heading(source_line(section.title, margin), (), 0, margin)
            for line in section.lines:
                result += written(line, inside)
        tight = alone
    return result


def _without_role(source: str) -> str:
    for role in ("output ", "loss "):
        source = source.removeprefix(role)
    return source


@dataclass(slots=True)
class _Told:
    """The chain rules that are still to be told, by the first line of their paragraph, or by the
    statement where that has no code."""

    heading: Heading
    formulas: Formulas
    width: int
    sources: Mapping[int, str]  # the lines of statements at no margin
    rules: dict[int, list[Derivation]] = field(default_factory=dict)
    telling: set[int] = field(default_factory=set)  # the paragraphs, by their first lines
    now: Moment | None = None  # where the last paragraph stands

    def says(self, span: Span) -> bool:
        """Whether a rule of a statement can be written down."""
        return any([self.formulas.formula(d) for d in self.rules.get(id(span), ())])

    def paragraph(self, span: Span | None, lines: Sequence[Line], margin: int) -> list[str]:
        """The statements of a line of the graph, the chain rule over each part."""

        def inside(inner: Sequence[Line]) -> list[str]:
            return self.in_loop(inner, margin + 4)

        found: list[str] = []
        parts = sections(lines)
        told = over(self.rules.pop(id(lines[0] if lines else span), []), parts)
        here = self.formulas.presence.around(lines, self.now)
        if span is not None:
            source = None if margin else self.sources.get(id(span))
            if source is None:
                source = _without_role(source_line(span.text, margin))
            found += self._headed(source, told.get(HEAD, ()), here, margin)
        for number, part in enumerate(parts):
            if part.title:
                found += [""] * (number > 0)
                there = self.formulas.presence.around(part.lines, self.now)
                title = source_line(part.title, margin)
                found += self._headed(title, told.get(number, ()), there, margin)
            for line in part.lines:
                found += written(line, inside)
        self.now = here
        return found

    def _headed(
        self, source: str, rules: Iterable[Derivation], here: Moment, margin: int
    ) -> list[str]:
        """Rules as they read where a paragraph stands, beside its source."""
        rows = [self.formulas.formula(d, here) for d in rules]
        return self.heading(source, [*dict.fromkeys(rows)], self.width, margin)

    def in_loop(self, lines: Sequence[Line], margin: int) -> list[str]:
        """The body of a backward loop."""
        result: list[str] = []
        for span, group in groupby(lines, key=_span):
            if result:
                result.append("")
            result += self.paragraph(span, list(group), margin)
        return result


def _told(
    graph: Graph, paragraphs: Iterable[Sequence[Line]], formulas: Formulas, heading: Heading
) -> tuple[_Told, dict[int, Span]]:
    """The chain rules of a graph, each over the paragraph that makes what it is of, or else over
    the longest of its statement; and the statements in their order."""
    placed = [(id(span), d) for d in graph.derivations if (span := d.origin.span) is not None]
    order = {key: span for key, d in placed if (span := d.origin.span) is not None}
    sources = {key: _without_role(source_line(span.text)) for key, span in order.items()}
    told = _Told(heading, formulas, _column(sources.values()), sources)
    keyed = [(id(_span(paragraph[0])), paragraph) for paragraph in paragraphs]
    longest: dict[int, Sequence[Line]] = {}
    for key, paragraph in keyed:
        if key not in longest or len(paragraph) > len(longest[key]):
            longest[key] = paragraph
    # What several make is told over the first, so those are written over by it.
    makers = {
        (key, result): paragraph[0]
        for key, paragraph in reversed(keyed)
        for line in paragraph
        for node in line.statement.nodes
        for result in node.results
    }
    made = [(key, rule, makers.get((key, rule.contribution))) for key, rule in placed]
    # Where parts of the same cotangent are made.
    beside = {(key, rule.value): maker for key, rule, maker in reversed(made) if maker is not None}
    for key, rule, maker in made:
        place = maker or beside.get((key, rule.value))
        if place is None and key in longest:
            place = longest[key][0]
        told.rules.setdefault(key if place is None else id(place), []).append(rule)
    told.telling.update(told.rules, [id(paragraph[0]) for paragraph in longest.values()])
    return told, order


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The paragraphs of backward, those in loops too."""
    for (kind, _), group in groupby(lines, key=_kind_and_span):
        part = list(group)
        if kind == _ADJOINT:
            yield part
            yield from _inside(part)
        for line in part if kind == _IN_BLOCKS else ():
            yield from _paragraphs(line.inner or ())


def _inside(paragraph: Sequence[Line]) -> Iterator[list[Line]]:
    """The paragraphs in loops that go step by step."""
    for line in paragraph:
        for _, group in groupby(line.inner or (), key=_span):
            part = list(group)
            yield part
            yield from _inside(part)


def backward_lines(
    lines: Sequence[Line], graph: Graph, formulas: Formulas, heading: Heading
) -> list[str]:
    """A heading with the chain rule over each paragraph, in the order of the derivation."""
    is_adjoint = [_is_adjoint(line) for line in lines]
    end = max([i + 1 for i, found in enumerate(is_adjoint) if found], default=0)
    start = is_adjoint.index(True) if end else 0
    remade, adjoint = lines[:start], lines[start:end]
    unreached = lines[end:]  # the gradients that are zeros
    groups: list[tuple[Span | None, list[Line]]] = [
        (span, list(group)) for span, group in groupby(adjoint, key=_span)
    ]
    paragraphs = [p for _, found in groups for p in (found, *_inside(found))]
    told, order = _told(graph, paragraphs, formulas, heading)
    with_code = {id(span) for span, _ in groups} | _inner_spans(lines)
    loops = [span for span, found in groups if any(line.inner is not None for line in found)]
    silent = [
        s
        for s in order.values()
        if id(s) not in with_code and told.says(s) and not any(_holds(loop, s) for loop in loops)
    ]
    result = plain_lines(remade)
    for span, paragraph in _with_silent(groups, silent, list(order.values())):
        if result:
            result.append("")
        result += told.paragraph(span, paragraph, 0)
    if result and unreached:
        result.append("")
    return result + plain_lines(unreached)


def lines_of_part(
    lines: Sequence[Line], part: Part, formulas: Formulas, heading: Heading
) -> list[str]:
    """What goes backward from a loss: as its loops go, where those were made short."""
    if part.told_backward is not None:
        return whole_lines(lines, part.told_backward, formulas, heading)
    return backward_lines(lines, part.graph, formulas, heading)


def whole_lines(
    lines: Sequence[Line], graph: Graph, formulas: Formulas, heading: Heading
) -> list[str]:
    """Statements of both kinds, as they stand: those of backward under their chain rules."""
    told, _ = _told(graph, _paragraphs(lines), formulas, heading)

    def laid_out(lines: Sequence[Line], margin: int = 0, *, in_rows: bool = False) -> list[str]:
        result: list[str] = []
        for (kind, span), group in groupby(lines, key=_kind_and_span):
            part = list(group)
            if result:
                result.append("")
            if kind == _IN_BLOCKS:
                for line in part:
                    if line.inner is not None and not in_rows:
                        result += heading(_in_blocks(line), (), 0, margin)
                    inside = partial(laid_out, margin=margin + 4, in_rows=line.is_of_rows)
                    result += written(line, inside)
            elif kind == _PRIMAL:
                result += forward_lines(part, heading, margin)
            elif id(part[0]) in told.telling:
                result += told.paragraph(span, part, margin)
            else:
                result += forward_lines(part, heading, margin)
        return result

    return laid_out(lines)


_PRIMAL, _ADJOINT, _IN_BLOCKS = "primal", "adjoint", "in blocks"


def _kind_and_span(line: Line) -> tuple[str, Span | None]:
    """What stands together; all primal statements in a row do."""
    repetition = line.statement.repetition
    if line.is_shared or (repetition is not None and repetition.scan.rows is not None):
        return _IN_BLOCKS, None
    if line.statement.node.adjoint_of is None:
        return _PRIMAL, None
    return _ADJOINT, _span(line)


def _in_blocks(line: Line) -> str:
    inner = line.inner or ()
    both = {_kind_and_span(part)[0] for part in inner} >= {_PRIMAL, _ADJOINT}
    each = "Row by row" if line.is_of_rows else "Element by element"
    how = each if line.is_shared else "Block by block"
    return f"{how}, forwards and backwards" if both else how


def _holds(outer: Span | None, inner: Span) -> bool:
    """Whether a statement stands in a loop's."""
    if outer is None or outer is inner or outer.source is not inner.source:
        return False
    return outer.start <= inner.start and inner.end <= outer.end


def _inner_spans(lines: Sequence[Line]) -> set[int]:
    """The statements whose paragraphs stand in loops."""
    spans: set[int] = set()
    pending = list(lines)
    while pending:
        for line in pending.pop().inner or ():
            spans.add(id(_span(line)))
            pending.append(line)
    return spans


def _with_silent(
    groups: list[tuple[Span | None, list[Line]]], silent: list[Span], order: list[Span]
) -> list[tuple[Span | None, list[Line]]]:
    """Statements whose cotangents need no code still have their derivation told, in place."""
    if not silent:
        return groups
    place: Mapping[int, int] = {id(span): i for i, span in enumerate(order)}
    merged: list[tuple[Span | None, list[Line]]] = []
    pending = silent[::-1]
    for span, paragraph in groups:
        while pending and span is not None and place.get(id(span), -1) > place[id(pending[-1])]:
            merged.append((pending.pop(), []))
        merged.append((span, paragraph))
    return merged + [(s, []) for s in reversed(pending)]


def _column(sources: Iterable[str]) -> int:
    """Where the formulas begin: behind all but the longest source lines."""
    return min(max([len(s) + 9 for s in sources], default=0), 46)


def source_line(text: str, margin: int = 0) -> str:
    """A statement of the source on one line, cut where it is too long to stand at a margin."""
    room = 88 - margin
    if text.startswith("scan "):
        text = text.split("{", maxsplit=1)[0]
    if "#" in text:
        text = " ".join(part.split("#")[0] for part in text.splitlines())
    flat = " ".join(text.split())
    return flat if len(flat) <= room else flat[: room - 1] + "…"
