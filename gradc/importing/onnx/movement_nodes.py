"""ONNX operators that move elements: shapes, axes, parts, margins."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from gradc.importing.foreign import Operand, Step, Tensor
from gradc.importing.onnx.bound import Bound, Known, Sizes
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.operators import says
from gradc.ir.sizes import Poly, divides, floor_divide


def product(sizes: Sizes) -> Any:
    """How many elements such sizes have."""
    total: Any = 1
    for size in sizes:
        total = total * size
    return total


@says("Reshape")
def reshape(n: Node) -> Bound:
    x = n.tensor(0)
    wanted = list(n.sizes(1)) if n.has(1) else list(n.attr("shape"))
    if not n.attr("allowzero", 0):
        wanted = [x.shape[i] if w == 0 else w for i, w in enumerate(wanted)]
    return reshaped(n, x, _rebatched(n, x, wanted))


def _rebatched(n: Node, x: Tensor, wanted: list[Any]) -> list[Any]:
    """A shape that counts a batch of 1, with the batch in its place."""
    total, free = product(x.shape), n.batch
    if free is None or product(tuple(wanted)) == total or free not in x.shape:
        return wanted
    if -1 in wanted:
        there = wanted[0] == 1 and x.shape[0] == free
        return [free, *wanted[1:]] if there else wanted
    for place, size in enumerate(wanted):
        tried = [*wanted[:place], free * size, *wanted[place + 1 :]]
        if isinstance(size, int) and product(tuple(tried)) == total:
            return tried
    return wanted


def reshaped(n: Node, x: Tensor, wanted: list[Any]) -> Tensor:
    """`x` in another shape; a size that is left open is told where that is possible."""
    if tuple(wanted) == x.shape:
        return x
    if -1 in wanted:
        rest, whole = product(tuple(w for w in wanted if w != -1)), product(x.shape)
        if rest != 0 and divides(rest, whole):
            wanted = [floor_divide(whole, rest) if w == -1 else w for w in wanted]
    while x.maker and x.maker.op in ("reshape", "expand_dims", "squeeze"):
        source = x.maker.operands[0]  # what was reshaped on the way was for nothing
        assert isinstance(source, Tensor)
        x = source
    if tuple(wanted) == x.shape:
        return x
    if x.maker and (other := without_ones(n, x, tuple(wanted)) or _kept(n, x, tuple(wanted))):
        return other
    return n.apply("reshape", x, tuple(wanted))


_KEEPING = ("mean", "max", "min", "sum", "norm", "logsumexp", "prod", "var")


def without_ones(n: Node, x: Tensor, wanted: Sizes) -> Tensor | None:
    """A reduction that keeps its axes, of this shape without them; None where `x` is no such."""
    step = x.maker
    if step and step.op == "index":
        return _picked(n, step, wanted)
    if step is None or step.op == "expand_dims":
        source = step.operands[0] if step else None
        return source if isinstance(source, Tensor) and source.shape == wanted else None
    if step.op not in _KEEPING or not step.attrs.get("keepdims"):
        return None
    axes = step.attrs.get("axis")
    gone = axes if isinstance(axes, tuple) else (axes,)
    if tuple(s for i, s in enumerate(x.shape) if i not in gone) != wanted:
        return None
    attrs = {k: v for k, v in step.attrs.items() if k != "keepdims"}
    return n.apply(step.op, *step.operands, **attrs)


def _kept(n: Node, x: Tensor, wanted: Sizes) -> Tensor | None:
    """A reduction of the shape that it has with its axes kept; None where `x` is no such."""
    step = x.maker
    if step is None or step.op not in _KEEPING or step.attrs.get("keepdims"):
        return None
    source, axes = step.operands[0], step.attrs.get("axis")
    gone = axes if isinstance(axes, tuple) else (axes,)
    if not isinstance(source, Tensor):
        return None
    kept = tuple(1 if i in gone else s for i, s in enumerate(source.shape))
    return n.apply(step.op, *step.operands, **step.attrs, keepdims=True) if kept == wanted else None


def _picked(n: Node, step: Step, wanted: Sizes) -> Tensor | None:
    """A part of one element along an axis, as that element."""
    (source, entries) = step.operands[0], step.attrs["entries"]
    if not isinstance(source, Tensor) or not isinstance(entries, tuple) or "..." in entries:
        return None
    for axis, entry in enumerate(entries):
        size = source.shape[axis]
        if not isinstance(entry, slice) or not isinstance(size, int):
            return None
        start, stop, _ = entry.indices(size)
        if stop - start == 1 and step.result.shape[:axis] + step.result.shape[axis + 1 :] == wanted:
            return cut(n, source, [*entries[:axis], start, *entries[axis + 1 :]])
    return None


@says("Flatten")
def flatten(n: Node) -> Bound:
    x, axis = n.tensor(0), int(n.attr("axis", 1))
    axis = axis + x.rank if axis < 0 else axis
    if axis == 1 and x.rank == 2:
        return x
    return reshaped(n, x, [product(x.shape[:axis]), product(x.shape[axis:])])


@says("Transpose")
def transpose(n: Node) -> Bound:
    x = n.tensor(0)
    axes = tuple(n.attr("perm") or range(x.rank)[::-1])
    return transposed(n, x, axes)


def transposed(n: Node, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The axes in another order, said as a reader would."""
    if axes == tuple(range(x.rank)):
        return x
    moved = [i for i, a in enumerate(axes) if a != i]
    if len(moved) == 2 and x.rank > 2:
        return n.apply(
            "swapaxes",
            x,
            *(m - x.rank if m >= x.rank - 2 and moved[0] >= x.rank - 2 else m for m in moved),
        )
    return n.apply("transpose", x, axes=axes)


