"""Channels: images and weights that seem to have theirs last, where windows slide over them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from gradc.diagnostics import Diagnostic, plural
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Size
from gradc.passes.forms import Makers

_FEW = (1, 3, 4)
_WINDOW = 11  # rows of the largest window that is usual
_SMALL = 8  # rows of a map of features, which may be as narrow as it is high


def channels_last(graph: Graph) -> Iterator[Diagnostic]:
    """W917 for an input `[N, 32, 32, 3]` over which windows slide as if it were [N, C, H, W]."""
    windows = [n for n in graph.nodes if type(n) is Apply and n.attrs and _has_stride(n.op)]
    if not windows:
        return
    inputs = {given.value for given in graph.inputs}
    made = {r: n for n in graph.nodes for r in n.results}
    told = set[Value]()
    for node in windows:
        given = _seen(node.operands[0], made)
        if given not in inputs or given in told or not _are_last(given.type.shape):
            continue
        told.add(given)
        _, channels, height, width = given.type.shape
        shown = f"{channels} channels of {height} x {width}"
        message = f"images are [N, C, H, W], so those of `{given.name}` have {shown}"
        helps = (f"channels that stand last: `transpose({given.name}, [0, 3, 1, 2])`",)
        yield node.shown(Diagnostic("W917", message, node.span, helps=helps))


def kernels_last(graph: Graph) -> Iterator[Diagnostic]:
    """W917 for a parameter `[3, 3, 3, 16]`, which fits as [O, C, h, w] by chance."""
    windows = [n for n in graph.nodes if n.name == "conv2d_output" and type(n) is Apply]
    windows = [n for n in windows if n.attr("groups") == 1]
    if not windows:
        return
    learned = {p.value: p for p in graph.params}
    made = {r: n for n in graph.nodes for r in n.results}
    told = set[Value]()
    for node in windows:
        images, weights = node.operands[0], _seen(node.operands[1], made)
        param = learned.get(weights)
        if param is None or weights in told or param.calling is not None:
            continue
        if not _are_windows_first(weights.type.shape, images.type.shape[1]):
            continue
        told.add(weights)
        kernels, _, height, width = weights.type.shape
        shown = f"{plural(kernels, 'kernel')} of {height} x {width}"
        message = f"weights are [O, C, h, w], so `{param.name}` holds {shown}"
        helps = (f"where channels stand last: `transpose({param.name}, [3, 2, 0, 1])`",)
        yield node.shown(Diagnostic("W917", message, node.span, helps=helps))


@cache
def _has_stride(op: Operation) -> bool:
    return any([f.name == "stride" for f in op.attributes])


def _are_windows_first(shape: tuple[Size, ...], channels: Size) -> bool:
    """Whether weights look like [h, w, C, O]: a square window, the channels of the images, more."""
    high, wide, taken, made = shape
    if not isinstance(high, int) or not isinstance(made, int):
        return False
    return 1 < high <= _WINDOW and high == wide and taken == channels and made > high


def _seen(value: Value, made: Makers) -> Value:
    """The value that another one is made of element by element."""
    while (node := made.get(value)) is not None and node.traits.elementwise:
        alike = [v for v in node.operands if v.type.shape == value.type.shape]
        if len(alike) != 1:
            break
        (value,) = alike
    return value


def _are_last(shape: tuple[Size, ...]) -> bool:
    if len(shape) != 4 or shape[3] not in _FEW:
        return False
    _, first, second, last = shape
    if any(isinstance(size, int) and size < _SMALL for size in (first, second)):
        return False
    return last == 3 or first == second
