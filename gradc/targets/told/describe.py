"""What a module says of itself in its docstring."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.graph import Graph
from gradc.ir.sizes import Poly, size_text
from gradc.ir.types import Type
from gradc.targets.target import Described

_WIDTH = 100


def describe(graph: Graph, described: Described, safe: Callable[[str], str]) -> list[str]:
    """The lines of the module's docstring, its quotes not included.

    `safe` makes text of the user's fit to stand there.
    """
    first, *more = [safe(line) for line in (graph.doc or "A compiled graph.").splitlines()] or [""]
    options = " ".join(described.options)
    source = "standard input" if described.source == "-" else safe(described.source)
    lines = [first, *more, ""]
    made = f"Compiled by gradc {described.version} from {source} at {options}."
    advice = "Edit the graph, not this file."
    lines += [f"{made} {advice}"] if len(made) + len(advice) < _WIDTH else [made, advice]
    lines += _dimension_rows(graph)
    rows = [(i.name, i.value.type, "", i.doc) for i in graph.inputs]
    lines += _table(safe, "Inputs", rows)
    params = [(p.name, p.value.type, p.initialiser.text, p.doc) for p in graph.params]
    lines += _table(safe, "Parameters", params)
    states = [(s.name, s.value.type, s.initialiser.text, s.doc) for s in graph.states]
    lines += _table(safe, "State", states)
    losses = [loss.name for loss in graph.losses]
    told = "the loss" if len(losses) == 1 else "a loss"
    outputs = [
        (o.name, o.value.type, "", told if o.name in losses and not o.doc else o.doc)
        for o in graph.outputs
    ]
    lines += _table(safe, "Outputs", outputs)
    return [line.rstrip() for line in lines]


def _dimension_rows(graph: Graph) -> list[str]:
    if not graph.dims:
        return []
    free = [d.name for d in graph.dims if d.size is None]
    fixed = [d for d in graph.dims if isinstance(d.size, int)]
    derived = [(d.name, d.size) for d in graph.dims if isinstance(d.size, Poly)]
    lines = ["", "Dimensions"]
    if free:
        lines.append(f"    {', '.join(free)}  free")
    if fixed:
        names, sizes = ", ".join(d.name for d in fixed), ", ".join(str(d.size) for d in fixed)
        lines.append(f"    {names} = {sizes}")
    lines += [f"    {name} = {size_text(size)}" for name, size in derived]
    return lines


def _table(
    safe: Callable[[str], str], title: str, rows: Sequence[tuple[str, Type, str, str]]
) -> list[str]:
    if not rows:
        return []
    name_width = max(len(name) for name, *_ in rows)
    type_width = max(len(str(kind)) for _, kind, *_ in rows)
    text_width = max(len(safe(text)) for _, _, text, _ in rows)
    lines = ["", title]
    for name, kind, text, doc in rows:
        line = f"    {name:<{name_width}}  {kind!s:<{type_width}}"
        if text_width:
            line += f"  {safe(text):<{text_width}}"
        first, *more = [safe(line) for line in doc.splitlines()] or [""]
        indent = len(line) + 2
        room = max(20, 100 - indent)
        lines.append(f"{line}  {first}"[: max(100, indent)] if len(first) <= room else line)
        if len(first) > room:
            more = [first, *more]
        lines += [f"        {m}" for m in more]
    return lines
