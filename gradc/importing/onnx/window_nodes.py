"""ONNX operators whose windows slide over the axes behind the channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Bound
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import cut, moved_axis, padded, product
from gradc.records import dataclass

Pairs = list[tuple[int, int]]


@dataclass(slots=True)
class Windows:
    """The windows of a node: for each axis behind the channels its size, stride and so on."""

    size: list[int]
    stride: list[int]
    dilation: list[int]
    pads: Pairs

    @property
    def spans(self) -> list[int]:
        """How far windows reach."""
        return [d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True)]


def windows_of(n: Node, x: Tensor, size: Sequence[Any]) -> Windows:
    """The windows that a node's attributes say, with `auto_pad` worked out."""
    if not all(isinstance(k, int) for k in size):
        raise n.refuse_free("by windows whose size is free", *size)
    count = len(size)
    stride = [int(s) for s in n.attr("strides") or [1] * count]
    dilation = [int(d) for d in n.attr("dilations") or [1] * count]
    found = Windows([int(k) for k in size], stride, dilation, [])
    mode = n.attr("auto_pad", "NOTSET")
    if mode.startswith("SAME"):
        found.pads = [
            _same(n, s, span, step, mode)
            for s, span, step in zip(x.shape[2:], found.spans, stride, strict=True)
        ]
    elif mode == "VALID":
        found.pads = [(0, 0)] * count
    else:
        pads = [int(p) for p in n.attr("pads") or [0] * 2 * count]
        found.pads = [(pads[i], pads[count + i]) for i in range(count)]
    return found


