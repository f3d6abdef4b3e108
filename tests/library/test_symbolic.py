"""Derivatives against the ones that SymPy makes of formulas: first and second, of all operands.

Where `simplify` does not decide whether two expressions are one, both are evaluated to 50 digits
at points of the example's domain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from gradc.ir.graph import Graph
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.targets.numpy.spelling import spelling_of
from gradc.verification.symbolic import run_on_symbols, sympy_text
from tests.library.cases import LIBRARY, OPS, Case, cases_of
from tests.library.formulas import FORMULAS, X
from tests.library.proofs import carries
from tests.library.running import Running
from tests.library.twice import again

DIGITS = 50
_POINTS = 6


def scalar(case: Case) -> Case:
    """The same call on scalars."""
    return replace(case, operands=tuple(replace(o, sizes=()) for o in case.operands))


SCALAR = [
    scalar(case)
    for name in OPS
    if sympy_text(LIBRARY.operation(name))
    for case in cases_of(name)
    if carries(case) and all(o.carries or o.dtype == "bool" for o in case.operands)
]


def test_every_elementwise_operation_has_a_formula() -> None:
    missing = {
        name
        for name in OPS
        if (op := LIBRARY.operation(name)).ruled
        and op.traits.elementwise
        and not sympy_text(op)
        and spelling_of(op).ufunc
    }
    assert missing == {"remainder"}  # SymPy does not differentiate the floor in it


class Symbols:
    """A case on symbols: its formula, and what its rules make of them."""

    def __init__(self, case: Case):
        self.case = case
        self.graph = case.compile(0).graph
        self.symbols = {o.name: sympy.Symbol(o.name, real=True) for o in case.operands}
        self.params = [p.name for p in self.graph.params]
        (output,) = self.graph.outputs
        self.formula = self.run(self.graph, {})[output.value]
        self.joint = inline(differentiate(self.graph, case.library))

    def run(self, graph: Graph, seeds: dict[Any, Any]) -> dict[Any, Any]:
        values = {
            v: self.symbols[n] > 0 if v.type.dtype == "bool" else self.symbols[n]
            for n, v in graph.arguments.items()
            if n in self.symbols
        }
        return run_on_symbols([*inline(graph).nodes, *graph.adjoints], values | seeds)

    def first(self) -> dict[str, Any]:
        """The gradients by the rules, for a cotangent of 1."""
        values = self.run(self.joint, {self.joint.seeds[0].value: sympy.Integer(1)})
        return {g.name: values[g.value] for g in self.joint.gradients}

    def second(self) -> dict[str, Any]:
        """The gradients of the gradients' sum, weighted by the symbols `u_x`."""
        twice = inline(differentiate(again(self.joint), self.case.library))
        seeds = {self.joint.seeds[0].value: sympy.Integer(1)}
        seeds |= {s.value: sympy.Symbol(f"u_{s.name}", real=True) for s in twice.seeds}
        values = self.run(twice, seeds)
        return {g.name: values[g.value] for g in twice.gradients}

    def agree(self, found: Any, expected: Any) -> None:
        apart = found - expected
        if not apart.has(sympy.Piecewise) and sympy.simplify(apart) == 0:
            return
        for seed in range(_POINTS):
            point = self._point(seed)
            ours, theirs = (sympy.N(e.subs(point), DIGITS) for e in (found, expected))
            assert abs(ours - theirs) <= sympy.Float(10) ** (8 - DIGITS) * (1 + abs(theirs)), point

    def _point(self, seed: int) -> dict[Any, Any]:
        drawn = self.case.draw(seed)
        point = {self.symbols[n]: sympy.Rational(_number(a)) for n, a in drawn.items()}
        return point | {
            sympy.Symbol(f"u_{n}", real=True): sympy.Rational(i + 2, 3)
            for i, n in enumerate(self.params)
        }


def _number(array: Any) -> Any:
    return (1 if array else -1) if np.asarray(array).dtype == bool else float(array)


@pytest.mark.parametrize("case", SCALAR, ids=lambda c: c.label)
def test_first_derivative(case: Case) -> None:
    symbols = Symbols(case)
    for name, found in symbols.first().items():
        symbols.agree(found, sympy.diff(symbols.formula, symbols.symbols[name]))


@pytest.mark.parametrize("case", SCALAR, ids=lambda c: c.label)
def test_second_derivative(case: Case) -> None:
    symbols = Symbols(case)
    x = symbols.symbols
    along = sum(
        sympy.Symbol(f"u_{n}", real=True) * sympy.diff(symbols.formula, x[n])
        for n in symbols.params
    )
    for name, found in symbols.second().items():
        symbols.agree(found, sympy.diff(along, x[name]))


@pytest.mark.parametrize("case", SCALAR, ids=lambda c: c.label)
def test_value(case: Case) -> None:
    """The formula is that of the operation."""
    symbols = Symbols(case)
    running = Running(case)
    point = {symbols.symbols[n]: sympy.Rational(_number(a)) for n, a in running.arrays.items()}
    expected = float(sympy.re(sympy.N(symbols.formula.subs(point), DIGITS)))
    np.testing.assert_allclose(running.outputs()[0], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
def test_composite(name: str) -> None:
    """Rule and derivative agree to twelve digits, as emitted."""
    first = sympy.diff(FORMULAS[name], X)
    for case in cases_of(name):
        running = Running(case, 1)
        point = running.params["x"]
        expected = _at(first, point) * running.point.cotangents["out0"]
        np.testing.assert_allclose(running.gradients()["x"], expected, rtol=1e-12, atol=1e-14)


def _at(formula: sympy.Expr, points: Any) -> Any:
    return np.vectorize(lambda v: float(formula.evalf(40, subs={X: sympy.Float(float(v), 40)})))(
        points
    )
