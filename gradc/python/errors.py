"""What is wrong with a graph, as Python programs are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradc.commands.failure import UsageError
from gradc.diagnostics import Diagnostic
from gradc.lessons.run.point import ArgumentError
from gradc.report.kinds import by_kind
from gradc.report.text import render, render_all


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning. `str()` of it is what a terminal shows."""

    diagnostic: Diagnostic
    file: str

    @property
    def code(self) -> str:
        """`E0302`, `W905`: `gradc error E0302` prints its page."""
        return self.diagnostic.code

    @property
    def message(self) -> str:
        return self.diagnostic.message

    @property
    def line(self) -> int | None:
        """Where it is, counted from 1; None where it is about the call."""
        return None if self.diagnostic.span is None else self.diagnostic.span.line

    @property
    def column(self) -> int | None:
        return None if self.diagnostic.span is None else self.diagnostic.span.column

    @property
    def helps(self) -> tuple[str, ...]:
        """What could be done about it."""
        return self.diagnostic.helps

    @property
    def is_error(self) -> bool:
        return self.diagnostic.is_error

    def __str__(self) -> str:
        (kind,) = by_kind([self.diagnostic])
        return render(kind, file=self.file).rstrip("\n")


class GraphError(Exception):
    """A graph cannot be compiled: `str()` is the whole report, `diagnostics` the data."""

    def __init__(self, report: str, diagnostics: Iterable[Problem] = ()):
        self.diagnostics = tuple(diagnostics)
        super().__init__(report)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the report alone."""
        return str(self).splitlines()


def graph_error(diagnostics: Iterable[Diagnostic], file: str) -> GraphError:
    """The error that carries diagnostics of a file."""
    found = list(diagnostics)
    return GraphError(render_all(found, file=file).rstrip("\n"), problems(found, file))


def call_error(failure: UsageError | ArgumentError) -> GraphError:
    """The error of a call that is wrong, or of the settings that it reads."""
    return graph_error([Diagnostic("E0501", failure.message, None, helps=failure.helps)], "")


def problems(diagnostics: Iterable[Diagnostic], file: str) -> tuple[Problem, ...]:
    """Diagnostics as programs are told them."""
    return tuple(Problem(diagnostic, file) for diagnostic in diagnostics)