def moved_axis(n: Node, x: Tensor, source: int, destination: int) -> Tensor:
    """One axis at another place."""
    axes = [a for a in range(x.rank) if a != source]
    axes.insert(destination, source)
    return transposed(n, x, tuple(axes))


@says("Squeeze")
def squeeze(n: Node) -> Bound:
    x = n.tensor(0)
    axes = n.given_ints("axes", 1)
    if axes is None:
        axes = [i for i, s in enumerate(x.shape) if s == 1]
    if not axes:
        return x
    gone = [a % x.rank for a in axes]
    left = tuple(s for i, s in enumerate(x.shape) if i not in gone)
    if shorter := without_ones(n, x, left):
        return shorter
    return n.apply("squeeze", x, axis=tuple(axes) if len(axes) > 1 else axes[0])


@says("Unsqueeze")
def unsqueeze(n: Node) -> Bound:
    x, axes = n.tensor(0), n.given_ints("axes", 1) or []
    if not axes:
        return x
    return n.apply("expand_dims", x, axis=tuple(axes) if len(axes) > 1 else axes[0])


@says("Expand")
def expand(n: Node) -> Bound:
    x, wanted = n.tensor(0), n.sizes(1)
    return spread(n, x, wanted)


def spread(n: Node, x: Tensor, wanted: Sizes) -> Tensor:
    """`x` broadcast against sizes: 1 gives way on either side."""
    rank = max(x.rank, len(wanted))
    own: Sizes = (1,) * (rank - x.rank) + x.shape
    other: Sizes = (1,) * (rank - len(wanted)) + wanted
    sizes = tuple(o if w == 1 else w for o, w in zip(own, other, strict=True))
    return x if sizes == x.shape else n.apply("broadcast_to", x, sizes)


@says("Tile")
def tile(n: Node) -> Bound:
    reps = n.sizes(1)
    x = n.tensor(0)
    return x if all(r == 1 for r in reps) else n.apply("tile", x, reps)


@says("Concat")
def concat(n: Node) -> Bound:
    parts = n.tensors()
    if len(parts) == 1:
        return parts[0]
    parts = [p for p in parts if p.shape[n.axis(0)] != 0] or parts[:1]
    return parts[0] if len(parts) == 1 else n.apply("concatenate", tuple(parts), axis=n.axis(0))


