"""The derivation as one display of LaTeX: values, then each derivative by the chain rule."""

from __future__ import annotations

from gradc.ir.node import Value
from gradc.lessons.pages.explain import Use, local_formula, uses_of
from gradc.lessons.run.steps import Step, backwards, forwards, steps_of
from gradc.lessons.run.subject import Run
from gradc.lessons.words import equations, latex, numbers
from gradc.lessons.words.derivatives import chain_rule
from gradc.lessons.words.formula import Cases, Formula, is_literal, is_sum, written


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
    if not step.formula:
        return ""
    found = written(step.formula)
    return latex.verbatim(step.formula) if found is None else latex.formula(found)


def _derivative(run: Run, steps: list[Step], value: Value) -> str:
    loss = str(run.graph.loss)
    uses = uses_of(run, steps, value)
    parts = []
    for use in uses:
        if use.local is None or value.type.shape:
            rule = chain_rule(use.step, value, run)
            parts.append(latex.verbatim("…") if rule is None else latex.formula(rule))
            continue
        local = local_formula(run, use.step, value)[1]
        onward = latex.fraction(loss, use.step.name, run.sign(loss))
        if use.step.name != loss and is_literal(local, "1"):
            parts.append(onward)
        elif use.step.name == loss:
            parts.append(_local(use, local))
        else:
            loose = is_sum(local) or isinstance(local, Cases)
            factor = rf"\left({_local(use, local)}\right)" if loose else _local(use, local)
            parts.append(rf"{factor} \cdot {onward}")
    left = latex.fraction(loss, value.name, run.sign(loss))
    chain = " + ".join(parts)
    number = equations.amount(run.derivatives[value]).latex
    return rf"{left} &= {chain + ' = ' if chain else ''}{number}"


def _local(use: Use, formula: Formula | None) -> str:
    """The local derivative, as its number where there is no formula."""
    if formula is None:
        return latex.number(numbers.number(use.local))
    return latex.formula(formula)
