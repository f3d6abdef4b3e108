"""Graphs of numbers alone: their modules compute with Python's floats, and need no NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradc.ir.node import Apply, Node
from gradc.ir.plan import Plan
from gradc.ir.types import Type
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Binary, Call, Expr, Unary, text
from gradc.targets.python.formals import filler
from gradc.targets.python.identifiers import spelled
from gradc.targets.python.special import Context
from gradc.targets.python.spelling import read_spelling
from gradc.targets.python.templates import template

_NUMBER = Type("f64")
_SHAPING = frozenset({"reshape", "broadcast_to", "sum", "mean"})
"""What leaves a number as it is."""
_WITHOUT_DRAWS = frozenset({"value", "zeros", "ones", "constant"})


def is_plain(plan: Plan) -> bool:
    """Whether a plan at -O2 is of numbers alone, all of whose operations Python has."""
    graph = plan.program.graph
    if (
        plan.program.level < 2
        or not graph.loss
        or graph.dims
        or graph.states
        or graph.training is not None
    ):
        return False
    given = [*graph.arguments.values(), *[s.value for s in graph.seeds]]
    results = [o.value for o in (*graph.outputs, *graph.gradients)]
    if any(v.type != _NUMBER for v in (*given, *results)):
        return False
    if any(p.initialiser.kind not in _WITHOUT_DRAWS for p in graph.params):
        return False
    return all(_is_plain(n) for r in plan.program.routines for n in r.nodes)


def _is_plain(node: Node) -> bool:
    if not isinstance(node, Apply) or len(node.results) != 1:
        return False
    if any(v.type.shape or v.type.dtype not in ("f64", "bool", "i64") for v in node.results):
        return False
    if node.result.type.dtype == "i64" and not node.traits.literal:
        return False
    if node.name in ("constant", "array", "zeros", "ones", *_SHAPING):
        return all(not v.type.shape for v in node.operands)
    if node.name == "astype":
        return bool(node.attr("dtype") == "f64")
    return "python" in node.op.spellings


def is_number(node: Apply) -> bool:
    """Whether it makes an f64 of numbers, by an operation that Python has."""
    if node.result.type != _NUMBER:
        return False
    if node.name == "astype":
        return node.operands[0].type.weak
    return "python" in node.op.spellings and all(
        not v.type.shape and v.type.dtype in ("f64", "bool", "i64") for v in node.operands
    )


def plain(node: Apply, operands: Sequence[Expr], context: Context) -> Expr:
    """The value of a node, by Python's own arithmetic."""
    if node.name in ("constant", "array"):
        return _literal(node.attrs[0], node.attrs[1] if node.name == "constant" else "")
    if node.name in ("zeros", "ones"):
        return Atom("0.0" if node.name == "zeros" else "1.0")
    if node.name in _SHAPING:
        return operands[0]
    if node.name == "astype":
        x = as_float(operands[0])
        return x if _is_literal(x) else Call(Atom("float"), [x])
    if node.name == "power" and isinstance(operands[0], Atom) and _is_two(operands[1]):
        return Binary("*", operands[0], operands[0])
    if node.name == "divide" and (_is_literal(operands[1]) or _is_positive(operands[1])):
        return Binary("/", operands[0], operands[1])
    if _cannot_fail(node, operands):
        return Call(Atom(f"math.{node.name}"), operands)
    spelling = read_spelling(node.op.spellings["python"])
    if spelling.operator and len(operands) == 1:
        return Unary(spelling.operator, operands[0])
    if spelling.operator:
        return Binary(spelling.operator, operands[0], operands[1])
    filled = filler(node, [as_float(x) for x in operands], context.dimension)
    if spelling.function:
        context.helper(spelling.function)
        filled[spelling.function] = Atom(spelling.function)
    return template(spelling.text)(filled)


def _cannot_fail(node: Apply, operands: Sequence[Expr]) -> bool:
    """Whether a function of `math` needs no guard: `exp(-abs(z))`, and `log1p` of exponentials."""
    x = operands[0]
    if node.name == "exp":
        return isinstance(x, Unary) and x.op == "-" and text(x.operand).startswith("abs(")
    return node.name == "log1p" and text(x).startswith(("math.exp(", "_of(math.exp,"))


def _is_positive(divisor: Expr) -> bool:
    """Whether a count is at least 1 as it is written: `max(N, 1)`."""
    written = text(divisor)
    return written.startswith("max(") and written.endswith(", 1)") and written.count("(") == 1


def _literal(value: float, text: str) -> Expr:
    """A number; where it is none, or infinite, what `math` calls it."""
    if value != value:
        return Atom("math.nan")
    if value in (math.inf, -math.inf):
        infinite = Atom("math.inf")
        return infinite if value > 0 else Unary("-", infinite)
    return Atom(spelled(value, text)) if text else attributes.scalar_text(value, _NUMBER)


def as_float(expr: Expr) -> Expr:
    """A whole number as a float, which it is not where a function hands it on as it is."""
    is_whole = isinstance(expr, Atom) and expr.text.isdecimal()
    return Atom(f"{expr.text}.0") if is_whole and isinstance(expr, Atom) else expr


def _is_two(expr: Expr) -> bool:
    return isinstance(expr, Atom) and expr.text in ("2", "2.0")


def _is_literal(expr: Expr) -> bool:
    """Whether it is a number other than 0."""
    try:
        return isinstance(expr, Atom) and float(expr.text.replace("_", "")) != 0
    except ValueError:
        return False
