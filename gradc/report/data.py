"""Diagnostics as data for other programs: JSON, GitHub's workflow commands and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from gradc.diagnostics import Diagnostic, Help
from gradc.report.codes import CODES
from gradc.source import Span
from gradc.version import __version__

Found: TypeAlias = Iterable[tuple[Diagnostic, str]]
"""Diagnostics, each with the name of the file that was being compiled."""

SCHEMA = 1
"""Counts up when a field of the JSON form changes its meaning or goes; new fields may come."""


def render_json(diagnostics: Found) -> str:
    """One document. Lines and columns count from 1 in characters; an end lies after the span.

    The first span is the primary one. A diagnostic without a place in the text has no spans.
    """
    found = list(diagnostics)
    errors = sum(d.is_error for d, _ in found)
    document = {
        "schema": SCHEMA,
        "diagnostics": [_as_dict(d, file) for d, file in found],
        "errors": errors,
        "warnings": len(found) - errors,
    }
    return json.dumps(document, indent=2) + "\n"


def _severity(diagnostic: Diagnostic) -> str:
    return "error" if diagnostic.is_error else "warning"


def _as_dict(diagnostic: Diagnostic, file: str) -> dict[str, Any]:
    spans = [_span(span, text, span is diagnostic.span) for span, text in _places(diagnostic)]
    return {
        "code": diagnostic.code,
        "severity": _severity(diagnostic),
        "message": diagnostic.message,
        "file": diagnostic.span.source.name if diagnostic.span else file,
        "spans": spans,
        "helps": list(diagnostic.helps),
        "fixes": [
            {
                "help": help_,
                "replacements": [
                    {"span": _stretch(r.span), "text": r.text} for r in help_.replacements
                ],
            }
            for help_ in _tried(diagnostic)
        ],
        "notes": [note.text for note in diagnostic.notes],
    }


def _places(diagnostic: Diagnostic) -> list[tuple[Span, str]]:
    primary = [(diagnostic.span, diagnostic.text)] if diagnostic.span else []
    return [*primary, *_related(diagnostic)]


def _related(diagnostic: Diagnostic) -> list[tuple[Span, str]]:
    """The places beside the first one: marks, and what is at fault in each body called."""
    bodies = [(note.places[0].span, note.text) for note in diagnostic.notes if note.places]
    return [*((label.span, label.text) for label in diagnostic.labels), *bodies]


def _tried(diagnostic: Diagnostic) -> list[Help]:
    """The helps that hold what mends the mistake."""
    return [help_ for help_ in diagnostic.helps if isinstance(help_, Help)]


def _span(span: Span, text: str, primary: bool) -> dict[str, Any]:
    return {**_stretch(span), "primary": primary, "label": text}


def _stretch(span: Span) -> dict[str, Any]:
    end_line, end_column = end_of(span)
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }


def end_of(span: Span) -> tuple[int, int]:
    """The line and column just after a span."""
    return span.source.line_of(span.end), span.source.column_of(span.end)


def render_github(diagnostics: Found) -> str:
    """Workflow commands: what an action prints so that GitHub annotates the lines of a change."""
    return "".join(_command(d, file) for d, file in diagnostics)


def _command(diagnostic: Diagnostic, file: str) -> str:
    properties: list[tuple[str, Any]] = []
    span = diagnostic.span
    name = span.source.name if span else file
    if name and name != "-":
        properties.append(("file", name))
    if span is not None:
        end_line, end_column = end_of(span)
        properties += [("line", span.line), ("endLine", end_line)]
        if end_line == span.line:  # GitHub ignores columns of a span over several lines
            properties += [("col", span.column), ("endColumn", end_column)]
    properties.append(("title", diagnostic.code))
    message = [diagnostic.message, *_remarks(diagnostic)]
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties)
    return f"::{_severity(diagnostic)} {listed}::{_data(chr(10).join(message))}\n"


def _remarks(diagnostic: Diagnostic) -> Iterator[str]:
    """Notes and helps, a line each."""
    for note in diagnostic.notes:
        spans = [place.span for place in note.places[:1]]
        yield f"note: {note.text}" + "".join(f" ({s.source.name}:{s.line})" for s in spans)
    for text in diagnostic.helps:
        yield f"help: {text}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(c if c.isprintable() else "\ufffd" for c in escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def render_sarif(diagnostics: Found) -> str:
    """A SARIF 2.1.0 log of one run."""
    found = list(diagnostics)
    codes = sorted({d.code for d, _ in found})
    driver = {
        "name": "gradc",
        "version": __version__,
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": CODES.get(code, code)},
                "defaultConfiguration": {"level": "error" if code.startswith("E") else "warning"},
            }
            for code in codes
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(d, codes, file) for d, file in found],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2) + "\n"


def _result(diagnostic: Diagnostic, codes: Sequence[str], file: str) -> dict[str, Any]:
    remarks = "".join(f"\n{text}" for text in _remarks(diagnostic))
    text = diagnostic.message + (f": {diagnostic.text}" if diagnostic.text else "")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": _severity(diagnostic),
        "message": {"text": text + remarks},
    }
    if diagnostic.span is not None:
        result["locations"] = [_location(diagnostic.span)]
    elif file:
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}}}]
    if related := _related(diagnostic):
        result["relatedLocations"] = [
            {"id": n, "message": {"text": words}, **_location(span)}
            for n, (span, words) in enumerate(related, 1)
        ]
    if fixes := [_fix(help_) for help_ in _tried(diagnostic)]:
        result["fixes"] = fixes
    return result


def _fix(help_: Help) -> dict[str, Any]:
    """What a tool may write: the replacements are all in one file."""
    replacements = [
        {"deletedRegion": _region(r.span), "insertedContent": {"text": r.text}}
        for r in help_.replacements
    ]
    place = {"uri": _uri(help_.replacements[0].span.source.name)}
    change = {"artifactLocation": place, "replacements": replacements}
    return {"description": {"text": str(help_)}, "artifactChanges": [change]}


def _location(span: Span) -> dict[str, Any]:
    place = {"uri": _uri(span.source.name)}
    return {"physicalLocation": {"artifactLocation": place, "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    end_line, end_column = end_of(span)
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _uri(name: str) -> str:
    return quote(name.replace("\\", "/"))
