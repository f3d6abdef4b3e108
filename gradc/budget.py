"""The budget of one compilation: how much text is read, how many nodes are made."""

from __future__ import annotations

import sys
from itertools import islice
from typing import NoReturn

from gradc.diagnostics import Diagnostic, error
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Source, Span

_WORD = pattern(r"\w+|[^\w\s]|\n")
_WORDS_PER_NODE = 3
_STEPS_PER_NODE = 10  # what is worked out at compile time leaves no node
_HELPS = ("`--max-nodes` allows more",)


class Exhausted(Exception):
    """The budget is spent: no other statement is looked at."""

    def __init__(self, diagnostic: Diagnostic):
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)

    def at(self, place: Span) -> Exhausted:
        """The same, with a place where none was known."""
        if self.diagnostic.span is not None:
            return self
        return Exhausted(replace(self.diagnostic, span=place))


class Budget:
    """What is left of `--max-nodes`, for a graph and all that it imports and expands into."""

    def __init__(self, limit: int = sys.maxsize):
        self.limit = limit
        self._nodes = limit
        self.steps = limit * _STEPS_PER_NODE  # what is left of them
        self._words = limit * _WORDS_PER_NODE

    @property
    def left(self) -> int:
        """The nodes that may be made yet; none where a part of the budget is spent."""
        parts = self._nodes, self.steps // _STEPS_PER_NODE, self._words // _WORDS_PER_NODE
        return max(min(parts), 0)

    def read(self, source: Source, text: str) -> None:
        """A text is about to be parsed, without its comments. Raises DiagnosticError."""
        left = self._words
        self._words -= _WORD.subn("", text)[1]
        if self._words < 0:
            message = f"the text is longer than a graph of {self.limit:,} nodes needs"
            first = next(islice(_WORD.finditer(text), left, None))
            raise error("E0206", message, Span(source, *first.span()), helps=_HELPS)

    def spend(self, nodes: int, place: Span | None) -> None:
        """Nodes are about to be made, for the statement or call at this place."""
        self._nodes -= nodes
        if self._nodes < 0:
            self.exhausted(place)

    def exhausted(self, place: Span | None) -> NoReturn:
        """Says so at the statement or call of this place."""
        message = f"the graph expands into more than {self.limit:,} nodes"
        raise Exhausted(Diagnostic("E0206", message, place, helps=_HELPS))
