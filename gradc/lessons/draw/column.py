"""Under each box, its local derivatives and the chain rule with numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.picture import Picture
from gradc.lessons.run.steps import Step
from gradc.lessons.run.subject import Run
from gradc.lessons.words import paper
from gradc.lessons.words.derivatives import chain_rule, local_derivative

_LONGEST = 64


def add_columns(picture: Picture, run: Run, steps: Sequence[Step], *, chain: bool = True) -> None:
    """Writes the columns of the boxes whose values are the targets of steps."""
    makers = {target: step for step in steps for target in step.targets}
    uses = _uses(steps, run)
    for box in picture.root.boxes():
        found = dict.fromkeys(makers[f.value] for f in box.flows if f.value in makers)
        for step in found:
            box.column += [labels.shortened(line, _LONGEST) for line in _lines(step, run, uses)]


def _uses(steps: Sequence[Step], run: Run) -> dict[Value, int]:
    """How many steps contribute to each derivative."""
    count: dict[Value, int] = {}
    for step in steps:
        if any(t in run.derivatives for t in step.targets):
            for source in step.sources:
                count[source] = count.get(source, 0) + 1
    return count


def _lines(step: Step, run: Run, uses: dict[Value, int]) -> list[str]:
    loss = run.graph.loss
    wanted = [v for v in step.sources if v in run.derivatives]
    if not wanted or loss is None or not any(t in run.derivatives for t in step.targets):
        return []
    if step.target.type.shape or len(step.targets) > 1:
        return [_by_formula(step, v, run, uses) for v in wanted]
    local, added = step.local(run), step.contributions(run)
    lines, chain = [], []
    for v in wanted:
        if v.type.shape:
            chain.append(_by_formula(step, v, run, uses))
            continue
        shown = labels.number(local[v])
        lines.append(local_line(step, v, shown, run))
        if step.name == loss:
            continue
        right = labels.number(run.derivatives[step.target])
        sign = "+=" if uses.get(v, 0) > 1 else "="
        chain.append(
            f"{run.quotient(loss, v.name)} {sign} {run.quotient(step.name, v.name)}"
            f" · {run.quotient(loss, step.name)}"
            f" = {_factor(shown)} · {_factor(right)} = {labels.number(added[v])}"
        )
    return lines + chain


def local_line(step: Step, source: Value, shown: str, run: Run) -> str:
    """`dJ/da = 2a = 22`."""
    found = local_derivative(step, source, run.subject.library)
    text = paper.text(found) if found is not None else ""
    plain = text.replace("-", "−")
    if "<" in plain or ">" in plain:
        plain = f"({plain})"
    middle = f"{plain} = " if plain and plain != shown else ""
    return f"{run.quotient(step.name, source.name)} = {middle}{shown}"


def _by_formula(step: Step, source: Value, run: Run, uses: dict[Value, int]) -> str:
    found = chain_rule(step, source, run)
    sign = "+=" if uses.get(source, 0) > 1 else "="
    left = run.quotient(str(run.graph.loss), source.name)
    return f"{left} {sign} {'…' if found is None else paper.text(found)}"


def _factor(shown: str) -> str:
    return f"({shown})" if shown.startswith("−") else shown


def is_number(value: object) -> bool:
    """Whether a value is one number."""
    return np.ndim(value) == 0  # type: ignore[arg-type]
