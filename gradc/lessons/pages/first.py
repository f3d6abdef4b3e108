"""The first lesson: what a derivative is, on a function of one variable."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.lessons.pages.given import given
from gradc.lessons.pages.page import Block, Heading, Inline, Lines, Table
from gradc.lessons.run.bump import bump_loss
from gradc.lessons.run.steps import Step
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, latex, numbers, symbols
from gradc.lessons.words.derivatives import local_derivative
from gradc.lessons.words.equations import Math, equation, slope
from gradc.lessons.words.reactions import measured, moved, moves, quotient


def is_first(run: Run, steps: Sequence[Step]) -> bool:
    """Whether the graph is a formula of one variable."""
    if len(steps) != 1 or run.graph.inputs or len(run.graph.wrt) != 1:
        return False
    step = steps[0]
    wrt = run.graph.arguments[run.graph.wrt[0]]
    return step.sources == (wrt,) and not wrt.type.shape and wrt in run.derivatives


def first_lesson(run: Run, step: Step, epsilons: Sequence[float]) -> list[Block]:
    """A table of bumps, the symbolic derivative, and its value."""
    (value,) = step.sources
    loss, name = step.name, value.name
    at = numbers.number(run.values[value])
    symbolic = symbols.symbolic(step, value)
    found = symbolic or local_derivative(step, value, run.subject.library)
    shown: Inline = "" if found is None else equations.formula(found)
    exactly = symbols.exact_value(step, value, run.values)
    number = numbers.number(run.derivatives[value])
    if exactly is None:
        exactly = numbers.fraction(run.derivatives[value]) or number
    rows = []
    for size in epsilons:
        bump = bump_loss(run, value, size)
        row = (numbers.number(size), numbers.number(bump.before), moved(bump))
        rows.append((*map(_math, row), _math(measured(bump)), shown, _math(exactly)))
    head: tuple[Inline, ...] = (
        Math("ε", r"\varepsilon"),
        equation(Math(f"{loss}({name})", f"{loss}({name})")),
        Math(f"{loss}({name} + ε)", rf"{loss}({name} + \varepsilon)"),
        "k by arithmetic",
        "symbolic" if symbolic else "by the rule",
        "k exactly",
    )
    left = slope(loss, name)
    ends: list[tuple[str, Inline]] = []
    step_text = numbers.number(epsilons[0] if len(epsilons) == 1 else 0.001)
    first = bump_loss(run, value, epsilons[0])
    ends.append(("arithmetic", equation(left, "≈", quotient(first))))
    if found is not None:
        how = "symbolic" if symbolic else "rule"
        ends.append((how, equation(left, "=", equations.formula(found))))
    equal: list[str | Math] = [] if exactly == number else ["=", _math(number)]
    ends.append(("backprop", (equation(left, "=", _math(exactly), *equal), f" at {name} = {at}")))
    ends.append(("in words", moves(name, loss, run.derivatives[value], step_text)))
    return [
        Heading(f"`{step.text}` at {name} = {at}"),
        *given(run),
        Table(head, tuple(rows)),
        Lines(tuple(ends)),
    ]


def _math(text: str) -> Math:
    return Math(text, latex.number(text))
