"""ONNX operators that move elements: shapes, axes, parts, margins."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import helper, numpy_helper

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.making import MAX_FOLDED
from gradc.importing.onnx.bound import Bound, Known, Sizes
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import (
    cut,
    padded,
    part,
    product,
    rebatched,
    reshaped,
    spread,
    transposed,
    without_ones,
)
from gradc.ir.sizes import Poly


@says("Reshape")
def reshape(n: Node) -> Bound:
    x = n.tensor(0)
    wanted = list(n.sizes(1)) if n.has(1) else list(n.attr("shape"))
    if not n.attr("allowzero", 0):
        wanted = [x.shape[i] if w == 0 else w for i, w in enumerate(wanted)]
    return reshaped(n, x, rebatched(n, x, wanted))


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
            raise n.refuse_free("by a step that is a free size", axis, step)
        entries[axis] = part(x.shape[axis], start, end, step)
    return cut(n, x, entries)


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


@says("CenterCropPad")
def center_crop_pad(n: Node) -> Bound:
    x = n.tensor(0)
    axes = [a % x.rank for a in n.attr("axes") or range(x.rank)]
    before, after = [0] * x.rank, [0] * x.rank
    for axis, wanted in zip(axes, n.ints(1), strict=True):
        size = x.shape[axis]
        if not isinstance(size, int):
            raise n.refuse_free("of an axis that is free", size)
        more = wanted - size
        before[axis] = more // 2 if more > 0 else -(-more // 2)
        after[axis] = more - before[axis]
    return padded(n, x, before, after)


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
        raise n.refuse_free("along an axis that is free", count)
    n.hold_small(count * len(lengths))
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
        first, last, each = bounds
        n.hold_small(max(0.0, float(last) - float(first)) / (abs(float(each)) or 1.0))
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
    if all(isinstance(s, int) for s in shape) and product(shape) <= MAX_FOLDED:
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
