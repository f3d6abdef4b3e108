"""The head of a page: what the graph was run with."""

from __future__ import annotations

from gradc.lessons.pages.page import Inline, Lines
from gradc.lessons.run.subject import Run
from gradc.lessons.words import numbers


def given(run: Run) -> list[Lines]:
    """What the graph was run with: sizes, inputs, and where they come from."""
    graph, arguments = run.graph, run.arguments
    found: list[tuple[str, Inline]] = []
    free = [d.name for d in graph.dims if d.size is None]
    if free:
        sizes = ", ".join(f"{name} = {arguments.dims[name]}" for name in free)
        found.append(("sizes", sizes))
    if graph.inputs:
        parts = (f"{i.name} = {numbers.array(run.values[i.value])}" for i in graph.inputs)
        found.append(("given", "; ".join(parts) if arguments.drawn else ", ".join(parts)))
    if arguments.drawn:
        found.append(
            ("drawn", f"{', '.join(arguments.drawn)} at random, with seed {arguments.seed}")
        )
    return [Lines(tuple(found))] if found else []
