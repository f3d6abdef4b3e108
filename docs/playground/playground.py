"""What the page asks of gradc: texts in, JSON out. It is run by Pyodide, in a worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from numpy import Missing

from gradc.compiler import Compilation, Options, check_source, compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.svg import svg
from gradc.lessons.run.point import ArgumentError
from gradc.lessons.run.subject import CannotInterpretError, Run, Subject
from gradc.lessons.worksheet import sheet
from gradc.lessons.worksheet.table import UnsupportedError
from gradc.limits import Limits
from gradc.report.data import render_json
from gradc.source import Source
from gradc.syntax.characters import read_text

_OPTIONS = Options(limits=replace(Limits(), nodes=20_000))  # a page is no place for more


def check(text: str, name: str) -> str:
    """The diagnostics of a text: errors of derivatives are not among them."""

    def found() -> tuple[Diagnostic, ...]:
        return check_source(_source(text, name), _OPTIONS)

    return _answered(name, found, lambda warnings: ({}, warnings))


def module(text: str, name: str, level: int = 1) -> str:
    """The module of a text, and all diagnostics."""
    return _compiled(text, name, level, lambda compilation: {"module": compilation.text})


def picture(text: str, name: str) -> str:
    """The graph as a picture: with numbers where the file gives them, else with types."""
    return _compiled(text, name, 0, lambda compilation: {"picture": _picture(compilation, name)})


def worksheet(text: str, name: str) -> str:
    """The worksheet as a page, or a note that says why there is none."""
    return _compiled(text, name, 0, lambda compilation: _worksheet(compilation, name))


def _picture(compilation: Compilation, name: str) -> str:
    try:
        run = _run(compilation)
    except (ArgumentError, CannotInterpretError, Missing, ValueError):
        return svg(picture_of(compilation.written, name, None, Look()), "auto")
    return svg(picture_of(run.graph, name, run, Look()), "auto")


def _worksheet(compilation: Compilation, name: str) -> dict[str, str]:
    try:
        return {"worksheet": sheet.worksheet(_run(compilation), name)}
    except UnsupportedError as failure:
        return {"note": ": ".join([f"No worksheet: {failure}", *failure.helps])}
    except ArgumentError as failure:
        return {"note": ": ".join([f"No worksheet: {failure.message}", *failure.helps])}
    except Missing as missing:
        given = "give inputs and parameters values of their own, as in `input x: [2] = [1, 2]`"
        return {"note": f"No worksheet: this page has not {missing}; {given}"}
    except (CannotInterpretError, ValueError) as failure:
        return {"note": f"No worksheet: {failure}"}


def _run(compilation: Compilation) -> Run:
    """The graph at the values of its file."""
    subject = Subject(compilation)
    return subject.run(subject.arguments())


def _source(text: str, name: str) -> Source:
    return read_text(name, text.encode(errors="surrogatepass"))


def _compiled(
    text: str, name: str, level: int, view: Callable[[Compilation], dict[str, Any]]
) -> str:
    def compilation() -> Compilation:
        return compile_source(_source(text, name), replace(_OPTIONS, level=level))

    return _answered(name, compilation, lambda made: (view(made), made.warnings))


def _answered(
    name: str,
    ask: Callable[[], Any],
    view: Callable[[Any], tuple[dict[str, Any], Iterable[Diagnostic]]],
) -> str:
    """What was asked for, beside the diagnostics in the form of `--output-format json`."""
    try:
        shown, diagnostics = view(ask())
    except DiagnosticError as failure:
        shown, diagnostics = {}, failure.diagnostics
    report = json.loads(render_json((d, name) for d in diagnostics))
    return json.dumps({**report, **shown})
