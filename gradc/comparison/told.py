"""A comparison as text, as Markdown for a pull request, as data, and as diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gradc.comparison.change import KINDS, Change, Comparison, Figure
from gradc.diagnostics import Diagnostic, Label
from gradc.ir.sizes import size_text
from gradc.report.snippet import harmless
from gradc.report.text import Paint
from gradc.source import Source, Span

_NOTHING = "means what it meant"
_LISTED = 12  # names of those of which the same is said; the others are counted
_APART = 3  # of which the same is said, each in a line of its own
_DECLARED = ("parameter", "input", "state")
_STYLES = {"new": "good", "gone": "bad", "changed": "warning", "renamed": "warning"}
_SIGNS = {"new": "+", "gone": "-", "changed": "~", "renamed": "~"}


def as_text(found: Comparison, title: str, paint: Paint) -> str:
    """The page of a terminal: a paragraph for each kind, and a table of costs."""
    if found.is_empty:
        return paint(title, "bold") + f": {_NOTHING}\n"
    lines = [paint(title, "bold")]
    for kind, heading in KINDS.items():
        told = _together(c for c in found.changes if c.kind == kind and not c.follows)
        follow = _following(found, kind)
        if told or follow:
            lines += ["", paint(heading, "bold")]
        width = max([len(harmless(c.name)) for c in told], default=0)
        for change in told:
            sign = paint(_SIGNS[change.what], _STYLES[change.what])
            name = paint(f"{harmless(change.name):<{width}}", "bold")
            place = paint(f"  {_places(change)}".rstrip(), "faint")
            lines.append(f"  {sign} {name}  {harmless(change.message)}{place}")
        lines += [f"  {paint(follow, 'faint')}"] if follow else []
    if found.figures:
        lines += ["", paint("costs", "bold"), *_columns(found, paint)]
    return "\n".join(lines) + "\n"


def _together(changes: Iterable[Change]) -> list[Change]:
    """The changes with those in one line of which many say the same of different names."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.what, _said_of_many(change)), []).append(change)
    told = []
    for (what, said), group in groups.items():
        if len(group) <= _APART or not said:
            told += group
            continue
        types = [c.message.partition(": ")[2] for c in group]
        is_typed = group[0].kind in _DECLARED and all(types)
        listed = [f"{c.name} {t}" if is_typed else c.name
                  for c, t in zip(group, types, strict=True)][:_LISTED]  # fmt: skip
        more = f" and {len(group) - _LISTED} more" if len(group) > _LISTED else ""
        message = f"{said}: {', '.join(listed)}{more}"
        told.append(Change(group[0].kind, str(len(group)), what, message, None, None))
    return told


def _said_of_many(change: Change) -> str:
    """What a change says, of several names; empty where it is about its own alone."""
    if change.kind == "value":
        return ""
    if ", and was " in change.message:
        return "are of another type"
    verb, _, rest = re.split(r": | `|, from", change.message)[0].partition(" ")
    many = {"is": "are", "gets": "get", "loses": "lose"}.get(verb)
    return f"{many} {rest}" if many else ""


def _following(found: Comparison, kind: str) -> str:
    """The line on what is made of other values now, though its own statement is as it was."""
    names = dict.fromkeys(harmless(c.name) for c in found.changes if c.kind == kind and c.follows)
    if not names:
        return ""
    listed = list(names)[:_LISTED]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"with what they are made of: {', '.join(listed)}{more}"


def _columns(found: Comparison, paint: Paint) -> Iterator[str]:
    rows = [_row(figure) for figure in found.figures]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    for figure, (name, old, new) in zip(found.figures, rows, strict=True):
        style = _direction(figure)
        shown = paint(new, style) if style else new
        yield f"  {name:<{widths[0]}}  {old:>{widths[1]}} → {shown}"


def _row(figure: Figure) -> tuple[str, str, str]:
    return f"{figure.unit} {figure.name}", _size(figure.old), _size(figure.new)


def _size(size: Any) -> str:
    return f"{size:,}" if isinstance(size, int) else size_text(size)


def _direction(figure: Figure) -> str:
    """Less is good, where it can be told."""
    if isinstance(figure.old, int) and isinstance(figure.new, int):
        return "good" if figure.new < figure.old else "bad"
    return ""


def _places(change: Change) -> str:
    old, new = _place(change.before), _place(change.after)
    if old and new and old != new:
        return f"{old} → {new}"
    return new or old


def _place(span: Span | None) -> str:
    return "" if span is None else f"{harmless(span.source.name)}:{span.line}"


# --- Markdown ---


def as_markdown(found: Comparison, title: str) -> str:
    """A comment for a pull request."""
    if found.is_empty:
        return f"{_code(title)} {_NOTHING}.\n"
    lines = [f"### {_code(title)}"]
    for kind, heading in KINDS.items():
        told = _together(c for c in found.changes if c.kind == kind and not c.follows)
        follow = _following(found, kind)
        if told or follow:
            lines += ["", f"**{heading}**", ""]
        for change in told:
            place = f" ({_places(change)})" if _places(change) else ""
            lines.append(f"- {_code(change.name)} {harmless(change.message)}{place}")
        lines += [f"- {follow}"] if follow else []
    if found.figures:
        lines += ["", "| cost | before | after |", "|---|---:|---:|"]
        for name, old, new in map(_row, found.figures):
            lines.append(f"| {name} | {_code(old)} | {_code(new)} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{harmless(text)}`"


# --- data ---


def as_data(found: Comparison) -> dict[str, Any]:
    """The same as data; formulas are text, and lines and columns count from 1."""
    return {
        "schema": 1,
        "changed": not found.is_empty,
        "changes": [
            {
                "kind": c.kind,
                "name": c.name,
                "what": c.what,
                "message": c.message,
                "follows": c.follows,
                "old": _placed(c.before),
                "new": _placed(c.after),
            }
            for c in found.changes
        ],
        "costs": [
            {"name": f.name, "unit": f.unit, "old": size_text(f.old), "new": size_text(f.new)}
            for f in found.figures
        ],
    }


def _placed(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {"file": span.source.name, "line": span.line, "column": span.column}


def as_diagnostics(found: Comparison, source: Source) -> list[Diagnostic]:
    """A warning for each change that does not only follow, at its place in the new file."""
    told = []
    for change in found.changes:
        if change.follows:
            continue
        labels = [] if change.before is None else [Label(change.before, "before")]
        told.append(
            Diagnostic(
                "W915",
                f"{change.name} {change.message}",
                change.after or Span(source, 0, len(source.line_text(1))),
                labels=tuple(labels),
            )
        )
    return told
