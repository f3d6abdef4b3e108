"""Proving the gradients of a graph of scalars as formulas.

SymPy differentiates the formula of the outputs; what the joint graph makes of the same symbols has
to be equal to that. Where `simplify` does not decide it, both are evaluated to 50 digits at one
point.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gradc.ir.graph import Graph
from gradc.ir.node import Scan
from gradc.records import dataclass
from gradc.verification.interpret import CannotInterpretError
from gradc.verification.symbolic import run_on_symbols

_DIGITS = 50
_TOLERANCE = sympy.Float(10) ** (8 - _DIGITS)
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Proof:
    """What SymPy says of one gradient, `dJ/dw`. `formula` is empty where it is too long to show."""

    name: str
    formula: str
    is_exact: bool  # by algebra, rather than by numbers at a point
    wrong: str = ""


def prove_formulas(joint: Graph, point: Mapping[str, Any]) -> list[Proof]:
    """A proof for each gradient; `point` has a number for each argument.

    Raises CannotInterpretError where an array or an operation without a formula is in the way.
    """
    for node in (*joint.nodes, *joint.adjoints):
        if isinstance(node, Scan):
            raise CannotInterpretError("a `scan` is no formula; `--unroll` writes its steps out")
        for value in (*node.operands, *node.results):
            if value.type.shape:
                raise CannotInterpretError(f"`{value.shown}` is {value.type}, no scalar")
    symbols = {n: sympy.Symbol(n, real=True) for n in joint.arguments}
    values: dict[Any, Any] = {
        v: symbols[n] > 0 if v.type.dtype == "bool" else symbols[n]
        for n, v in joint.arguments.items()
    }
    loss = joint.loss is not None
    seeds = {
        s.name: sympy.Integer(1) if loss else sympy.Symbol(f"d{s.name}", real=True)
        for s in joint.seeds
    }
    values |= {s.value: seeds[s.name] for s in joint.seeds}
    values = run_on_symbols((*joint.nodes, *joint.adjoints), values)
    goal = sum(seeds[o.name] * values[o.value] for o in joint.outputs if o.name in seeds)
    numbers = {symbols[n]: _number(x) for n, x in point.items() if n in symbols}
    by = f"d{joint.loss}/d" if loss else "d_"
    numbers |= {s: sympy.Rational(i + 2, 3) for i, s in enumerate(seeds.values()) if not loss}
    return [
        _proof(f"{by}{g.name}", values[g.value], sympy.diff(goal, symbols[g.name]), numbers)
        for g in joint.gradients
    ]


def _proof(name: str, found: Any, expected: Any, numbers: Mapping[Any, Any]) -> Proof:
    apart = found - expected
    if not apart.has(sympy.Piecewise) and sympy.simplify(apart) == 0:
        return Proof(name, _shown(expected), is_exact=True)
    ours, theirs = (sympy.N(e.subs(numbers), _DIGITS) for e in (found, expected))
    if abs(ours - theirs) <= _TOLERANCE * (1 + abs(theirs)):
        return Proof(name, _shown(expected), is_exact=False)
    wrong = f"{sympy.N(ours, 8)} where SymPy has {sympy.N(theirs, 8)}"
    return Proof(name, _shown(expected), is_exact=False, wrong=wrong)


def _number(x: Any) -> Any:
    number = x.item() if hasattr(x, "item") else x
    if isinstance(number, bool):
        return 1 if number else -1
    return sympy.Rational(number)


def _shown(expression: Any) -> str:
    text = str(expression)
    return text if len(text) <= _LONGEST else ""
