"""The identities that `simplify` knows, one function an operation.

Each takes a node whose operands are simplified already and returns a value that stands for its
result, a node that makes it more simply, or None. Types never change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.ir.types import broadcast
from gradc.passes.differentiate import RULE
from gradc.passes.factors import (
    factors,
    pull_constant,
    scale_scalar,
    times_constant,
    to_scalar,
    without_sign,
)
from gradc.passes.pieces import joined, put_back
from gradc.passes.powers import power
from gradc.passes.rewriter import STRETCHING, Rewriter


def _add(r: Rewriter, node: Apply) -> Apply | Value | None:
    if weaker := _weakened(r, node):
        return weaker
    (x, y), n = node.operands, r.numbers
    for kept, other in ((x, y), (y, x)) if x in n or y in n or "zeros" in r.kinds else ():
        if kept.type == node.result.type and (r.number(other) == 0 or r.is_zeros(other)):
            return kept
    if x is y:
        return r.instead(node, "multiply", (r.constant(2), x))
    if (total := r.made_by(x, "add")) and total.operands[1] is y and not x.named:
        # Both operands of a square give the same.
        return r.instead(node, "add", (total.operands[0], r.emit("multiply", (r.constant(2), y))))
    for kept, other in ((x, y), (y, x)) if "index_adjoint" in r.kinds else ():
        placed = r.made_by(other, "index_adjoint")
        if placed and kept.type == other.type == node.result.type:
            if whole := joined(r, node, kept, placed):
                return whole
            # Added in its place, rather than to zeros first.
            operands = (kept, placed.operands[0])
            return r.instead(node, "index_add", operands, (placed.attr("entries"),))
    for kept, other in ((x, y), (y, x)) if "negative" in r.kinds else ():
        if negated := r.made_by(other, "negative"):
            return r.instead(node, "subtract", (kept, negated.operands[0]))
        if not other.named and (positive := without_sign(r, other, -1)):
            return r.instead(node, "subtract", (kept, positive[1]))
    return _narrow_operand(r, node)


def _narrow_operand(r: Rewriter, node: Apply) -> Apply | None:
    """The same operation on what an operand was stretched from.

    Where no other operand has the full shape the result is stretched, and fewer numbers are made.
    """
    if not r.stretches:
        return None
    for i, wide in enumerate(node.operands):
        maker = r.producers.get(wide)
        if maker is None or maker.op.name not in STRETCHING:
            continue
        others = node.operands[:i] + node.operands[i + 1 :]
        narrow = _narrowed(r, maker, others)
        if narrow is None:
            continue
        operands = (*node.operands[:i], narrow, *node.operands[i + 1 :])
        full = node.result.type.shape
        if broadcast([v.type.shape for v in operands]) == full:
            return r.instead(node, node.name, operands, node.attrs)
        if not wide.named:
            made = r.emit(node.name, operands, node.attrs)
            return r.instead(node, "broadcast_to", (made,), (full,))
    return None


def _subtract(r: Rewriter, node: Apply) -> Apply | Value | None:
    if weaker := _weakened(r, node):
        return weaker
    x, y = node.operands
    if x.type == node.result.type and (r.number(y) == 0 or r.is_zeros(y)):
        return x
    if negated := r.made_by(y, "negative"):
        return r.instead(node, "add", (x, negated.operands[0]))
    if r.number(x) == 0 and y.type == node.result.type:
        return r.instead(node, "negative", (y,))
    return _narrow_operand(r, node)


def _multiply(r: Rewriter, node: Apply) -> Apply | Value | None:
    if weaker := _weakened(r, node):
        return weaker
    (x, y), numbers = node.operands, r.numbers
    has_number = x in numbers or y in numbers
    for kept, other in ((x, y), (y, x)) if has_number or node.result.type.shape else ():
        number = numbers.get(other)
        ones = number is None and other.type.shape and r.everywhere(other) == 1
        if ones and (spread := _spread(r, node, kept)):
            return spread
        if number is None or isinstance(number, bool):
            continue
        if kept.type == node.result.type and abs(number) == 1:
            return kept if number == 1 else r.instead(node, "negative", (kept,))
        if quotient := _quotient_of_number(r, node, kept):
            top = r.emit("multiply", (other, quotient.operands[0]))
            return r.instead(node, "divide", (top, quotient.operands[1]))
        scaled = times_constant(r, kept, number) or scale_scalar(r, kept, number)
        if scaled or (_in_rule(node) and (scaled := without_sign(r, kept, number))):
            return r.instead(node, "multiply", scaled)
    right = factors(r, y) if (left := factors(r, x)) or node.result.type.shape else None
    inner = pull_constant(r, left, right, node)
    if inner is None and node.result.type.shape:
        inner = to_scalar(r, x, y, right) or to_scalar(r, y, x, left)
    if inner is not None:
        return r.instead(node, "multiply", inner)
    if (negated_x := r.made_by(x, "negative")) and (negated_y := r.made_by(y, "negative")):
        return r.instead(node, "multiply", (negated_x.operands[0], negated_y.operands[0]))
    return _narrow_operand(r, node)


def _in_rule(node: Apply) -> bool:
    """Whether a derivative rule made it, where what it reads is mostly read by it alone."""
    return node.adjoint_of is not None or node.origin.is_derived


def _spread(r: Rewriter, node: Apply, kept: Value) -> Apply | Value | None:
    """What is multiplied by ones alone: itself, repeated where those are more."""
    if kept.type == node.result.type:
        return kept
    if kept.type.weak or kept.type.dtype != node.result.type.dtype:
        return None
    return r.instead(node, "broadcast_to", (kept,), (node.result.type.shape,))


def _quotient_of_number(r: Rewriter, node: Apply, value: Value) -> Apply | None:
    """The quotient of a number that a value is: an array of them only in a derivative rule.

    What a user divides is divided once, whoever reads it.
    """
    quotient = r.made_by(value, "divide")
    if quotient is None or r.number(quotient.operands[0]) is None:
        return None
    return quotient if _in_rule(node) or not value.type.shape else None


def _weakened(r: Rewriter, node: Apply) -> Apply | None:
    """The same on a number that was given the element type which it takes on anyway."""
    if "astype" not in r.kinds:
        return None
    for number, other in (node.operands, node.operands[::-1]):
        made = r.made_by(number, "astype")
        if made is None or number.type.shape or other.type.weak or not number.type.is_float:
            continue
        (weak,) = made.operands
        if weak.type.weak and number.type.dtype == other.type.dtype:
            operands = [weak if v is number else v for v in node.operands]
            return r.instead(node, node.name, operands)
    return None


def _divide(r: Rewriter, node: Apply) -> Apply | Value | None:
    x, y = node.operands
    if r.number(y) == 1 and x.type == node.result.type:
        return x
    return _narrow_operand(r, node)


def _negative(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    if twice := r.made_by(x, "negative"):
        return twice.operands[0]
    if wide := r.made_by(x, "broadcast_to"):
        return r.instead(node, "broadcast_to", (r.emit("negative", wide.operands),), wide.attrs)
    if difference := r.made_by(x, "subtract"):
        a, b = difference.operands
        if a.type.shape == b.type.shape and not x.named:
            return r.instead(node, "subtract", (b, a))
    if quotient := _quotient_of_number(r, node, x):
        top = r.emit("negative", quotient.operands[:1])
        return r.instead(node, "divide", (top, quotient.operands[1]))
    return None


def _narrowed(r: Rewriter, stretched: Apply, others: Sequence[Value]) -> Value | None:
    """What `broadcast_to` repeated, what only got axes of size 1 in front, or the 1 of ones."""
    wide = stretched.result
    if stretched.op.name == "ones":
        if not wide.type.shape or not wide.type.is_float:
            return None
        return r.emit("astype", (r.constant(1),), (wide.type.dtype,))
    source = stretched.operands[0]
    if stretched.op.name == "reshape":
        extra = wide.type.rank - source.type.rank
        if extra <= 0 or wide.type.shape != (1,) * extra + source.type.shape:
            return None
    if all(v.type.weak for v in (source, *others)):
        return None  # of numbers alone the result would be weak
    if f".{RULE}." in source.name and not (wide.named or f".{RULE}." in wide.name):
        source.name, source.nameless = wide.name, wide.nameless  # it is the same for each element
    return source


def _reshape(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    shape: tuple[Size, ...] = node.result.type.shape
    if x.type.shape == shape:
        return x
    if inner := r.made_by(x, "reshape"):
        return r.instead(node, "reshape", inner.operands, node.attrs)
    if x.type.shape and not x.named and (negated := r.made_by(x, "negative")):
        return r.instead(node, "negative", (r.emit("reshape", negated.operands, node.attrs),))
    if wide := r.made_by(x, "broadcast_to"):
        (source,) = wide.operands
        narrow = _axes_put_in(source.type.shape, x.type.shape, shape)
        if narrow is not None and not x.named:
            # What only gets further axes is stretched after that.
            return r.instead(
                node, "broadcast_to", (r.emit("reshape", (source,), (narrow,)),), (shape,)
            )
    if total := r.made_by(x, "sum"):
        axis = total.attr("axis")
        axes = _axes(axis, total.operands[0])
        sizes = list(enumerate(total.operands[0].type.shape))
        keepdims = not total.attr("keepdims")
        kept = [1 if a in axes else s for a, s in sizes if keepdims or a not in axes]
        if shape == tuple(kept):
            return r.instead(node, "sum", total.operands, (axis, keepdims))
    return None


def _axes_put_in(
    source: Sequence[Size], stretched: Sequence[Size], shape: Sequence[Size]
) -> tuple[Size, ...] | None:
    """The shape of a source that becomes `shape` where it was stretched, and got axes of size 1."""
    left, kept, found = list(stretched), list(source), list[Size]()
    for size in reversed(shape):
        if left and left[-1] == size:
            left.pop()
            found += [kept.pop()] if kept else []
        elif size == 1:
            found += [1] if kept else []
        else:
            return None
    return None if left else tuple(reversed(found))


def _transpose(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    axes = node.attr("axes")
    if axes == tuple(range(len(axes))):
        return x
    if inner := r.made_by(x, "transpose"):
        before = inner.attr("axes")
        return r.instead(node, "transpose", inner.operands, (tuple(before[a] for a in axes),))
    product = r.made_by(x, "matmul")
    if product is None or not _in_rule(node) or x.named or x.type.rank != 2:
        return None
    # `(a.T @ b).T` is `b.T @ a`; in a rule nothing else reads the product.
    a, b = product.operands
    for turned, other in ((r.made_by(a, "transpose"), b), (r.made_by(b, "transpose"), a)):
        if turned is not None and other.type.rank == 2:
            kept = r.emit("transpose", (other,), (axes,))
            pair = (kept, turned.operands[0]) if other is b else (turned.operands[0], kept)
            return r.instead(node, "matmul", pair)
    return None


def _broadcast_to(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    if x.type.shape == node.result.type.shape:
        return x
    if inner := r.made_by(x, "broadcast_to"):
        return r.instead(node, "broadcast_to", inner.operands, node.attrs)
    if (kept := r.made_by(x, "reshape")) and not kept.operands[0].type.shape:
        return r.instead(node, "broadcast_to", kept.operands, node.attrs)
    return None


def _astype(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    if x.type == node.result.type:
        return x
    if (made := r.made_by(x, "array")) and node.result.type.is_float:
        data, _, shape = made.attrs
        return r.instead(node, "array", (), (data, node.attr("dtype"), shape))
    return None


def _itself(r: Rewriter, node: Apply) -> Value:
    return node.operands[0]


def _where(r: Rewriter, node: Apply) -> Apply | Value | None:
    _, x, y = node.operands
    if x is y and x.type == node.result.type:
        return x
    return _narrow_operand(r, node)


def _sum(r: Rewriter, node: Apply) -> Apply | Value | None:
    (x,) = node.operands
    if x.type == node.result.type and (node.attr("axis") == () or not x.type.shape):
        return x
    if (negated := r.made_by(x, "negative")) and not x.named:
        return r.instead(node, "negative", (r.emit("sum", negated.operands, node.attrs),))
    inner = r.made_by(x, "sum")
    if inner is None or not inner.attr("keepdims") or node.attr("keepdims"):
        return None
    # Two sums in a row are one, and the axes of size 1 that the first kept are put back.
    source = inner.operands[0]
    axes = {*_axes(inner.attr("axis"), source), *_axes(node.attr("axis"), x)}
    every = None if len(axes) == source.type.rank else tuple(sorted(axes))
    total = r.emit("sum", inner.operands, (every, False))
    return r.instead(node, "reshape", (total,), (node.result.type.shape,))


def _mean(r: Rewriter, node: Apply) -> Value | None:
    (x,) = node.operands
    return x if x.type == node.result.type and not x.type.shape else None


def _axes(axis: Any, value: Value) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(value.type.rank))
    return axis if isinstance(axis, tuple) else (axis,)


REWRITES: dict[str, Callable[[Rewriter, Apply], Apply | Value | None]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negative": _negative,
    "power": power,
    "index_adjoint": put_back,
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "astype": _astype,
    "itself": _itself,
    "where": _where,
    "sum": _sum,
    "mean": _mean,
}
