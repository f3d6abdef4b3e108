"""What a module says of itself: the docstring's tables and `__graph__`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gradc.ir.graph import Graph, Input, Output, Param, Value
from gradc.ir.sizes import size_text
from gradc.ir.types import DTYPES, Type
from gradc.targets.numpy.expression import WIDTH, fill
from gradc.targets.numpy.identifiers import comment, string


class _Shared(Protocol):
    spelled: dict[Value, str]


@dataclass(frozen=True, slots=True)
class Described:
    """What the program does not know: where it comes from and how it was made."""

    version: str
    source: str  # the name of the file, `-` for standard input
    sha256: str
    options: tuple[str, ...]

    def graph_lines(self, graph: Graph, shared: _Shared, fields: Mapping[str, str]) -> list[str]:
        """`__graph__` as lines of a literal."""
        lines = ["__graph__ = {"]
        lines.append(f'    "gradc": {string(self.version)},')
        lines.append(f'    "source": {string(self.source)},')
        lines.append(f'    "sha256": {string(self.sha256)},')
        lines.append(f'    "options": [{", ".join(string(o) for o in self.options)}],')
        dims = ", ".join(f"{string(d.name)}: {_dim(d.size)}" for d in graph.dims)
        lines += _one_or_many(
            '    "dims": ', dims, [f"{string(d.name)}: {_dim(d.size)}" for d in graph.dims]
        )
        lines.append(f'    "loss": {string(graph.loss) if graph.loss else None},')
        spelled = shared.spelled
        lines += _entries("inputs", graph.inputs, {i.name: spelled[i.value] for i in graph.inputs})
        lines += _entries("params", graph.params, {p.name: p.name for p in graph.params})
        lines += _entries("outputs", graph.outputs, dict(fields))
        lines += _entries("state", graph.states, {s.name: s.name for s in graph.states})
        return [*lines, "}"]


def _one_or_many(head: str, joined: str, items: Sequence[str]) -> list[str]:
    if len(head) + len(joined) + 3 <= 100:
        return [f"{head}{{{joined}}},"]
    return [f"{head}{{", *(f"        {i}," for i in items), "    },"]


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
    lines = [f'    "{title}": {{']
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
        line = f"        {string(entry.name)}: {{{', '.join(parts)}}},"
        if len(line) > 100:
            lines += [
                f"        {string(entry.name)}: {{",
                *fill(parts, 12),
                "        },",
            ]
        else:
            lines.append(line)
    return [*lines, "    },"]


def describe(graph: Graph, described: Described) -> list[str]:
    """The lines of the module's docstring, its quotes not included."""
    first, *more = [comment(line) for line in (graph.doc or "A compiled graph.").splitlines()] or [
        ""
    ]
    options = " ".join(described.options)
    source = "standard input" if described.source == "-" else comment(described.source)
    lines = [first, *more, ""]
    made = f"Compiled by gradc {described.version} from {source} at {options}."
    advice = "Edit the graph, not this file."
    lines += [f"{made} {advice}"] if len(made) + len(advice) < WIDTH else [made, advice]
    lines += _dimension_rows(graph)
    rows = [(i.name, i.value.type, "", i.doc) for i in graph.inputs]
    lines += _table("Inputs", rows)
    params = [(p.name, p.value.type, p.initialiser.text, p.doc) for p in graph.params]
    lines += _table("Parameters", params)
    states = [(s.name, s.value.type, s.initialiser.text, s.doc) for s in graph.states]
    lines += _table("State", states)
    outputs = [
        (o.name, o.value.type, "", "the loss" if o.name == graph.loss and not o.doc else o.doc)
        for o in graph.outputs
    ]
    lines += _table("Outputs", outputs)
    return [line.rstrip() for line in lines]


def _dimension_rows(graph: Graph) -> list[str]:
    if not graph.dims:
        return []
    free = [d.name for d in graph.dims if d.size is None]
    fixed = [d for d in graph.dims if isinstance(d.size, int)]
    derived = [d for d in graph.dims if d.size is not None and not isinstance(d.size, int)]
    lines = ["", "Dimensions"]
    if free:
        lines.append(f"    {', '.join(free)}  free")
    if fixed:
        names, sizes = ", ".join(d.name for d in fixed), ", ".join(str(d.size) for d in fixed)
        lines.append(f"    {names} = {sizes}")
    lines += [f"    {d.name} = {_plain_size(d.size)}" for d in derived]
    return lines


def _plain_size(size: Any) -> str:
    return size_text(size)


def _table(title: str, rows: Sequence[tuple[str, Type, str, str]]) -> list[str]:
    if not rows:
        return []
    name_width = max(len(name) for name, *_ in rows)
    type_width = max(len(str(kind)) for _, kind, *_ in rows)
    text_width = max(len(comment(text)) for _, _, text, _ in rows)
    lines = ["", title]
    for name, kind, text, doc in rows:
        line = f"    {name:<{name_width}}  {kind!s:<{type_width}}"
        if text_width:
            line += f"  {comment(text):<{text_width}}"
        first, *more = comment_lines(doc)
        indent = len(line) + 2
        room = max(20, 100 - indent)
        lines.append(f"{line}  {first}"[: max(100, indent)] if len(first) <= room else line)
        if len(first) > room:
            more = [first, *more]
        lines += [f"        {m}" for m in more]
    return lines


def comment_lines(doc: str) -> list[str]:
    """The lines of a user's documentation, made safe."""
    return [comment(line) for line in doc.splitlines()] or [""]
