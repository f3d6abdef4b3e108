"""The course's table: every value forwards, and every derivative backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.ir.node import Node, Value, applies
from gradc.lessons.pages.given import given
from gradc.lessons.pages.page import Block, Heading, Inline, Paragraph, Table
from gradc.lessons.run.steps import Step, backwards, forwards, steps_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, latex
from gradc.lessons.words.equations import Math

NO_DERIVATIVES = "The loss depends on no parameter, so there are no derivatives."
_LONGEST = 60


Rows = list[tuple[Value, Step | Node | None]]
"""Values, each with what makes it: a statement or an operation; nothing makes a parameter."""


def trace_page(run: Run, detail: str = "statements") -> list[Block]:
    """The page of `gradc trace`; `detail` may be `operations`, named by the user or not."""
    rows, order = _rows(run, detail)
    blocks: list[Block] = [*given(run)]
    names = _names(run, [value for value, _ in rows])
    blocks += [Heading("forwards"), _forward_table(run, rows, names)]
    if run.graph.loss is None:
        blocks.append(Paragraph("The graph has no loss, so there is nothing to differentiate."))
        return blocks
    if not order:
        blocks.append(Paragraph(NO_DERIVATIVES))
        return blocks
    return [*blocks, Heading("backwards"), _backward_table(run, order, names)]


def _rows(run: Run, detail: str) -> tuple[Rows, list[Value]]:
    """The values forwards, and those that have a derivative backwards."""
    steps = steps_of(run.subject)
    if detail == "statements":
        return list(forwards(steps, run.subject)), backwards(steps, run)
    params = {v for v, step in forwards(steps, run.subject) if step is None}
    met: dict[Value, Node | None] = {}
    for node in dict.fromkeys(n for step in steps for n in step.nodes):
        if node.name == "constant":
            continue
        for operand in node.operands:
            if operand in params:
                met.setdefault(operand, None)
        met.update(dict.fromkeys(node.results, node))
    loss = run.subject.loss
    order = [v for v in reversed(met) if v in run.derivatives and v is not loss]
    return list(met.items()), order


def _names(run: Run, values: list[Value]) -> dict[Value, str]:
    """What each value is called; what the user did not name is numbered on a clash."""
    names: dict[Value, str] = {v: run.name_of(v) for v in values if v.named}
    taken = set(names.values())
    for value in values:
        if value not in names:
            found = run.name_of(value)
            name, number = found, 2
            while name in taken:
                name, number = f"{found}_{number}", number + 1
            names[value] = name
            taken.add(name)
    return names


def _forward_table(run: Run, rows: Rows, names: Mapping[Value, str]) -> Table:
    arrays = any(v.type.shape for v, _ in rows)
    head: tuple[Inline, ...] = ("value", *(["type"] if arrays else []), "is", "from")
    lines = []
    for value, step in rows:
        kind: list[Inline] = [str(value.type)] if arrays else []
        amount = equations.amount(run.values[value])
        lines.append((_name(names[value]), *kind, amount, _statement(run, value, step, names)))
    return Table(head, tuple(lines))


def _name(name: str) -> Inline:
    return Math(name, latex.name(name)) if name.isidentifier() else f"`{name}`"


def _statement(
    run: Run, value: Value, step: Step | Node | None, names: Mapping[Value, str]
) -> Inline:
    if step is None:
        return "input" if any(i.value is value for i in run.graph.inputs) else "parameter"
    if not isinstance(step, Step):
        return _operation(run, step, names)
    text = step.text if len(step.text) <= _LONGEST else step.text[: _LONGEST - 1] + "…"
    return f"`{text}`"


def _operation(run: Run, node: Node, names: Mapping[Value, str]) -> Inline:
    """An operation over the values before it, and the line that it serves."""
    constants = {n.result: n.attrs for n in run.graph.nodes if applies(n, "constant")}
    operands = (constants[v][1] if v in constants else names.get(v, v.shown) for v in node.operands)
    line = f", line {node.origin.span.line}" if node.origin.span is not None else ""
    return (f"`{node.name}({', '.join(operands)})`", line)


def _backward_table(run: Run, order: list[Value], names: Mapping[Value, str]) -> Table:
    loss = str(run.graph.loss)
    arrays = any(v.type.shape for v in order)
    head: tuple[Inline, ...] = ("derivative", *(["type"] if arrays else []), "is")
    lines = []
    for value in order:
        kind: list[Inline] = [str(value.type)] if arrays else []
        lines.append(
            (
                equations.slope(loss, names[value], run.sign(loss)),
                *kind,
                equations.amount(run.derivatives[value]),
            )
        )
    return Table(head, tuple(lines))


def trace_data(run: Run) -> dict[str, Any]:
    """The same as data."""
    steps = steps_of(run.subject)
    forward = [
        {
            "name": run.name_of(value),
            "type": str(value.type),
            "value": as_data(run.values[value]),
            "line": step.line if step is not None else None,
        }
        for value, step in forwards(steps, run.subject)
    ]
    backward = [
        {
            "name": run.quotient(str(run.graph.loss), value.shown),
            "of": value.shown,
            "type": str(value.type),
            "value": as_data(run.derivatives[value]),
        }
        for value in (backwards(steps, run) if run.graph.loss else ())
    ]
    inputs = {i.name: as_data(run.values[i.value]) for i in run.graph.inputs}
    return {
        "schema": 1,
        "sizes": dict(run.arguments.dims),
        "inputs": inputs,
        "loss": run.graph.loss,
        "forwards": forward,
        "backwards": backward,
    }


def as_data(x: Any) -> Any:
    """Numbers and nested lists, for JSON; what is not finite is a string."""
    if np.ndim(x) == 0:
        plain = np.asarray(x).item()
        return plain if not isinstance(plain, float) or np.isfinite(plain) else str(plain)
    return [as_data(part) for part in x]
