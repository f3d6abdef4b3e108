"""The course's table: every value forwards, and every derivative backwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.ir.graph import Value
from gradc.lessons import wording
from gradc.lessons.page import Block, Heading, Inline, Paragraph, Table
from gradc.lessons.run import Run
from gradc.lessons.steps import Step, backwards, forwards, steps_of

_LONGEST = 60


def trace_page(run: Run) -> list[Block]:
    """The page of `gradc trace`."""
    steps = steps_of(run.subject)
    rows = forwards(steps, run.subject)
    blocks: list[Block] = [*wording.given(run)]
    blocks += [Heading("forwards"), _forward_table(run, rows)]
    if run.graph.loss is None:
        blocks.append(Paragraph("The graph has no loss, so there is nothing to differentiate."))
        return blocks
    order = backwards(steps, run)
    if not order:
        blocks.append(Paragraph("The loss depends on no parameter, so there are no derivatives."))
        return blocks
    return [*blocks, Heading("backwards"), _backward_table(run, order)]


def _forward_table(run: Run, rows: list[tuple[Value, Step | None]]) -> Table:
    arrays = any(v.type.shape for v, _ in rows)
    head: tuple[Inline, ...] = ("value", *(["type"] if arrays else []), "is", "from")
    lines = []
    for value, step in rows:
        kind: list[Inline] = [str(value.type)] if arrays else []
        name = wording.name_of(run, value)
        amount = wording.amount(run.values[value])
        lines.append((_name(name), *kind, amount, _statement(run, value, step)))
    return Table(head, tuple(lines))


def _name(name: str) -> Inline:
    return wording.formula(name) if name.isidentifier() else f"`{name}`"


def _statement(run: Run, value: Value, step: Step | None) -> Inline:
    if step is None:
        return "input" if any(i.value is value for i in run.graph.inputs) else "parameter"
    text = step.text if len(step.text) <= _LONGEST else step.text[: _LONGEST - 1] + "…"
    return f"`{text}`"


def _backward_table(run: Run, order: list[Value]) -> Table:
    loss = str(run.graph.loss)
    arrays = any(v.type.shape for v in order)
    head: tuple[Inline, ...] = ("derivative", *(["type"] if arrays else []), "is")
    lines = []
    for value in order:
        kind: list[Inline] = [str(value.type)] if arrays else []
        lines.append(
            (wording.slope(loss, value.name), *kind, wording.amount(run.derivatives[value]))
        )
    return Table(head, tuple(lines))


def trace_data(run: Run) -> dict[str, Any]:
    """The same as data."""
    steps = steps_of(run.subject)
    forward = [
        {
            "name": wording.name_of(run, value),
            "type": str(value.type),
            "value": as_data(run.values[value]),
            "line": step.line if step is not None else None,
        }
        for value, step in forwards(steps, run.subject)
    ]
    backward = [
        {
            "name": f"d{run.graph.loss}/d{value.name}",
            "of": value.name,
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
