"""The derivation, step by step: local derivatives, the chain rule with its numbers, and bumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradc.ir.node import Value
from gradc.lessons.pages.first import first_lesson, is_first
from gradc.lessons.pages.given import given
from gradc.lessons.pages.page import Block, Heading, Inline, Lines, Paragraph
from gradc.lessons.run.bump import bump_loss, bump_step, steepest
from gradc.lessons.run.steps import Step, backwards, forwards, steps_of, variables_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, latex, numbers, symbols
from gradc.lessons.words.derivatives import chain_rule, local_derivative
from gradc.lessons.words.equations import Math, equation, slope
from gradc.lessons.words.formula import Formula
from gradc.lessons.words.reactions import measured, moves, quotient, reaction
from gradc.records import dataclass

EPSILONS = (0.002, 0.001, 1e-9)
"""The steps of the first lesson; the derivation of a larger graph takes one."""

STEP = 0.001


_NAMED = 6  # variables that are listed by their names
_DISAGREE = "a kink, a `vjp` of one's own or a large curvature lies on the way"


@dataclass(frozen=True, slots=True)
class Use:
    """A step that reads a value, on the way to the loss."""

    step: Step
    local: Any  # the derivative of the step's target by the value, where that is one number
    onward: Any  # the derivative of the loss by the step's target
    part: Any  # what the use contributes


def explain_page(run: Run, epsilons: Sequence[float], order: str) -> list[Block]:
    """The page of `gradc explain`."""
    steps = steps_of(run.subject)
    if is_first(run, steps):
        return first_lesson(run, steps[0], epsilons or EPSILONS)
    size = epsilons[0] if epsilons else STEP
    values = backwards(steps, run)
    blocks: list[Block] = [*given(run), *_partial(run), Heading("forwards"), _forwards(run, steps)]
    if not values:
        return [*blocks, Paragraph("The loss depends on no parameter: every derivative is 0.")]
    if order == "forward":
        values.reverse()
    blocks.append(Heading("backwards" if order == "backward" else "from left to right"))
    for value in values:
        blocks += _entry(run, value, uses_of(run, steps, value), size)
    return blocks


def _partial(run: Run) -> list[Block]:
    """That derivatives are partial ones, where the loss depends on several variables."""
    names, loss = variables_of(run), str(run.graph.loss)
    by = next((n for n in run.graph.wrt if run.graph.arguments[n] in run.derivatives), None)
    if len(names) < 2 or by is None:
        return []
    on = (
        f"{', '.join(names[:-1])} and {names[-1]}"
        if len(names) <= _NAMED
        else f"{len(names)} variables"
    )
    partial = slope(loss, by, "∂")
    whole = (slope(loss, by), " is the partial derivative ", partial)
    told = (partial, " is its derivative by ", Math(by, latex.name(by)))
    return [
        Paragraph(
            (
                f"{loss} depends on {on}: ",
                *(told if run.several else whole),
                ", the others held fixed.",
            )
        )
    ]


def _forwards(run: Run, steps: Sequence[Step]) -> Lines:
    rows = []
    for value, step in forwards(steps, run.subject):
        name = run.name_of(value)
        text = step.text if step is not None and step.formula else name
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        rows.append(("", (f"`{shown}`", " = ", equations.amount(run.values[value]))))
    return Lines(tuple(rows))


def uses_of(run: Run, steps: Sequence[Step], value: Value) -> list[Use]:
    """The steps through which a value reaches the loss, from left to right."""
    found = []
    for step in steps:
        if value not in step.sources:
            continue
        onward = run.derivatives.get(step.target)
        if onward is None and not any(t in run.derivatives for t in step.targets):
            continue
        part = step.contributions(run).get(value)
        scalar = len(step.targets) == 1 and not step.target.type.shape
        local = step.local(run).get(value) if scalar else None
        if part is not None:
            found.append(Use(step, local, onward, part))
    return found


def _entry(run: Run, value: Value, uses: Sequence[Use], size: float) -> list[Block]:
    loss = str(run.graph.loss)
    rows: list[tuple[str, Inline]] = []
    for use in uses:
        rows += _local(run, use, value, size, len(uses) > 1)
    if value.type.shape or any(use.local is None for use in uses):
        rows += _array_rule(run, uses, value, loss)
    elif len(uses) > 1 or (uses and uses[0].step.name != loss):
        rows.append(("chain rule", _chain_rule(run, uses, value)))
    rows += _bumps(run, uses, value, loss, size)
    head = equation(
        slope(loss, value.name, run.sign(loss)), "=", equations.amount(run.derivatives[value])
    )
    return [Heading(head), Lines(tuple(dict.fromkeys(rows)))]


# --- the local derivative ---


def _local(
    run: Run, use: Use, value: Value, size: float, one_of_many: bool
) -> list[tuple[str, Inline]]:
    step = use.step
    line = f", line {step.line}" if step.line else ""
    rows: list[tuple[str, Inline]] = [("step", f"`{_short(step.text)}`{line}")]
    if use.local is None or value.type.shape:
        return rows
    left = _local_name(use, value, run, one_of_many)
    label, found = local_formula(run, step, value)
    number = numbers.exact(use.local)
    if found is not None:
        shown = equations.formula(found)
        parts = ["=", number] if shown.text != number else []
        rows.append((label, equation(left, "=", shown, *parts)))
    else:
        rows.append((label, (equation(left, "=", number), f", by {_rule_of(step)}")))
    bump = bump_step(run, step, value, size)
    if bump is not None and step.name != run.graph.loss:
        rows.append(("bump", equation(left, "≈", quotient(bump))))
    return rows


def _local_name(use: Use, value: Value, run: Run, one_of_many: bool) -> Math:
    """`dd/da`; `∂J/∂w` where the loss itself is one of several uses, so that it is no total."""
    of = use.step.name
    sign = "∂" if one_of_many and of == run.graph.loss else run.sign(of)
    return slope(of, value.name, sign)


def local_formula(run: Run, step: Step, value: Value) -> tuple[str, Formula | None]:
    """How the local derivative was found, and its formula."""
    found = symbols.symbolic(step, value)
    if found is not None:
        return "symbolic", found
    return "rule", local_derivative(step, value, run.subject.library)


def _rule_of(step: Step) -> str:
    names = dict.fromkeys(n.name for n in step.nodes if n.name != "constant")
    if len(names) > 1 or "scan" in names:
        return "the rules of its operations"
    (name,) = names
    page = f" (`gradc ops {name}`)" if f"{name}(" in step.text else ""
    return f"the rule of `{name}`{page}"


# --- the chain rule ---


def _chain_rule(run: Run, uses: Sequence[Use], value: Value) -> Math:
    """`dJ/da = dd/da × dJ/dd = 1 × 2 = 2`."""
    loss, total = str(run.graph.loss), run.derivatives[value]
    names, factors = [], []
    for use in uses:
        local = _local_name(use, value, run, len(uses) > 1)
        if use.step.name == loss:
            names.append(local)
            factors.append(numbers.number(use.local))
        else:
            names.append(equation(local, "×", slope(loss, use.step.name, run.sign(loss))))
            onward = numbers.number(use.onward)
            factors.append(f"{numbers.number(use.local)} × {onward}")
    middle = equation(*_summed(names))
    shown = Math(" + ".join(factors), " + ".join(factors).replace("×", r"\times"))
    parts: list[str | Math] = [slope(loss, value.name, run.sign(loss)), "=", middle, "=", shown]
    number = numbers.exact(total)
    end: list[str | Math] = ["=", number] if shown.text != number else []
    return equation(*parts, *end)


def _summed(parts: Sequence[Math]) -> list[Math | str]:
    joined: list[Math | str] = []
    for part in parts:
        joined += ["+", part] if joined else [part]
    return joined


def _array_rule(run: Run, uses: Sequence[Use], value: Value, loss: str) -> list[tuple[str, Inline]]:
    """`dJ/dW = x.T @ dJ/dz`, and the shapes."""
    found = [chain_rule(use.step, value, run) for use in uses]
    left = slope(loss, value.name, run.sign(loss))
    rows: list[tuple[str, Inline]] = []
    formulas = [equations.formula(formula) for formula in found if formula is not None]
    if found and len(formulas) == len(found):
        rule = equation(left, "=", *_summed(formulas))
        rows.append(("chain rule", rule))
    else:
        known = [_rule_of(use.step) for use, rule in zip(uses, found, strict=True) if rule is None]
        rows.append(("chain rule", (left, " by ", ", and ".join(dict.fromkeys(known)))))
    return rows


# --- bumps of the loss ---


def _bumps(
    run: Run, uses: Sequence[Use], value: Value, loss: str, size: float
) -> list[tuple[str, Inline]]:
    derivative = run.derivatives[value]
    if value.type.shape and not np.size(derivative):
        return []
    place = steepest(derivative) if value.type.shape else ()
    at = f"[{', '.join(map(str, place))}]" if place else ""
    name = f"{value.name}{at}"
    one = float(np.asarray(derivative)[place])
    bump = bump_loss(run, value, size, place)
    whole = slope(loss, value.name, run.sign(loss))
    by = Math(f"{whole.text}{at}", whole.latex + at)
    step = numbers.number(size)
    rows: list[tuple[str, Inline]] = [("arithmetic", equation(by, "≈", quotient(bump)))]
    rows.append(("in words", moves(name, loss, one, step)))
    if np.isfinite(one) and abs(bump.slope - one) > abs(one) / 2 + 10 * abs(size):
        rows.append(("but", f"the bump says {measured(bump)}: {_DISAGREE}"))
    chain = len(uses) == 1 and uses[0].step.name != loss and uses[0].local is not None
    if chain and not value.type.shape:
        use = uses[0]
        local, onward = numbers.number(use.local), numbers.number(use.onward)
        rows.append(
            (
                "in steps",
                (
                    f"{value.name} goes up by ε; times ",
                    equation(_local_name(use, value, run, False), "=", local),
                    f", {use.step.name} {reaction(use.local, 'ε')}; times ",
                    equation(slope(loss, use.step.name, run.sign(loss)), "=", onward),
                    f", {loss} {reaction(derivative, 'ε')}",
                ),
            )
        )
    return rows


def _short(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:69]}…"