@says("Split")
def split(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0)
    sizes = n.sizes(1) if n.has(1) else tuple(n.attr("split") or ())
    count = len(n.outputs)
    if not sizes:
        size = x.shape[axis]
        if not isinstance(size, int) or size % count == 0:
            return n.apply_all("split", x, count, axis=axis) if count > 1 else x
        each = -(-size // int(n.attr("num_outputs", count)))
        sizes = tuple(min(each, size - i * each) for i in range(count))
    if len(sizes) == 1:
        return x
    if len(set(sizes)) == 1:
        return n.apply_all("split", x, len(sizes), axis=axis)
    places: list[Any] = []
    for size in sizes[:-1]:
        places.append((places[-1] if places else 0) + size)
    return n.apply_all("split", x, tuple(places), axis=axis)


# --- parts ---

_ENDLESS = 10**9
"""What exporters write for an end that is none is at least that."""


@says("Slice")
def slice_(n: Node) -> Bound:
    x = n.tensor(0)
    starts = n.sizes(1) if n.has(1) else tuple(n.attr("starts"))
    ends = n.sizes(2) if n.has(2) else tuple(n.attr("ends"))
    axes = n.sizes(3) if n.has(3) else tuple(n.attr("axes") or range(len(starts)))
    steps = n.sizes(4) if n.has(4) else (1,) * len(starts)
    entries: list[Operand] = [slice(None)] * x.rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if not isinstance(axis, int) or not isinstance(step, int):
            raise n.refuse("by a step that is a free size")
        entries[axis] = part(x.shape[axis], start, end, step)
    return cut(n, x, entries)


def cut(n: Node, x: Tensor, entries: list[Operand]) -> Tensor:
    """The part that the entries name; all of it is `x` itself."""
    if all(e == slice(None) for e in entries):
        return x
    while len(entries) > 1 and entries[-1] == slice(None):
        entries.pop()
    if len(entries) > 2 and len(entries) == x.rank and all(e == slice(None) for e in entries[:-1]):
        entries = ["...", entries[-1]]
    return n.index(x, *entries)


def part(size: Any, start: Any, end: Any, step: int) -> slice:
    """A slice as NumPy has it, of an axis of this size: without bounds that bound nothing."""
    if isinstance(size, int) and isinstance(start, int) and isinstance(end, int):
        start, end, _ = slice(start, end, step).indices(size)
        if step > 0:
            last = None if end >= size else max(end, start)
            return slice(start or None, last, None if step == 1 else step)
        return slice(None if start >= size - 1 else start, None if end < 0 else end, step)
    if step < 0:
        first = None if isinstance(start, int) and (start == -1 or start >= _ENDLESS) else start
        return slice(first, None if isinstance(end, int) and end < -_ENDLESS else end, step)
    last = None if end == size or (isinstance(end, int) and end >= _ENDLESS) else end
    return slice(None if start == 0 else start, last, None if step == 1 else step)


@says("Pad")
def pad(n: Node) -> Bound:
    x = n.tensor(0)
    pads = n.ints(1) if n.has(1) else [int(p) for p in n.attr("pads", n.attr("paddings"))]
    axes = [a % x.rank for a in n.ints(3)] if n.has(3) else list(range(x.rank))
    half = len(axes)
    before, after = [0] * x.rank, [0] * x.rank
    for i, axis in enumerate(axes):
        before[axis], after[axis] = pads[i], pads[half + i]
    mode = n.attr("mode", "constant")
    value = n.number(2, "value", 0.0)
    return padded(n, x, before, after, mode, value)


def padded(
    n: Node, x: Tensor, before: list[int], after: list[int], mode: str = "constant", value: Any = 0
) -> Tensor:
    """`x` with margins; negative ones cut."""
    entries: list[Operand] = [
        part(s, max(-b, 0), s + min(a, 0), 1)
        for s, b, a in zip(x.shape, before, after, strict=True)
    ]
    x = cut(n, x, entries)
    margins = tuple((max(b, 0), max(a, 0)) for b, a in zip(before, after, strict=True))
    if not any(map(any, margins)):
        return x
    attrs: dict[str, Operand] = {} if mode == "constant" else {"mode": mode}
    if mode == "constant" and value:
        attrs["constant_values"] = value
    return n.apply("pad", x, margins, **attrs)


@says("CenterCropPad")
def center_crop_pad(n: Node) -> Bound:
    x = n.tensor(0)
    axes = [a % x.rank for a in n.attr("axes") or range(x.rank)]
    before, after = [0] * x.rank, [0] * x.rank
    for axis, wanted in zip(axes, n.ints(1), strict=True):
        size = x.shape[axis]
        if not isinstance(size, int):
            raise n.refuse("of an axis that is free")
        more = wanted - size
        before[axis] = more // 2 if more > 0 else -(-more // 2)
        after[axis] = more - before[axis]
    return padded(n, x, before, after)


# --- space and channels ---


@says("DepthToSpace")
def depth_to_space(n: Node) -> Bound:
    x, r = n.tensor(0), int(n.attr("blocksize"))
    if n.attr("mode", "DCR") == "CRD":
        return n.apply("pixel_shuffle", x, r)
    b, c, h, w = x.shape
    split = n.apply("reshape", x, (b, r, r, c // (r * r), h, w))
    order = n.apply("transpose", split, axes=(0, 3, 4, 1, 5, 2))
    return n.apply("reshape", order, (b, c // (r * r), h * r, w * r))


@says("SpaceToDepth")
def space_to_depth(n: Node) -> Bound:
    x, r = n.tensor(0), int(n.attr("blocksize"))
    b, c, h, w = x.shape
    split = n.apply("reshape", x, (b, c, h // r, r, w // r, r))
    by_channel = n.attr("mode", "DCR") == "CRD"
    order = n.apply(
        "transpose", split, axes=(0, 1, 3, 5, 2, 4) if by_channel else (0, 3, 5, 1, 2, 4)
    )
    return n.apply("reshape", order, (b, c * r * r, h // r, w // r))


@says("Trilu")
def trilu(n: Node) -> Bound:
    x = n.tensor(0)
    k = int(n.numbers(1).item()) if n.has(1) else 0
    attrs = {"k": k} if k else {}
    return n.apply("triu" if n.attr("upper", 1) else "tril", x, **attrs)


@says("ReverseSequence")
def reverse_sequence(n: Node) -> Bound:
    x, lengths = n.tensor(0), n.ints(1)
    batch, time = int(n.attr("batch_axis", 1)), int(n.attr("time_axis", 0))
    count = x.shape[time]
    if not isinstance(count, int):
        raise n.refuse("along an axis that is free")
    order = np.array([[*range(k)[::-1], *range(k, count)] for k in lengths])
    shape = [1] * x.rank
    shape[batch], shape[time] = len(lengths), count
    placed = (order if batch < time else order.T).reshape(shape)
    return n.apply(
        "take_along_axis", x, spread(n, n.as_tensor(Known(placed)), _but(x, time)), axis=time
    )


def _but(x: Tensor, axis: int) -> Sizes:
    return tuple(1 if i == axis else s for i, s in enumerate(x.shape))


@says("Range")
def arange(n: Node) -> Bound:
    bounds: list[Any] = [n.known(i).reshape(-1)[0] for i in range(3)]
    if not any(isinstance(b, Poly) for b in bounds):
        return Known(np.arange(*bounds, dtype=n.known(0).dtype))
    start, stop, step = (
        b if isinstance(b, Poly) else b.item() if hasattr(b, "item") else b for b in bounds
    )
    if step == 1:
        return n.apply("arange", stop) if start == 0 else n.apply("arange", start, stop)
    return n.apply("arange", start, stop, step)


@says("ConstantOfShape")
def constant_of_shape(n: Node) -> Bound:
    value = n.attr("value")
    data = numpy_helper.to_array(value).reshape(()) if value is not None else np.float32(0)
    shape = n.sizes(0)
    number = np.asarray(data).item()
    if all(isinstance(s, int) for s in shape):
        return Known(np.full(shape, data))
    return n.apply("full", shape, number, dtype=n.as_tensor(Known(np.asarray(data))).dtype)


@says("EyeLike")
def eye_like(n: Node) -> Bound:
    x, k = n.tensor(0), int(n.attr("k", 0))
    dtype = x.dtype
    if n.attr("dtype"):
        data = np.zeros((), helper.tensor_dtype_to_np_dtype(n.attr("dtype")))
        dtype = n.as_tensor(Known(data)).dtype
    attrs: dict[str, Operand] = {"k": k} if k else {}
    return n.apply("eye", *x.shape, **attrs, dtype=dtype)
