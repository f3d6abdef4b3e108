"""A bump and what comes of it: the sentence, and the chain from one value to the next."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Value
from gradc.lessons.draw import labels
from gradc.lessons.draw.column import is_number, local_line
from gradc.lessons.draw.picture import Picture
from gradc.lessons.run.steps import Step
from gradc.lessons.run.subject import Run
from gradc.lessons.words.numbers import number


class BumpError(Exception):
    """The bump cannot be followed."""


def sentence(run: Run, value: Value, epsilon: float) -> str:
    """`a up 0.001, J up 0.022001; a up ε, J up 22 ε`."""
    loss = run.subject.loss
    assert loss is not None
    moved = run.subject.loss_at(run.arguments, {value: run.values[value] + epsilon})
    change = number(float(f"{moved - float(run.values[loss]):.9g}"))
    slope = run.derivatives.get(value, 0.0)
    name = run.graph.loss
    return (
        f"{value.name} up {number(epsilon)}, {_up(str(name), change)};"
        f" {value.name} up ε, {_up(str(name), times(slope))}"
    ).replace("-", "−")


def _up(name: str, amount: str) -> str:
    amount = amount.replace("−", "-")
    return f"{name} down {amount[1:]}" if amount.startswith("-") else f"{name} up {amount}"


def times(slope: object) -> str:
    """`22 ε`, `ε`, `0`."""
    shown = labels.number(slope)
    if shown == "0":
        return "0"
    return {"1": "ε", "−1": "−ε"}.get(shown, f"{shown} ε")


def follow(picture: Picture, run: Run, steps: Sequence[Step], start: Value, epsilon: float) -> None:
    """Writes the chain of bumps into a picture: how much each value moves, and the factors."""
    loss = run.subject.loss
    if loss is None:
        raise BumpError("a bump is followed to the loss, and the graph has none")
    if start.type.shape or not start.type.is_float:
        raise BumpError(f"a bump is one number, and `{start.name}` is {start.type}")
    moves: dict[Value, float] = {start: 1.0}
    factors: dict[Value, list[tuple[Step, float]]] = {}
    for step in steps:
        moving = [v for v in step.sources if v in moves]
        if not moving or not any(t in run.derivatives for t in step.targets):
            continue
        passed = [run.values[v] for v in (step.target, *moving)]
        if len(step.targets) > 1 or not all(map(is_number, passed)):
            raise BumpError(f"the chain passes `{step.name}`, which is {step.target.type}")
        local = step.local(run)
        moves[step.target] = sum(float(local[v]) * moves[v] for v in moving)
        for v in moving:
            factors.setdefault(v, []).append((step, float(local[v])))
    _write(picture, run, moves, factors)
    picture.above, picture.below = "how much it moves", "times the derivative"
    picture.caption += [sentence(run, start, epsilon), _chain(start, moves, factors, run)]


def _write(
    picture: Picture,
    run: Run,
    moves: dict[Value, float],
    factors: dict[Value, list[tuple[Step, float]]],
) -> None:
    reached: dict[Value, list[str]] = {}
    for source, uses in factors.items():
        for step, factor in uses:
            line = local_line(step, source, labels.number(factor), run)
            reached.setdefault(step.target, []).append(line)
    for box in picture.root.boxes():
        for flow in box.flows:
            if flow.value not in moves:
                flow.above = flow.below = ""
                continue
            flow.above = _up(flow.name, times(moves[flow.value])).replace("-", "−")
            uses = factors.get(flow.value, [])
            flow.below = ", ".join(
                f"× {run.quotient(step.name, flow.name)} = {labels.number(factor)}"
                for step, factor in uses[:1]
            )
            if len(uses) > 1:
                flow.below = f"× {len(uses)} derivatives"
            box.column += reached.get(flow.value, []) if _is_branching(factors) else []


def _is_branching(factors: dict[Value, list[tuple[Step, float]]]) -> bool:
    return any(len(uses) > 1 for uses in factors.values())


def _chain(
    start: Value,
    moves: dict[Value, float],
    factors: dict[Value, list[tuple[Step, float]]],
    run: Run,
) -> str:
    """`w up ε, times da/dw = 3, a up 3 ε, times dJ/da = 22, J up 66 ε`."""
    parts = [f"{start.name} up ε"]
    if _is_branching(factors):
        targets = dict.fromkeys(step.name for uses in factors.values() for step, _ in uses)
        by_name = {step.name: step.target for uses in factors.values() for step, _ in uses}
        parts += [_up(name, times(moves[by_name[name]])) for name in targets]
    else:
        value = start
        while value in factors:
            ((step, factor),) = factors[value]
            parts.append(f"times {run.quotient(step.name, value.name)} = {labels.number(factor)}")
            parts.append(_up(step.name, times(moves[step.target])))
            value = step.target
    return ", ".join(parts).replace("-", "−")
