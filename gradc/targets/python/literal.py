"""`__graph__`: what a module says of itself to programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradc.ir.graph import Graph, Input, Loss, Output, Param
from gradc.ir.node import Value
from gradc.ir.sizes import size_text
from gradc.ir.types import DTYPES
from gradc.targets.python.document import Choice, Doc, Filled, Flat, Line, enclosed, render, rows
from gradc.targets.python.identifiers import string
from gradc.targets.target import Described


def graph_lines(
    graph: Graph, described: Described, spelled: Mapping[Value, str], fields: Mapping[str, str]
) -> list[str]:
    """`__graph__` as lines of a literal."""
    options = ", ".join(string(o) for o in described.options)
    dims = [f"{string(d.name)}: {_dim(d.size)}" for d in graph.dims]
    alone = None if graph.further else graph.loss
    lines = ["__graph__: dict[str, Any] = {"]
    lines += _beside(
        f'"gradc": {string(described.version)},', f'"source": {string(described.source)},'
    )
    lines.append(f'    "sha256": {string(described.sha256)},')
    lines += _beside(f'"options": [{options}],', _dims(dims))
    lines += _beside(f'"loss": {string(alone) if alone else None},', _losses(graph.losses))
    lines += _entries("inputs", graph.inputs, {i.name: spelled[i.value] for i in graph.inputs})
    lines += _entries("params", graph.params, {p.name: p.name for p in graph.params})
    lines += _entries("outputs", graph.outputs, dict(fields))
    lines += _entries("state", graph.states, {s.name: s.name for s in graph.states})
    return [*lines, "}"]


def _beside(one: str, other: Doc) -> list[str]:
    """Two entries on a line where both fit."""
    return render(Choice((Flat((one, " ", other)), (one, Line(), other))), 4)


def _losses(losses: Sequence[Loss]) -> Doc:
    """What each loss is differentiated by."""
    one = ", ".join([f"{string(x.name)}: [{', '.join(map(string, x.wrt))}]" for x in losses])
    one = f'"losses": {{{one}}},'
    found: list[Doc] = []
    for loss in losses:
        names = [string(name) for name in loss.wrt]
        flat = f"{string(loss.name)}: [{', '.join(names)}]"
        broken = enclosed(f"{string(loss.name)}: [", Filled(names), "]") if names else flat
        found.append(Choice((flat, broken)))
    return Choice((one, enclosed('"losses": {', rows(found), "},"))) if found else one


def _dims(sizes: Sequence[str]) -> Doc:
    one = f'"dims": {{{", ".join(sizes)}}},'
    return Choice((one, enclosed('"dims": {', rows(sizes), "},"))) if sizes else one


def _dim(size: Any) -> str:
    if size is None:
        return "None"
    return str(size) if isinstance(size, int) else string(size_text(size))


def _entries(
    title: str, entries: Iterable[Input | Param | Output], arguments: Mapping[str, str]
) -> list[str]:
    entries = list(entries)
    if not entries:
        return [f'    "{title}": {{}},']
    found: list[Doc] = []
    for entry in entries:
        kind = entry.value.type
        shape = ", ".join(
            str(s) if isinstance(s, int) else string(size_text(s)) for s in kind.shape
        )
        parts = [
            f'"argument": {string(arguments[entry.name])}',
            f'"dtype": "{DTYPES[kind.dtype]}"',
            f'"shape": [{shape}]',
        ]
        opening = f"{string(entry.name)}: {{"
        one = f"{opening}{', '.join(parts)}}}"
        found.append(Choice((one, enclosed(opening, Filled(parts), "}"))))
    opening = f'"{title}": {{'
    broken = enclosed(opening, rows(found), "},")
    return render(Choice((Flat((opening, *found, "},")), broken)) if len(found) == 1 else broken, 4)
