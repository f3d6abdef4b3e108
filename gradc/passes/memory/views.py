"""Views: how what looks into an array lies in its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.ir.layout import Layout, packed, reshaped, stretched, transposed
from gradc.ir.node import Apply
from gradc.ir.sizes import Size

Known = Callable[[Size], int]


def viewed(node: Apply, x: Layout, known: Known) -> Layout | None:
    """The layout of a view of `x`; None where what is called a view has to copy."""
    shape = tuple([known(size) for size in node.result.type.shape])
    rule = _RULES.get(node.name)
    if rule is not None:
        return rule(node, x, shape, known)
    # The same elements, or some that lie in their order.
    return x if shape == x.shape else packed(shape, x.itemsize)


def _reshape(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout | None:
    return reshaped(x, shape)


def _transpose(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout:
    axes = node.attr("axes")
    return transposed(x, range(len(x.shape) - 1, -1, -1) if axes is None else axes)


def _broadcast_to(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout:
    return stretched(x, shape)


def _index(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout:
    entries = node.attr("entries")
    used = sum(e is not None and e is not ... for e in entries)
    axis = 0
    strides: list[int] = []
    for entry in entries:
        if entry is None:
            strides.append(0)
        elif entry is ...:
            rest = len(x.shape) - used
            strides += x.strides[axis : axis + rest]
            axis += rest
        else:
            if isinstance(entry, tuple):
                strides.append(x.strides[axis] * _step(entry))
            axis += 1
    return Layout(shape, (*strides, *x.strides[axis:]), x.itemsize)


def _step(entry: tuple[Any, ...]) -> int:
    return 1 if entry[2] is None else int(entry[2])


def _diagonal(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout:
    one, other = node.attr("axis1"), node.attr("axis2")
    kept = [s for axis, s in enumerate(x.strides) if axis not in (one, other)]
    return Layout(shape, (*kept, x.strides[one] + x.strides[other]), x.itemsize)


def _sliding_window(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout:
    count = len(shape) - len(x.shape)
    places = [s * n for s, n in zip(x.strides[-count:], _pair(node, "stride", count), strict=True)]
    taps = [s * n for s, n in zip(x.strides[-count:], _pair(node, "dilation", count), strict=True)]
    return Layout(shape, (*x.strides[:-count], *places, *taps), x.itemsize)


def _pair(node: Apply, name: str, count: int) -> Sequence[int]:
    given = node.attr(name)
    return [int(given)] * count if isinstance(given, int) else [int(n) for n in given]


def _tile(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout | None:
    return None


def _in_rows(node: Apply, x: Layout, shape: tuple[int, ...], known: Known) -> Layout | None:
    return x if x.is_packed else None


_RULES: dict[str, Callable[[Apply, Layout, tuple[int, ...], Known], Layout | None]] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "index": _index,
    "diagonal": _diagonal,
    "sliding_window": _sliding_window,
    "tile": _tile,
    "in_rows": _in_rows,
}
