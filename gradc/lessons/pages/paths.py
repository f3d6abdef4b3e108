"""Every path from a value to the loss, and what it contributes to the derivative."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradc.ir.node import Value
from gradc.lessons.pages.given import given
from gradc.lessons.pages.page import Block, Heading, Inline, Lines, Paragraph, Table
from gradc.lessons.run.steps import Step, steps_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, numbers
from gradc.lessons.words.equations import Math, equation, slope
from gradc.records import dataclass

LIMIT = 200  # paths that are listed; a graph may have more than there are atoms


@dataclass(frozen=True, slots=True)
class Path:
    """Boxes from a value to the loss, the local derivatives between them, and their product."""

    values: tuple[Value, ...]
    locals: tuple[Any, ...]  # None where a step is not from a number to a number
    amount: Any


def count_paths(run: Run, steps: Sequence[Step], start: Value) -> int:
    """How many paths there are, without walking them."""
    counts: dict[Value, int] = {}
    loss = run.subject.loss
    assert loss is not None
    counts[loss] = 1
    for step in reversed(steps):
        onward = sum(counts.get(t, 0) for t in step.targets)
        for source in step.sources:
            if source in run.derivatives:
                counts[source] = counts.get(source, 0) + onward
    return counts.get(start, 0)


def paths_from(run: Run, steps: Sequence[Step], start: Value) -> list[Path]:
    """The paths, in the order of the file."""
    loss = run.subject.loss
    assert loss is not None
    readers: dict[Value, list[Step]] = {}
    for step in steps:
        for source in step.sources:
            readers.setdefault(source, []).append(step)

    walks: list[list[tuple[Step, Value]]] = []

    def walk(value: Value, so_far: list[tuple[Step, Value]]) -> None:
        if value is loss:
            walks.append(so_far)
            return
        for step in readers.get(value, ()):
            for target in step.targets:
                if target in run.derivatives:
                    walk(target, [*so_far, (step, target)])

    walk(start, [])
    return [_path(run, start, way) for way in walks]


def _path(run: Run, start: Value, way: Sequence[tuple[Step, Value]]) -> Path:
    values = (start, *(target for _, target in way))
    cotangent: Any = 1.0
    slopes: list[Any] = []
    for (step, target), source in reversed(list(zip(way, values, strict=False))):
        scalar = not target.type.shape and not source.type.shape
        slopes.append(step.contributions(run, {target: 1.0}).get(source) if scalar else None)
        cotangent = step.contributions(run, {target: cotangent})[source]
    return Path(values, tuple(reversed(slopes)), cotangent)


def paths_page(run: Run) -> list[Block]:
    """The page of `gradc explain --paths`."""
    steps = steps_of(run.subject)
    loss = str(run.graph.loss)
    blocks: list[Block] = [*given(run)]
    for name in run.graph.wrt:
        value = run.graph.arguments[name]
        count = count_paths(run, steps, value)
        left = slope(loss, name, run.sign(loss))
        if not count:
            blocks.append(Heading((f"`{name}` has no path to {loss}: ", equation(left, "=", "0"))))
            continue
        many = f"{count} path{'s' * (count != 1)}"
        blocks.append(Heading((f"{many} from `{name}` to {loss}",)))
        if count > LIMIT:
            blocks.append(
                Paragraph(
                    f"They are too many to be listed one by one (the limit is {LIMIT})."
                    " Backpropagation does not walk them: it computes each derivative once."
                )
            )
            continue
        found = paths_from(run, steps, value)
        rows = tuple(_row(run, path) for path in found)
        blocks.append(Table(("path", "product", "contribution"), rows))
        blocks.append(Lines((("together", _total(run, found, left)),)))
    return blocks


def _row(run: Run, path: Path) -> tuple[Inline, ...]:
    names = [run.name_of(v) for v in path.values]
    way = " → ".join(names)
    if any(s is None for s in path.locals):
        return (way, "", equations.amount(path.amount))
    factors = [slope(of, by, run.sign(of)) for by, of in pairwise(names)]
    product: list[Math | str] = []
    for factor in factors:
        product += ["×", factor] if product else [factor]
    shown = " × ".join(numbers.number(s) for s in path.locals)
    values = Math(shown, shown.replace("×", r"\times"))
    return (way, equation(*product, "=", values), equations.amount(path.amount))


def _total(run: Run, paths: Sequence[Path], left: Math) -> Math:
    with np.errstate(all="ignore"):
        total = np.sum([path.amount for path in paths], axis=0)
    if np.ndim(total):
        return equation(left, "=", equations.amount(total))
    terms = " + ".join(numbers.number(path.amount) for path in paths).replace("+ -", "- ")
    parts = ["=", terms] if len(paths) > 1 else []
    return equation(left, *parts, "=", equations.amount(total))
