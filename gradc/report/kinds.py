"""Kinds of diagnostics: many of one kind are told as one, with the lines of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradc.diagnostics import Diagnostic
from gradc.patterns import pattern
from gradc.records import dataclass, field
from gradc.source import Span

HANDFUL = 3
"""So many of one kind are told one by one."""

_OF_HABIT = "E0107"  # a sign that stands on each line is one mistake
_LINES = 8  # that are listed
_VARYING = pattern(r"`[^`]*`(?:, `[^`]*`)*|\b(?:bool|[if](?:32|64))(?:\[[^\]]*\])?|[-+]?\d[\d_.]*")


@dataclass(frozen=True, slots=True)
class Kind:
    """A diagnostic, and the places of the others like it."""

    first: Diagnostic
    others: list[Span] = field(default_factory=list)

    @property
    def remark(self) -> str:
        """`and 999 more: lines 4, 5, 6, …`, or nothing where there are no others."""
        if not self.others:
            return ""
        own = self.first.span.source if self.first.span else None
        places = {
            str(s.line) if s.source is own else f"{s.source.name}:{s.line}": None
            for s in self.others
        }
        listed = [*list(places)[:_LINES], *(["…"] if len(places) > _LINES else [])]
        return f"and {len(self.others)} more: line{'s' * (len(places) > 1)} {', '.join(listed)}"


def by_kind(diagnostics: Iterable[Diagnostic]) -> list[Kind]:
    """The kinds in the order of their first ones; a handful of one are as many kinds."""
    groups: dict[tuple[str, ...], list[Diagnostic]] = {}
    found = list(diagnostics)
    for diagnostic in found:
        groups.setdefault(_key(diagnostic), []).append(diagnostic)
    kinds: list[Kind] = []
    for diagnostic in found:
        alike = groups[_key(diagnostic)]
        if len(alike) <= (1 if diagnostic.code == _OF_HABIT else HANDFUL):
            kinds.append(Kind(diagnostic))
        elif diagnostic is alike[0]:
            kinds.append(Kind(diagnostic, _spans(alike[1:])))
    return kinds


def _key(diagnostic: Diagnostic) -> tuple[str, ...]:
    """Warnings are alike but for names, types and numbers; errors only where they say the same."""
    message = diagnostic.message
    if diagnostic.code == _OF_HABIT:
        return diagnostic.code, message, *diagnostic.helps
    return diagnostic.code, message if diagnostic.is_error else _VARYING.sub("…", message)


def _spans(diagnostics: Sequence[Diagnostic]) -> list[Span]:
    return [d.span for d in diagnostics if d.span is not None]