def _same(n: Node, size: Any, span: int, step: int, mode: str) -> tuple[int, int]:
    """The padding with which windows are as many as the size over the stride, rounded up."""
    if isinstance(size, int):
        total = max((-(-size // step) - 1) * step + span - size, 0)
    elif step == 1:
        total = span - 1
    else:
        message = "with auto_pad and a stride, over a size that is free"
        raise n.refuse_free(message, size)
    less, more = total // 2, total - total // 2
    return (less, more) if mode == "SAME_UPPER" else (more, less)


def alike(values: Sequence[Any]) -> Operand:
    """One number for equal ones, else a list."""
    return values[0] if all(v == values[0] for v in values) else tuple(values)


def pads_told(pads: Pairs) -> Operand:
    """Padding as short as it can be told: a number, one for each axis, or pairs."""
    if all(lo == hi for lo, hi in pads):
        return alike([lo for lo, _ in pads])
    return pads[0] if len(pads) == 1 else tuple(pads)


def told(n: Node, windows: Windows, *, pool: bool = False) -> dict[str, Operand]:
    """The attributes of one of gradc's operations, where they say something."""
    attrs: dict[str, Operand] = {}
    if windows.stride != ([*windows.size] if pool else [1] * len(windows.size)):
        attrs["stride"] = alike(windows.stride)
    if any(map(any, windows.pads)):
        attrs["padding"] = pads_told(windows.pads)
    if any(d != 1 for d in windows.dilation):
        attrs["dilation"] = alike(windows.dilation)
    return attrs


def axes_of(n: Node, x: Tensor) -> int:
    axes = x.rank - 2
    if not 1 <= axes <= 3:
        raise n.refuse(f"over {axes} axes")
    return axes


@says("MaxPool")
def max_pool(n: Node) -> Bound:
    x = n.tensor(0)
    axes = axes_of(n, x)
    windows = windows_of(n, x, n.attr("kernel_shape"))
    if n.wants(1):
        return _pool_with_places(n, x, windows)
    return n.apply(f"max_pool{axes}d", x, alike(windows.size), **_pooling(n, x, windows))


def _pooling(n: Node, x: Tensor, windows: Windows) -> dict[str, Operand]:
    attrs = told(n, windows, pool=True)
    if n.attr("ceil_mode", 0):
        attrs["ceil_mode"] = True
    return attrs


def _pool_with_places(n: Node, x: Tensor, windows: Windows) -> tuple[Tensor, Tensor]:
    """The largest elements, and where they are in the flat array."""
    if x.rank > 4 or n.attr("ceil_mode", 0) or not all(isinstance(s, int) for s in x.shape):
        raise n.refuse("whose places are read")
    places = n.apply("reshape", n.apply("arange", product(x.shape)), x.shape)
    if n.attr("storage_order", 0):
        if x.rank != 4:
            raise n.refuse("whose places are read, by columns")
        b, c, h, w = x.shape
        by_columns = n.apply("reshape", n.apply("arange", product(x.shape)), (b, c, w, h))
        places = n.apply("swapaxes", by_columns, -2, -1)
    low = n.apply("astype", float("-inf"), x.dtype) if x.dtype.startswith("f") else None
    if low is None and any(map(any, windows.pads)):
        raise n.refuse("of integers, whose places are read")
    seen = _seen(n, x, windows, float("-inf"))
    there = _seen(n, places, windows, 0)
    at = n.apply("argmax", seen, axis=-1, keepdims=True)
    found = [n.apply("take_along_axis", v, at, axis=-1) for v in (seen, there)]
    return tuple(n.index(v, "...", 0) for v in found)  # type: ignore[return-value]


def _seen(n: Node, x: Tensor, windows: Windows, value: float) -> Tensor:
    """What windows see, as one last axis."""
    before = [0, 0, *[lo for lo, _ in windows.pads]]
    after = [0, 0, *[hi for _, hi in windows.pads]]
    wide = padded(n, x, before, after, value=value)
    if len(windows.size) == 1:
        return _slid(n, wide, windows)
    flat = Windows(windows.size[-2:], windows.stride[-2:], windows.dilation[-2:], [])
    seen = _slid(n, wide, flat)
    if len(windows.size) == 3:
        deep = Windows(windows.size[:1], windows.stride[:1], windows.dilation[:1], [])
        seen = _slid(n, moved_axis(n, seen, 2, seen.rank - 1), deep)  # [b, c, h, w, kh, kw, d, kd]
        seen = n.apply("transpose", seen, axes=(0, 1, 6, 2, 3, 4, 5, 7))
    axes = len(windows.size)
    return n.apply("reshape", seen, (*seen.shape[:-axes], product(seen.shape[-axes:])))


def _slid(n: Node, x: Tensor, windows: Windows) -> Tensor:
    return n.apply("sliding_window", x, alike_sizes(windows.size), **told(n, windows))


def alike_sizes(size: list[int]) -> Operand:
    """The size of windows; as many numbers as there are axes that they slide over."""
    return size[0] if len(size) == 1 else tuple(size)


@says("AveragePool")
def average_pool(n: Node) -> Bound:
    x = n.tensor(0)
    axes = axes_of(n, x)
    windows = windows_of(n, x, n.attr("kernel_shape"))
    counted = bool(n.attr("count_include_pad", 0))
    if any(d != 1 for d in windows.dilation):
        return _dilated_average(n, x, windows, counted)
    attrs = _pooling(n, x, windows)
    if ("padding" in attrs or "ceil_mode" in attrs) and not counted:
        attrs["count_include_pad"] = False
    return n.apply(f"avg_pool{axes}d", x, alike(windows.size), **attrs)


def _dilated_average(n: Node, x: Tensor, windows: Windows, counted: bool) -> Tensor:
    told_of = windows.pads
    windows.pads = _reaching(n, x, windows)
    seen = _seen(n, x, windows, 0)
    if not any(map(any, windows.pads)) or (counted and windows.pads == told_of):
        return n.apply("mean", seen, axis=-1)
    ones = n.apply("ones", x.shape, dtype=x.dtype)
    if counted:  # what lies beyond the padding does not count
        before, after = ([0, 0, *[p[k] for p in told_of]] for k in (0, 1))
        ones = padded(n, ones, before, after, value=1)
        beyond = [(0, hi - h) for (_, hi), (_, h) in zip(windows.pads, told_of, strict=True)]
        windows = Windows(windows.size, windows.stride, windows.dilation, beyond)
    counts = n.apply("sum", _seen(n, ones, windows, 0), axis=-1)
    return n.apply("divide", n.apply("sum", seen, axis=-1), counts)


def _reaching(n: Node, x: Tensor, windows: Windows) -> Pairs:
    """The padding with which the last windows, in ceil mode, are whole."""
    if not n.attr("ceil_mode", 0):
        return windows.pads
    each = zip(x.shape[2:], windows.pads, windows.spans, windows.stride, strict=True)
    return [(lo, hi + _over(n, s, lo, hi, span, step)) for s, (lo, hi), span, step in each]


def _over(n: Node, size: Any, lo: int, hi: int, span: int, step: int) -> int:
    """How far a last window reaches over the end."""
    if not isinstance(size, int):
        raise n.refuse_free("in ceil mode, over a size that is free", size)
    rest = (size + lo + hi - span) % step
    last = size + lo + hi - span - rest + step
    return step - rest if rest and last < size + lo else 0


@says("LpPool")
def lp_pool(n: Node) -> Bound:
    x = n.tensor(0)
    windows = windows_of(n, x, n.attr("kernel_shape"))
    windows.pads = _reaching(n, x, windows)
    p = int(n.attr("p", 2))
    attrs: dict[str, Operand] = {} if p == 2 else {"ord": p}
    return n.apply("norm", _seen(n, x, windows, 0), **attrs, axis=-1)


@says("Col2Im")
def col2im(n: Node) -> Bound:
    x, image, block = n.tensor(0), n.ints(1), n.ints(2)
    if len(block) > 2:
        raise n.refuse("over 3 axes")
    windows = windows_of(n, x, block)
    wide = [s + lo + hi for s, (lo, hi) in zip(image, windows.pads, strict=True)]
    outs = [
        (s - span) // step + 1
        for s, span, step in zip(wide, windows.spans, windows.stride, strict=True)
    ]
    b, c = x.shape[0], x.shape[1] // product(tuple(block))
    split = n.apply("reshape", x, (b, c, *block, *outs))
    k = len(block)
    order = (0, 1, *range(2 + k, 2 + 2 * k), *range(2, 2 + k))
    attrs = {key: v for key, v in told(n, windows).items() if key != "padding"}
    size = alike_sizes(block)
    turned = n.apply("transpose", split, axes=order)
    y = n.apply("sliding_window_adjoint", turned, (b, c, *wide), size, **attrs)
    entries: list[Operand] = [slice(None), slice(None)]
    entries += [slice(lo or None, -hi or None) for lo, hi in windows.pads]
    return cut(n, y, entries)


@says("MaxUnpool")
def max_unpool(n: Node) -> Bound:
    x, places = n.tensor(0), n.tensor(1)
    size = [int(k) for k in n.attr("kernel_shape")]
    windows = windows_of(n, x, size)
    # The places are those in the flat array of which these are the largest elements.
    each = zip(x.shape[2:], windows.stride, size, windows.pads, strict=True)
    own = tuple((s - 1) * step - lo - hi + k for s, step, k, (lo, hi) in each)
    shape = (*x.shape[:2], *own)
    flat = n.apply(
        "scatter_add",
        n.apply("reshape", x, (-1,)),
        n.apply("reshape", places, (-1,)),
        (product(shape),),
    )
    y = n.apply("reshape", flat, shape)
    if not n.has(2):
        return y
    beyond = [w - s for w, s in zip(n.ints(2), shape, strict=True)]
    if not all(isinstance(b, int) for b in beyond):
        raise n.refuse_free("of a size that is free", *beyond)
    return padded(n, y, [0] * y.rank, [int(b) for b in beyond])  # type: ignore[arg-type]
