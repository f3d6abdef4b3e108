"""Words that several lessons share: a graph's arguments, names of derivatives, numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradc.ir.graph import Value
from gradc.lessons import latex, numbers
from gradc.lessons.formula import text as shown
from gradc.lessons.page import Inline, Lines, Math, Paragraph
from gradc.lessons.run import Run


def slope(of: str, by: str) -> Math:
    """`dJ/dw`."""
    return Math(f"d{of}/d{by}", latex.fraction(of, by))


def formula(text: str) -> Math:
    """A Python expression of a lesson."""
    return Math(shown(text), latex.formula(text))


def amount(x: Any) -> Math:
    """A number or an array."""
    text = numbers.array(x)
    return Math(text, latex.number(text) if " " not in text else rf"\text{{{latex.escaped(text)}}}")


def equation(*parts: str | Math) -> Math:
    """Formulas and signs in between, as one formula."""
    signs = {"×": r"\times", "≈": r"\approx", "·": r"\cdot", "ε": r"\varepsilon"}
    plain = " ".join(p.text if isinstance(p, Math) else p for p in parts)
    return Math(plain, " ".join(p.latex if isinstance(p, Math) else signs.get(p, p) for p in parts))


def given(run: Run, names: Iterable[str] = ()) -> list[Paragraph | Lines]:
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
        names = ", ".join(arguments.drawn)
        found.append(("drawn", f"{names} at random, with seed {arguments.seed}"))
    return [Lines(tuple(found))] if found else []


def name_of(run: Run, value: Value) -> str:
    """What the page calls a value: the loss by its own name."""
    loss = run.subject.loss
    return str(run.graph.loss) if value is loss else value.name
