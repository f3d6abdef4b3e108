"""Powers with small whole exponents, as squares and products.

NumPy squares an array as fast as it copies one; any other power takes a hundred times as long where
there are negative numbers. A scalar's power costs what its products do, and stays as it is written.
"""

from __future__ import annotations

from gradc.ir.node import Apply, Value
from gradc.passes.rewriter import Rewriter

_PRODUCTS = frozenset((*range(3, 17), *range(-16, -1)))

WAITING = frozenset({"power"})
"""What gets simpler only where no derivative is taken any more."""


def power(r: Rewriter, node: Apply) -> Apply | Value | None:
    """`x**0` is 1, whatever x is, and `x**1` is x.

    `x**5` is the square of a square times x, and such squares are shared.

    Only what is not differentiated any more: derivatives of products are longer.
    """
    x, y = node.operands
    exponent = r.number(y)
    if exponent is None or x.type != node.result.type:
        return None
    if exponent == 1:
        return x
    if exponent == 0 and x.type.is_float:
        one = r.emit("astype", (r.constant(1.0),), (x.type.dtype,))
        return r.instead(node, "broadcast_to", (one,), (x.type.shape,))
    if r.is_last and x.type.shape and x.type.is_float and exponent in _PRODUCTS:
        return _product(r, node, x, int(exponent))
    return None


def _product(r: Rewriter, node: Apply, x: Value, exponent: int) -> Apply:
    if exponent < 0:
        return r.instead(node, "divide", (r.constant(1), _raised(r, x, -exponent)))
    if exponent % 2:
        return r.instead(node, "multiply", (_raised(r, x, exponent - 1), x))
    return r.instead(node, "power", (_raised(r, x, exponent // 2), r.constant(2)))


def _raised(r: Rewriter, x: Value, exponent: int) -> Value:
    if exponent == 1:
        return x
    value = r.emit("power", (x, r.constant(exponent)))
    if exponent == 2 and value.nameless:
        value.name = value.name.removesuffix("power") + "square" * value.name.endswith("power")
    return value
