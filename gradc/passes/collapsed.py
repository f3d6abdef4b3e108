"""Collapsed: reductions whose axes stay as axes of one, by `keepdims` or by a view.

`sum(x, axis=1, keepdims=true)`, `sum(x, axis=1)[:, newaxis]` and `expand_dims(sum(x, axis=1), 1)`
are one; and how the arguments of such a reduction are written.
"""

from __future__ import annotations

from typing import Any

from gradc.ir.node import Apply, Value, applies
from gradc.ir.sizes import Size, product
from gradc.passes.forms import Makers

_ALL = (None, None, None)  # a slice of everything


def reduced(value: Value, name: str, made: Makers) -> tuple[Apply, bool] | None:
    """The reduction of this name that makes a value, and whether its axes are kept."""
    node = made.get(value)
    viewed = node is not None
    while viewed and node is not None and not applies(node, name):
        viewed = applies(node, "reshape") or (
            applies(node, "index") and all(e in (None, _ALL, ...) for e in node.attr("entries"))
        )
        node = made.get(node.operands[0]) if viewed else None
    if not applies(node, name):
        return None
    if node.result is value:
        return node, bool(node.attr("keepdims"))
    axes = axes_of(node)
    kept = tuple(1 if a in axes else s for a, s in enumerate(node.operands[0].type.shape))
    return (node, True) if value.type.shape == kept else None


def axes_of(node: Apply) -> tuple[int, ...]:
    """The axes along which a reduction goes, in their order."""
    return axes_at(node.attr("axis"), node.operands[0].type.rank)


def axes_at(axis: Any, rank: int) -> tuple[int, ...]:
    """The axes that an argument names of so many, in their order."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(a % rank for a in axes)) if rank else ()


def along(node: Apply, is_kept: bool) -> str:
    """The arguments behind the first of a reduction over the same axes, as one writes them."""
    axis = node.attr("axis")
    text = "" if axis is None else axis_text(axis, -1)
    return f"{text}, keepdims=true" if is_kept else text


def axis_text(axis: Any, rank: int) -> str:
    """An axis as an argument; nothing for the last of so many, which is the usual one."""
    if isinstance(axis, tuple):
        return f", axis={list(axis)}" if len(axis) != 1 else axis_text(axis[0], rank)
    return "" if rank > 0 and axis in (-1, rank - 1) else f", axis={axis}"


def count_of(node: Apply) -> str:
    """How many elements of `x` a reduction makes one of, as one writes it."""
    axes, shape = axes_of(node), node.operands[0].type.shape
    sizes: list[Size] = [shape[a] for a in axes]
    if all(isinstance(size, int) for size in sizes):
        return str(product(sizes))
    return " * ".join(f"x.shape[{a}]" for a in axes)
