"""Factors: the numbers in products, and how they meet."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from gradc.ir.node import Apply, Value
from gradc.passes.rewriter import Rewriter

_REASSOCIATED = 1e100  # products of constants beyond this could overflow where the original did not

Factors: TypeAlias = tuple[Any, Value] | None


def factors(r: Rewriter, value: Value) -> Factors:
    """The constant and the rest of a product with one, or of an exact quotient by one.

    What the user named is there as it is called: its number meets no other one.
    """
    maker = r.producers.get(value)
    if maker is None or (value.named and maker.adjoint_of is None):
        return None
    name = maker.name
    if name in ("reshape", "index") and not maker.operands[0].named:
        found = factors(r, maker.operands[0])
        return found and (found[0], r.emit(name, (found[1],), maker.attrs))
    if name not in ("multiply", "divide"):
        return None
    a, b = maker.operands
    if name == "divide":
        return _exact_quotient(value, a, r.number(b))
    numbers = r.numbers
    if a not in numbers and b not in numbers:
        return None
    for number, rest in ((numbers.get(a), b), (numbers.get(b), a)):
        if number is not None and not isinstance(number, bool) and rest.type == value.type:
            return number, rest
    return None


def _exact_quotient(value: Value, dividend: Value, number: Any) -> Factors:
    """`x / 2` as 0.5 and x: dividing by a power of two rounds nothing."""
    if dividend.type != value.type:
        return None
    if not isinstance(number, int | float) or isinstance(number, bool) or not _tame(number):
        return None
    return (1 / number, dividend) if abs(math.frexp(number)[0]) == 0.5 else None


def times_constant(r: Rewriter, value: Value, number: Any) -> tuple[Value, Value] | None:
    """`(c * x) * number` as one constant times x."""
    found = factors(r, value)
    if found is None or not _tame(found[0] * number):
        return None
    return r.constant(found[0] * number), found[1]


def without_sign(r: Rewriter, value: Value, number: Any) -> tuple[Value, Value] | None:
    """`-x * number` as `-number` and `x`; so is `-x * y`, where nothing else reads the product."""
    if value.named or "negative" not in r.kinds:
        return None
    if opposite := r.made_by(value, "negative"):
        return r.constant(-number), opposite.operands[0]
    product = r.made_by(value, "multiply")
    if product is None:
        return None
    for x, y in (product.operands, product.operands[::-1]):
        if negated := r.made_by(x, "negative"):
            return r.constant(-number), r.emit("multiply", (negated.operands[0], y))
    return None


def scale_scalar(r: Rewriter, value: Value, number: Any) -> tuple[Value, Value] | None:
    """`(s * x) * number` with a scalar s as `(number * s) * x`: the array is passed over once."""
    product = r.made_by(value, "multiply") if value.type.shape else None
    if product is None:
        return None
    for s, x in (product.operands, product.operands[::-1]):
        if not s.type.shape and x.type == value.type and s.type.dtype == x.type.dtype:
            return r.emit("multiply", (r.constant(number), s)), x
    return None


def pull_constant(
    r: Rewriter, left: Factors, right: Factors, node: Apply
) -> tuple[Value, Value] | None:
    """`(c * x) * (d * y)` as `(c * d) * (x * y)`: constants meet, at x where that is smaller."""
    if left is None or right is None or not _tame(left[0] * right[0]):
        return None
    if left[0] * right[0] == -1:
        return r.emit("negative", left[1:]), right[1]  # shared by products of one factor
    constant = r.constant(left[0] * right[0])
    for narrow, other in ((left[1], right[1]), (right[1], left[1])):
        if narrow.type.shape != node.result.type.shape == other.type.shape:
            return r.emit("multiply", (constant, narrow)), other
    return constant, r.emit("multiply", (left[1], right[1]))


def to_scalar(
    r: Rewriter, scalar: Value, array: Value, found: Factors
) -> tuple[Value, Value] | None:
    """`s * (c * x)` as `(c * s) * x` for a scalar s: the array is passed over once."""
    if scalar.type.shape or scalar.type.weak or found is None or not array.type.shape:
        return None
    if scalar.type.dtype != array.type.dtype:
        return None
    return r.emit("multiply", (r.constant(found[0]), scalar)), found[1]


def _tame(number: Any) -> bool:
    return bool(number == 0 or 1 / _REASSOCIATED < abs(number) < _REASSOCIATED)
