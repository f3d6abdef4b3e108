"""The budget of one compilation: how much text is read, how many nodes are made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NoReturn

from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.patterns import pattern
from gradc.records import replace
from gradc.source import Source, Span

_WORD = pattern(r"\w+|[^\w\s]|\n")
_WORDS_PER_NODE = 3
_STEPS_PER_NODE = 10  # what is worked out at compile time leaves no node
_HELPS = ("`--max-nodes` allows more",)
_STACK = 20_000  # frames; what a user nests is limited by the parser and the elaborator


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


@contextmanager
def bounded(source: Source) -> Iterator[None]:
    """Room for nested expressions and calls; what needs more than there is is a diagnostic."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _STACK))
    try:
        yield
    except Exhausted as failure:
        raise DiagnosticError([failure.at(source.start).diagnostic]) from None
    except MemoryError:
        helps = ["`--max-nodes` bounds what it expands into"]
        message = f"`{source.name}` needs more memory than there is"
        raise error("E0206", message, source.start, helps=helps) from None
    except RecursionError:
        raise error("E0205", f"`{source.name}` nests too deeply", source.start) from None
    finally:
        sys.setrecursionlimit(before)
