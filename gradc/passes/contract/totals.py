"""Totals: what is added up along an axis is added up before it is multiplied, where that is less.

`sum(a[:, :, newaxis] * b, axis=1)` is a product of matrices, and `sum(y @ W, axis=0)` is
`sum(y, axis=0) @ W`.
"""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Value, applies
from gradc.passes.contract.contraction import Contraction, axes_of, contracted, contraction_of
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites
from gradc.records import replace

Terms = Callable[[Rewriter], Value]
"""What makes a sum of parts that were each added up."""


def totals(graph: Graph) -> Rewrites:
    """What takes sums into what they are sums of."""
    readers = readers_of(graph)
    return {"sum": lambda r, node: _taken_in(r, node, readers)}


def _taken_in(r: Rewriter, node: Apply, readers: Readers) -> Value | None:
    (x,) = node.operands
    if not x.type.is_float or node.attr("keepdims"):
        return None
    if not all(applies(reader, "sum") for reader in readers.of(x) or (None,)):
        return None
    axes = axes_of(node, x.type.rank)
    terms = _terms(r.producers.get(x), axes, r, readers)
    return None if terms is None else terms(r)


def _terms(node: Node | None, axes: tuple[int, ...], r: Rewriter, readers: Readers) -> Terms | None:
    """How a node's sum over axes is made of sums of what it is made of; None where it is not."""
    if applies(node, "negative"):
        inner = _operand(node, 0, axes, r, readers)
        return None if inner is None else lambda r: r.emit("negative", (inner(r),))
    if applies(node, "add") or applies(node, "subtract"):
        name = node.name
        if any(v.type != node.result.type for v in node.operands):
            return None
        one, other = (_operand(node, i, axes, r, readers) for i in (0, 1))
        if one is None or other is None:
            return None
        return lambda r: r.emit(name, (one(r), other(r)))
    found = contraction_of(node, r.producers.get)
    if found is None or applies(node, "sum"):
        return None
    kept = "".join([c for i, c in enumerate(found.result) if i not in axes])
    short = replace(found, result=kept)
    if not _is_less(found, short):
        return None
    return lambda r: contracted(r, short.left, short.right, short.result)


def _operand(
    node: Apply, i: int, axes: tuple[int, ...], r: Rewriter, readers: Readers
) -> Terms | None:
    value = node.operands[i]
    if not readers.is_alone(value):
        return None
    return _terms(r.producers.get(value), axes, r, readers)


def _is_less(whole: Contraction, short: Contraction) -> bool:
    """Whether it costs less to add up at once: a factor is added up first, or it is a product."""
    left, right = set(short.left.axes), set(short.right.axes)
    now = set(short.summed) - set(whole.summed)
    if not now & left & right:
        return True
    # Rows times rows are added up well as they are; an `einsum` is one anyway.
    return bool(whole.summed) or (bool(short.result) and not left & right & set(short.result))
