"""The derivation as one display of LaTeX: values, then each derivative by the chain rule."""

from __future__ import annotations

from gradc.ir.graph import Value
from gradc.lessons.pages.explain import local_formula, uses_of
from gradc.lessons.run.steps import Step, backwards, forwards, steps_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, latex, numbers
from gradc.lessons.words.formula import chain_rule


def derivation(run: Run) -> str:
    r"""`$$\begin{aligned} … \end{aligned}$$`, as notebooks show it."""
    steps = steps_of(run.subject)
    lines = []
    for value, step in forwards(steps, run.subject):
        left = latex.name(run.name_of(value))
        formula = _formula(step) if step is not None else ""
        number = equations.amount(run.values[value]).latex
        lines.append(rf"{left} &= {formula + ' = ' if formula else ''}{number}")
    if run.graph.loss is not None:
        lines += [_derivative(run, steps, value) for value in backwards(steps, run)]
    body = " \\\\\n".join(lines)
    return f"$$\\begin{{aligned}}\n{body}\n\\end{{aligned}}$$"


def _formula(step: Step) -> str:
    return latex.formula(step.formula) if step.formula else ""


def _derivative(run: Run, steps: list[Step], value: Value) -> str:
    loss = str(run.graph.loss)
    uses = uses_of(run, steps, value)
    parts = []
    for use in uses:
        if use.local is None or value.type.shape:
            parts.append(latex.formula(chain_rule(use.step, value, loss) or r"…"))
            continue
        local = local_formula(run, use.step, value)[1]
        shown = latex.formula(local) if local else latex.number(numbers.number(use.local))
        if use.step.name == loss:
            parts.append(shown)
        else:
            onward = latex.fraction(loss, use.step.name)
            parts.append(onward if local == "1" else rf"{_factor(shown, local)} \cdot {onward}")
    left = latex.fraction(loss, value.name)
    chain = " + ".join(parts)
    number = equations.amount(run.derivatives[value]).latex
    return rf"{left} &= {chain + ' = ' if chain else ''}{number}"


def _factor(shown: str, formula: str) -> str:
    """A factor, in parentheses where it is a sum."""
    return rf"\left({shown}\right)" if " + " in formula or " - " in formula else shown
