"""Local derivatives by SymPy, where it is installed: `3w²`, and their exact values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from gradc.ir.node import Apply, Value
from gradc.lessons.run.steps import Step
from gradc.lessons.words import paper
from gradc.lessons.words.formula import Cases, Formula
from gradc.targets.python.expression import Expr
from gradc.targets.python.templates import template

_LONGEST = 60
_LARGEST = 10**6  # above and below the bar of a fraction that is still read


@cache
def _sympy() -> Any:
    """SymPy, or None; it is an extra."""
    try:
        import sympy  # noqa: PLC0415
    except ImportError:
        return None
    return sympy


def symbolic(step: Step, source: Value) -> Formula | None:
    """The derivative of a step's target by a source.

    None where SymPy is missing, or where the step is more than a formula over numbers.
    """
    found = _derivative(step, source)
    if found is None:
        return None
    formula = _formula(found)
    return formula if formula is not None and len(paper.text(formula)) <= _LONGEST else None


def exact_value(step: Step, source: Value, values: Mapping[Value, Any]) -> str | None:
    """The value of that derivative as a fraction, where the numbers that go in are fractions."""
    found = _derivative(step, source)
    if found is None:
        return None
    sympy = _sympy()
    there = {}
    for v in step.sources:
        if not math.isfinite(values[v]):
            return None
        near = Fraction(float(values[v])).limit_denominator(10**9)
        there[_symbol(v)] = sympy.Rational(near.numerator, near.denominator)
    result = found.subs(there)
    short = result.is_Rational and result.q <= _LARGEST and abs(result.p) <= _LARGEST
    return str(result) if short else None


def _symbol(value: Value) -> Any:
    return _sympy().Symbol(value.name, real=True)


def _derivative(step: Step, source: Value) -> Any:
    sympy = _sympy()
    if sympy is None or not source.type.is_float or source.type.shape:
        return None
    expression = _expression(step)
    if expression is None:
        return None
    return sympy.diff(expression, _symbol(source))


def _expression(step: Step) -> Any:
    """The target as an expression of SymPy over its sources."""
    operations = _operations()
    values: dict[Value, Any] = {v: _symbol(v) for v in step.sources}
    for node in step.nodes:
        if not isinstance(node, Apply) or any(
            v.type.shape for v in (*node.operands, *node.results)
        ):
            return None
        if node.name == "constant":
            values[node.result] = _number(node.attrs[0], node.attrs[1])
            continue
        operation = operations.get(node.name)
        if operation is None or (node.attrs and node.name != "astype"):
            return None
        values[node.result] = operation(*(values[v] for v in node.operands))
    return values[step.target]


def _number(value: Any, text: str) -> Any:
    """A constant as the exact number that its text says: 0.1 is 1/10."""
    sympy = _sympy()
    if isinstance(value, bool):
        return sympy.Integer(int(value))
    named = {sympy.pi: 3.141592653589793, sympy.E: 2.718281828459045}
    for symbol, number in named.items():
        if value == number:
            return symbol
    return sympy.Rational(repr(value))


@cache
def _operations() -> dict[str, Callable[..., Any]]:
    s = _sympy()
    zero, one = s.Integer(0), s.Integer(1)
    return {
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "divide": lambda x, y: x / y,
        "power": lambda x, y: x**y,
        "negative": lambda x: -x,
        "astype": lambda x: x,
        "exp": s.exp,
        "log": s.log,
        "sqrt": s.sqrt,
        "sin": s.sin,
        "cos": s.cos,
        "tan": s.tan,
        "tanh": s.tanh,
        "sinh": s.sinh,
        "cosh": s.cosh,
        "arctan": s.atan,
        "log1p": lambda x: s.log(1 + x),
        "expm1": lambda x: s.exp(x) - 1,
        "sigmoid": lambda x: 1 / (1 + s.exp(-x)),
        "softplus": lambda x: s.log(1 + s.exp(x)),
        "relu": lambda x: s.Piecewise((x, x > 0), (zero, True)),
        "abs": lambda x: s.Piecewise((x, x > 0), (-x, x < 0), (zero * one, True)),
    }


def _formula(expression: Any) -> Formula | None:
    """What SymPy prints, as a formula; None where it has cases anywhere but at its top."""
    sympy = _sympy()
    if isinstance(expression, sympy.Piecewise):
        *cases, (last, _) = expression.args
        if not any(part.has(sympy.Piecewise) for pair in expression.args for part in pair):
            return Cases([(_read(v), _read(condition)) for v, condition in cases], _read(last))
        return None
    return None if expression.has(sympy.Piecewise) else _read(expression)


def _read(expression: Any) -> Expr:
    return template(str(expression))({})
