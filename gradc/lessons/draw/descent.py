"""Gradient descent as a picture: the steps on the curve of the loss, and the loss as it falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np

from gradc.lessons.draw import labels
from gradc.lessons.draw.curve import Curve
from gradc.lessons.draw.squared import FAR, TOP, Axes, around
from gradc.lessons.draw.svg import document
from gradc.lessons.draw.tangents import axes_of, caption
from gradc.lessons.run.subject import Run

_LOW = 200.0  # the height of the sheet on which the loss falls
_FEET = 78.0  # the room below a sheet, before the next one
_LISTED = 5  # steps whose numbers are told


def descent(run: Run, rate: float, steps: int) -> list[Run]:
    """The run, and one after each step `w := w − rate · dJ/dw` of all names of `wrt`.

    It ends early where the numbers are too large to be drawn, or none.
    """
    found = [run]
    for _ in range(steps):
        now = found[-1]
        arguments = now.arguments
        with np.errstate(all="ignore"):
            for name in run.graph.wrt:
                value = run.graph.arguments[name]
                moved: Any = arguments.values[value] - rate * now.gradient(name)
                arguments = arguments.moved(value, moved)
            after = run.subject.run(arguments)
        changed = (arguments.values[run.graph.arguments[name]] for name in run.graph.wrt)
        if not all(np.all(np.abs(x) <= FAR) for x in (loss_of(after), *changed)):
            break
        found.append(after)
    return found


def loss_of(run: Run) -> float:
    loss = run.subject.loss
    assert loss is not None
    return float(run.values[loss])


def place_of(run: Run, by: str) -> float:
    """The value of an argument in a run."""
    return float(run.values[run.graph.arguments[by]])


def descent_svg(runs: Sequence[Run], rate: float, curve: Curve | None, theme: str = "auto") -> str:
    """The descent as the text of an SVG file; with a curve, its steps on that as well."""
    loss = str(runs[0].graph.loss)
    names = runs[0].graph.wrt
    by = ", ".join(names) if len(names) <= _LISTED else f"{len(names)} parameters"
    title = f"Gradient descent: {loss} as {by} {'goes' if len(names) == 1 else 'go'} down the slope"
    body = [f'<text class="title" x="0" y="14">{escape(title)}</text>']
    above = width = 0.0
    if curve is not None:
        axes = axes_of(curve)
        body += [*axes.grid(), *_on_curve(runs, curve, axes)]
        above, width = axes.bottom - TOP + _FEET, axes.right
    heights = [loss_of(run) for run in runs]
    last = max(len(runs) - 1, 1)
    falling = Axes("step", loss, 0, last, *around(heights), height=_LOW, id="falling")
    width = max(width, falling.right)
    body += [
        f'<g transform="translate(0 {above:.1f})">',
        *falling.grid(whole=True),
        falling.line("curve", range(len(runs)), heights),
        *(falling.dot(i, height, 3.5) for i, height in enumerate(heights)),
        *caption(_told(runs, rate, curve), falling.bottom),
        "</g>",
    ]
    height = above + TOP + _LOW + 130 + 48
    return document(width, height, title, "", body, theme)


def _on_curve(runs: Sequence[Run], curve: Curve, axes: Axes) -> Iterator[str]:
    """The places of the descent, numbered, and the way from each to the next."""
    places = [place_of(run, curve.by) for run in runs]
    heights = [loss_of(run) for run in runs]
    yield from axes.clipped(
        [axes.line("curve", curve.xs, curve.ys), axes.line("rise", places, heights)]
    )
    for x, y in zip(places, heights, strict=True):
        yield axes.dot(x, y, 3.5)
    at: list[tuple[float, float]] = []
    for i, (x, y) in enumerate(zip(places, heights, strict=True)):
        here = axes.x(x), axes.y(y) - 9
        if all(abs(here[0] - a) + abs(here[1] - b) > 16 for a, b in at):
            at.append(here)
            yield f'<text class="middle" x="{here[0]:.1f}" y="{here[1]:.1f}">{i}</text>'


def _told(runs: Sequence[Run], rate: float, curve: Curve | None) -> list[tuple[str, str]]:
    """The rule, and the numbers of the first steps and the last."""
    run = runs[0]
    loss, alpha = str(run.graph.loss), labels.number(rate)
    by = curve.by if curve is not None else run.graph.wrt[0]
    lines = [("slope", f"{by} := {by} − α · {run.quotient(loss, by)}, α = {alpha}")]
    if curve is not None:
        lines.append(("", f"{by}: {_listed([place_of(r, by) for r in runs])}"))
    return [*lines, ("value", f"{loss}: {_listed([loss_of(r) for r in runs])}")]


def _listed(numbers: Sequence[float]) -> str:
    shown = [labels.number(x, 5) for x in numbers]
    if len(shown) > _LISTED + 2:
        shown = [*shown[:_LISTED], "…", shown[-1]]
    return " → ".join(shown)
