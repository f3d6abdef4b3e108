"""Patterns of steps, written as expressions of the language.

A name stands for any operand, the same one each time, and a name in capitals for a weight. Sums and
products match in any order, however they are grouped; a division by a number is a factor. The
numbers of a product are compared as one, to a few digits more than f32 has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from gradc.elaborate.expressions import OPERATORS
from gradc.importing.foreign import Operand, Step, Tensor
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.parser import parse

Bindings = dict[str, Any]
"""What the names of a pattern stand for."""

_CLOSE = 1e-5
_ROWS = {"+": "add", "*": "multiply"}


@cache
def expression_of(text: str) -> tree.Expr:
    """The tree of a pattern."""
    (statement,) = parse(Source("pattern", f"r = {text}\n")).statements
    assert isinstance(statement, tree.Assign)
    return statement.value


def matches(pattern: tree.Expr, operand: Operand, bound: Bindings) -> Iterator[Bindings]:
    """The ways in which an operand is what a pattern says, each with its names bound."""
    match pattern:
        case tree.Name():
            yield from _name(pattern.name, operand, bound)
        case tree.Number() | tree.Unary(op="-", operand=tree.Number()):
            if _is_number(operand) and _is_close(_value(pattern), operand):
                yield bound
        case tree.Keyword():
            if operand is pattern.value:
                yield bound
        case tree.Binary(op=op) if op in _ROWS:
            yield from _row(_ROWS[op], pattern, operand, bound)
        case tree.Binary():
            step = _made(operand)
            if step is not None and step.op == OPERATORS[pattern.op] and not step.attrs:
                left, right = step.operands
                for found in matches(pattern.left, left, bound):
                    yield from matches(pattern.right, right, found)
        case tree.Unary(op=op):
            step = _made(operand)
            if step is not None and step.op == ("negative" if op == "-" else "logical_not"):
                yield from matches(pattern.operand, step.operands[0], bound)
        case tree.Member(name=name) if name.name == "mT":
            step = _made(operand)
            if step is not None and _swaps_last(step):
                yield from matches(pattern.base, step.operands[0], bound)
        case tree.Call():
            yield from _call(pattern, operand, bound)


def _name(name: str, operand: Operand, bound: Bindings) -> Iterator[Bindings]:
    if name in bound:
        if bound[name] is operand or (_is_number(operand) and bound[name] == operand):
            yield bound
    elif not name.isupper() or (isinstance(operand, Tensor) and operand.role == "param"):
        yield {**bound, name: operand}


def _made(operand: Operand) -> Step | None:
    return operand.maker if isinstance(operand, Tensor) else None


def _is_number(operand: Operand) -> bool:
    return isinstance(operand, int | float) and not isinstance(operand, bool)


def _value(pattern: tree.Expr) -> float:
    if isinstance(pattern, tree.Unary):
        return -_value(pattern.operand)
    assert isinstance(pattern, tree.Number)
    return pattern.value


def _is_close(one: float, other: Any) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE)


def _swaps_last(step: Step) -> bool:
    if step.op == "matrix_transpose":
        return True
    rank = step.result.rank
    if step.op == "swapaxes":
        axes = [a % rank for a in step.operands[1:] if isinstance(a, int)]
        return sorted(axes) == [rank - 2, rank - 1]
    return step.op == "transpose" and rank == 2


def _call(pattern: tree.Call, operand: Operand, bound: Bindings) -> Iterator[Bindings]:
    step = _made(operand)
    assert isinstance(pattern.callee, tree.Name)
    if step is None or step.op != pattern.callee.name:
        return
    given = [a.value for a in pattern.args if a.keyword is None]
    told = {a.keyword.name: a.value for a in pattern.args if a.keyword is not None}
    if len(given) != len(step.operands) or set(step.attrs) != set(told):
        return
    pairs = list(zip(given, step.operands, strict=True))
    pairs += [(told[n], _plain(step.attrs[n])) for n in told]
    yield from _all(pairs, bound)


def _plain(attribute: Operand) -> Operand:
    """One axis alone is the list of it."""
    if isinstance(attribute, tuple) and len(attribute) == 1:
        return attribute[0]
    return attribute


def _all(pairs: list[tuple[tree.Expr, Operand]], bound: Bindings) -> Iterator[Bindings]:
    if not pairs:
        yield bound
        return
    for found in matches(*pairs[0], bound):
        yield from _all(pairs[1:], found)


# --- sums and products in any order -------------------------------------------------------------


def _row(op: str, pattern: tree.Expr, operand: Operand, bound: Bindings) -> Iterator[Bindings]:
    wanted = list(_parts_of_pattern(op, pattern))
    numbers = [_value(p) for p in wanted if _is_literal(p)]
    others = [p for p in wanted if not _is_literal(p)]
    step = _made(operand)
    if step is None or not _is_of(op, step):
        return
    for items in _groupings(op, operand, len(others)):
        there = [i for i in items if _is_number(i)]
        rest = [i for i in items if not _is_number(i)]
        names = [p for p in others if isinstance(p, tree.Name) and p.name.startswith("number")]
        fixed = [p for p in others if p not in names]
        if len(rest) != len(fixed):
            continue
        total = _total(op, there)
        if names:
            if len(names) != 1 or not there:
                continue
            assert isinstance(names[0], tree.Name)
            start = {**bound, names[0].name: total}
        elif not _is_close(_total(op, numbers), total):
            continue
        else:
            start = bound
        yield from _any_order(fixed, rest, start)


def _is_literal(pattern: tree.Expr) -> bool:
    return isinstance(pattern, tree.Number) or (
        isinstance(pattern, tree.Unary) and isinstance(pattern.operand, tree.Number)
    )


def _total(op: str, numbers: list[Any]) -> float:
    return float(math.prod(numbers) if op == "multiply" else sum(numbers))


def _parts_of_pattern(op: str, pattern: tree.Expr) -> Iterator[tree.Expr]:
    if isinstance(pattern, tree.Binary) and _ROWS.get(pattern.op) == op:
        yield from _parts_of_pattern(op, pattern.left)
        yield from _parts_of_pattern(op, pattern.right)
    else:
        yield pattern


def _is_of(op: str, step: Step) -> bool:
    if step.op == op:
        return True
    return op == "multiply" and step.op == "divide" and _is_number(step.operands[1])


def _groupings(op: str, operand: Operand, most: int) -> Iterator[list[Operand]]:
    """The parts of a sum or product, from the coarsest grouping on; not many more than `most`."""
    step = _made(operand)
    if step is None or not _is_of(op, step):
        yield [operand]
        return
    left, right = step.operands
    if step.op == "divide":
        assert isinstance(right, int | float)
        right = 1 / right if right else math.inf
    sides = []
    for side in (left, right):
        ways: list[list[Operand]] = [[side]]
        inner = _made(side)
        if inner is not None and _is_of(op, inner) and most > 0:
            ways += [w for w in _groupings(op, side, most - 1) if len(w) > 1]
        sides.append(ways)
    for one in sides[0]:
        for other in sides[1]:
            if len(one) + len(other) <= most + 2:
                yield [*one, *other]


def _any_order(
    patterns: list[tree.Expr], items: list[Operand], bound: Bindings
) -> Iterator[Bindings]:
    if not patterns:
        yield bound
        return
    # What says most comes first, so that names are bound by what has to be there.
    first = max(patterns, key=lambda p: p.depth)
    rest = [p for p in patterns if p is not first]
    for place, item in enumerate(items):
        others = items[:place] + items[place + 1 :]
        for found in matches(first, item, bound):
            yield from _any_order(rest, others, found)
