"""Graphs in notebooks: `%load_ext gradc.notebook`, then `%%graph` over a cell.

    %%graph unit --set x=3
    input x = -2
    param w = 2
    loss J = (w * x)**2

shows the graph as a picture and binds `unit`. IPython is needed for the magic only; a `GraphCell`
is an object like any other.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from gradc.compiler import Options
from gradc.diagnostics import DiagnosticError
from gradc.lessons.pages.display import derivation
from gradc.lessons.pages.explain import explain_page
from gradc.lessons.pages.page import Block, rendered
from gradc.lessons.pages.trace import trace_page
from gradc.lessons.run.point import ArgumentError
from gradc.lessons.run.subject import CannotInterpretError, Run, Subject
from gradc.report.text import render_all
from gradc.syntax.parser import read_text

_USAGE = "%%graph [NAME] [--set NAME=VALUE]… [--seed NUMBER] [--latex | --trace | --explain]"


class GraphError(Exception):
    """A cell that is no graph, or a call that makes no sense. Notebooks show the message alone."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class Page:
    """A page of a lesson."""

    def __init__(self, blocks: list[Block]):
        self._blocks = blocks

    def __repr__(self) -> str:
        return rendered(self._blocks, "text")

    def _repr_markdown_(self) -> str:
        return rendered(self._blocks, "markdown")


class GraphCell:
    """A graph and the values that it is looked at with."""

    def __init__(self, text: str, given: Mapping[str, Any] | None = None, seed: int = 0):
        try:
            source = read_text("cell.graph", text.encode())
            self.subject = Subject.of(source, Options())
        except DiagnosticError as failure:
            raise GraphError(render_all(failure.diagnostics, file="cell.graph")) from None
        self.text, self.given, self.seed = text, dict(given or {}), seed

    def at(self, **given: Any) -> GraphCell:
        """The same graph with other values: `unit.at(x=3)`."""
        return GraphCell(self.text, {**self.given, **given}, self.seed)

    @cached_property
    def run(self) -> Run:
        """All values and derivatives."""
        try:
            return self.subject.run(self.subject.arguments(self.given, self.seed))
        except (ArgumentError, CannotInterpretError) as failure:
            raise GraphError(f"error: {failure}") from None

    @property
    def values(self) -> dict[str, Any]:
        """The values that have names."""
        return {v.name: _plain(x) for v, x in self.run.values.items() if v.named}

    @property
    def gradients(self) -> dict[str, Any]:
        """The derivatives of the loss by the parameters."""
        return {name: _plain(self.run.gradient(name)) for name in self.subject.graph.wrt}

    @property
    def module(self) -> str:
        """The text of the NumPy module, one statement a node."""
        return self.subject.compilation.text

    def trace(self) -> Page:
        """Every value forwards, and every derivative backwards."""
        return Page(trace_page(self.run))

    def explain(self, *epsilons: float, order: str = "backward") -> Page:
        """The derivation step by step."""
        if self.subject.loss is None:
            raise GraphError("error: the graph has no loss, so there is nothing to explain")
        return Page(explain_page(self.run, epsilons, order))

    def __repr__(self) -> str:
        return repr(self.trace())

    def _repr_latex_(self) -> str:
        return derivation(self.run)

    def _repr_svg_(self) -> str:
        from gradc.lessons.draw.compose import Look, picture_of  # noqa: PLC0415
        from gradc.lessons.draw.svg import svg  # noqa: PLC0415

        found = None if self.run.arguments.drawn else self.run
        return svg(picture_of(self.run.graph, "cell.graph", found, Look()), "auto")


def _plain(x: Any) -> Any:
    """A number as Python's, an array as it is."""
    return x.item() if getattr(x, "shape", None) == () else x


class Latex:
    """A graph shown as its derivation only."""

    def __init__(self, cell: GraphCell):
        self._cell = cell

    def __repr__(self) -> str:
        return repr(self._cell)

    def _repr_latex_(self) -> str:
        return self._cell._repr_latex_()


def graph_magic(line: str, cell: str) -> tuple[str | None, GraphCell, object]:
    """What `%%graph` does: the name to bind, the graph, and what is shown of it."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise GraphError(f"error: write {_USAGE}") from None
    name, shown = None, ""
    given: dict[str, Any] = {}
    seed = 0
    while words:
        word = words.pop(0)
        if word in ("--latex", "--trace", "--explain"):
            shown = word
        elif word == "--set" and words:
            given |= [_assignment(words.pop(0))]
        elif word == "--seed" and words and words[0].isdigit():
            seed = int(words.pop(0))
        elif word.isidentifier() and name is None:
            name = word
        else:
            raise GraphError(f"error: `{word}` is not understood; write {_USAGE}")
    graph = GraphCell(cell, given, seed)
    views: dict[str, Any] = {"--latex": Latex, "--trace": GraphCell.trace}
    views["--explain"] = GraphCell.explain
    return name, graph, views[shown](graph) if shown else graph


def _assignment(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        raise GraphError(f"error: `--set {text}` gives no number or list") from None


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext gradc.notebook`."""

    def graph(line: str, cell: str) -> object:
        name, made, shown = graph_magic(line, cell)
        if name is not None:
            shell.push({name: made})
        return shown

    shell.register_magic_function(graph, "cell", "graph")
