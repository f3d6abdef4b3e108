"""Windows that slide over the last axes: convolutions and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Poly, Size, floor_divide, minimum, product
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.operations.movement import added, padded
from gradc.targets.onnx.writer import Unwritten, Writer

_Shape = Sequence[Size]


def _sliding_window(w: Writer, node: Apply, x: Tensor) -> Tensor:
    shape, size = node.operands[0].type.shape, node.attr("size")
    count = len(size)
    first = len(shape) - count
    outs = node.result.type.shape[first : first + count]
    for n in range(count):
        # [.., out, size, ..]: each gather adds an axis, so the next one stands further behind.
        x = w.op("Gather", x, _places(w, node, n, outs[n]), axis=first + 2 * n)
    order = [*range(first), *(first + 2 * n for n in range(count))]
    return w.transposed(x, [*order, *(first + 2 * n + 1 for n in range(count))])


def _places(w: Writer, node: Apply, n: int, out: Size) -> Tensor:
    """Where the elements of windows stand along the n-th axis that they slide over."""
    stride, dilation = node.attr("stride")[n], node.attr("dilation")[n]
    begin = w.op("Mul", w.counted(0, out), w.number(stride, "i64"))
    within = w.op("Mul", w.counted(0, node.attr("size")[n]), w.number(dilation, "i64"))
    return w.op("Add", w.unsqueezed(begin, [1]), w.unsqueezed(within, [0]))


def _sliding_window_adjoint(w: Writer, node: Apply, x: Tensor) -> Tensor:
    shape, size = node.result.type.shape, node.attr("size")
    count = len(size)
    first = len(shape) - count
    outs = node.operands[0].type.shape[first : first + count]
    pairs = [a for n in range(count) for a in (first + n, first + count + n)]
    x = w.transposed(x, [*range(first), *pairs])
    for n in range(count):
        # What stands in windows of an axis goes back to that axis.
        done = [*shape[: first + n]]
        left = [s for m in range(n + 1, count) for s in (outs[m], size[m])]
        flat = w.reshaped(x, [*done, outs[n] * size[n], *left])
        at = w.reshaped(_places(w, node, n, outs[n]), (outs[n] * size[n],))
        x = added(w, flat, at, [*done, shape[first + n], *left], first + n)
    return x


# --- convolutions ---


def _conv2d_output(w: Writer, node: Apply, x: Tensor, kernel: Tensor) -> Tensor:
    x, kernel = _of_one_type(w, node, x, kernel)
    return w.op("Conv", x, kernel, **_told(node, node.operands[1].type.shape[2:]))


def _conv2d_input(w: Writer, node: Apply, dy: Tensor, kernel: Tensor) -> Tensor:
    """The transposed convolution; what the last windows do not reach is beyond its end."""
    dy, kernel = _of_one_type(w, node, dy, kernel)
    told = _told(node, node.operands[1].type.shape[2:])
    reached = _reached(node, node.operands[0].type.shape[2:], node.operands[1].type.shape[2:])
    wanted = [
        size + before + after
        for size, (before, after) in zip(
            node.result.type.shape[2:], node.attr("padding"), strict=True
        )
    ]
    # Without padding, which may be more than what windows reach: it is taken off below.
    y = w.op("ConvTranspose", dy, kernel, **{**told, "pads": [0, 0, 0, 0]})
    missing = [have - got for have, got in zip(wanted, reached, strict=True)]
    y = padded(w, y, [(0, 0), (0, 0), *((0, m) for m in missing)])
    return _cropped(w, y, node.result.type.shape[2:], node.attr("padding"))


def _reached(node: Apply, outs: _Shape, kernel: _Shape) -> list[Size]:
    """How far the windows of a convolution reach."""
    steps = zip(outs, kernel, node.attr("stride"), node.attr("dilation"), strict=True)
    return [(out - 1) * step + (k - 1) * gap + 1 for out, k, step, gap in steps]


def _cropped(w: Writer, x: Tensor, shape: _Shape, padding: Any) -> Tensor:
    """The last two axes without their margins."""
    for axis, (size, pads) in enumerate(zip(shape, padding, strict=True), 2):
        if any(pads):
            x = w.sliced(x, axis, pads[0], size + pads[0])
    return x


def _conv2d_weight(w: Writer, node: Apply, dy: Tensor, x: Tensor) -> Tensor:
    """A convolution of the images with the cotangents, in which they change places with channels,
    and strides with dilations.
    """
    dy, x = _of_one_type(w, node, dy, x)
    shape, (count, *_) = node.result.type.shape, node.operands[1].type.shape
    groups, each = node.attr("groups"), shape[1]
    images = node.operands[1].type.shape[2:]
    x = padded(w, x, [(0, 0), (0, 0), *node.attr("padding")])
    if groups > 1:
        wide = [s + sum(p) for s, p in zip(images, node.attr("padding"), strict=True)]
        x = w.reshaped(x, (count, groups, each, *wide))
        x = w.reshaped(w.transposed(x, [2, 1, 0, 3, 4]), (each, groups * count, *wide))
    else:
        x = w.transposed(x, [1, 0, 2, 3])
    kernel = w.transposed(dy, [1, 0, 2, 3])
    found = w.op(
        "Conv", x, kernel, strides=list(node.attr("dilation")), dilations=list(node.attr("stride")),
        group=groups,
    )  # fmt: skip
    # Beyond the last window there may be room for more.
    for axis, size in enumerate(shape[2:], 2):
        found = w.sliced(found, axis, 0, size)
    return w.transposed(found, [1, 0, 2, 3])


def _of_one_type(w: Writer, node: Apply, *given: Tensor) -> list[Tensor]:
    return [w.cast(x, _floating(node)) for x in given]


def _floating(node: Apply) -> str:
    """The element type of the result. ONNX has windows for floats alone."""
    kind = node.result.type
    if not kind.is_float:
        raise Unwritten(f"of {kind.dtype}")
    return kind.dtype


def _told(node: Apply, kernel: _Shape) -> dict[str, Any]:
    """The attributes of a convolution."""
    (top, bottom), (left, right) = node.attr("padding")
    told: dict[str, Any] = {
        "strides": list(node.attr("stride")),
        "dilations": list(node.attr("dilation")),
        "pads": [top, left, bottom, right],
        "group": node.attr("groups"),
    }
    if not any(isinstance(k, Poly) for k in kernel):
        told["kernel_shape"] = list(kernel)
    return told


def _convolve(w: Writer, node: Apply, a: Tensor, b: Tensor) -> Tensor:
    """All places where they meet, of which those that are asked for are cut out."""
    (first,), (second,) = (v.type.shape for v in node.operands)
    a, b = _of_one_type(w, node, a, b)
    turned = w.op("Slice", b, w.ints([-1]), w.ints([-(2**62)]), w.ints([0]), w.ints([-1]))
    y = _along_line(w, padded(w, a, [(second - 1, second - 1)]), turned)
    less = minimum(first, second) - 1
    begin: Size = {"full": 0, "same": floor_divide(less, 2), "valid": less}[node.attr("mode")]
    (count,) = node.result.type.shape
    return y if begin == 0 and count == first + second - 1 else w.sliced(y, 0, begin, begin + count)


def _correlate(w: Writer, node: Apply, a: Tensor, b: Tensor) -> Tensor:
    return _along_line(w, *_of_one_type(w, node, a, b))


def _along_line(w: Writer, x: Tensor, kernel: Tensor) -> Tensor:
    """`Conv` of two vectors."""
    found = w.op("Conv", w.unsqueezed(x, [0, 1]), w.unsqueezed(kernel, [0, 1]))
    return w.squeezed(found, [0, 1])


# --- pooling ---


def _max_pool2d(w: Writer, node: Apply, x: Tensor) -> Tensor:
    _floating(node)
    (top, bottom), (left, right) = node.attr("padding")
    sizes, shape = node.attr("size"), node.operands[0].type.shape
    # Runtimes take no padding that is as wide as a window, which dilations allow.
    fits = max(top, bottom) < sizes[0] and max(left, right) < sizes[1]
    if len(shape) == 4 and fits:
        return _pooled(w, node, x, 1, pads=[top, left, bottom, right])[0]
    images, _ = _as_images(w, node, x, shape)
    return w.reshaped(_pooled(w, node, images, 1)[0], node.result.type.shape)


def _max_pool2d_adjoint(w: Writer, node: Apply, x: Tensor, at: Tensor, most: Tensor) -> Tensor:
    """The cotangents added where `MaxPool` says that it found the largest."""
    shape = node.result.type.shape
    images, wide = _as_images(w, node, at, shape)
    count = product(wide)
    _, where = _pooled(w, node, images)
    many = product(node.operands[0].type.shape)
    places = w.reshaped(where, (many,))
    zeros = w.filled(0, (count,), x.dtype)
    flat = w.reshaped(x, (many,))
    found = w.op("ScatterElements", zeros, places, flat, axis=0, reduction="add")
    return _without_margins(w, node, w.reshaped(found, wide), shape)


def _max_pool2d_pick(w: Writer, node: Apply, x: Tensor, at: Tensor, most: Tensor) -> Tensor:
    """The elements where `MaxPool` says that it found the largest of others."""
    shape = node.operands[1].type.shape
    images, wide = _as_images(w, node, at, shape)
    others, _ = _as_images(w, node, x, shape)
    _, where = _pooled(w, node, images)
    many = product(node.result.type.shape)
    flat = w.reshaped(others, (product(wide),))
    found = w.op("Gather", flat, w.reshaped(where, (many,)), axis=0)
    return w.reshaped(found, node.result.type.shape)


def _as_images(w: Writer, node: Apply, x: Tensor, shape: _Shape) -> tuple[Tensor, _Shape]:
    """Images with one channel, around which there is a margin of what is least; their shape."""
    wide = [s + sum(p) for s, p in zip(shape[-2:], node.attr("padding"), strict=True)]
    images = w.reshaped(x, (product(shape[:-2]), 1, *shape[-2:]))
    margins = [(0, 0), (0, 0), *node.attr("padding")]
    return padded(w, images, margins, float("-inf")), (product(shape[:-2]), 1, *wide)


def _without_margins(w: Writer, node: Apply, x: Tensor, shape: _Shape) -> Tensor:
    return w.reshaped(_cropped(w, x, shape[-2:], node.attr("padding")), shape)


def _pooled(w: Writer, node: Apply, images: Tensor, wanted: int = 2, **told: Any) -> list[Tensor]:
    """The largest of each window, and where it stands in the flat array."""
    size = node.attr("size")
    return w.ops(
        "MaxPool", [images], [images.dtype, "i64"][:wanted], kernel_shape=list(size),
        strides=list(node.attr("stride") or size), dilations=list(node.attr("dilation")), **told,
    )  # fmt: skip


RULES: dict[str, Any] = {
    "sliding_window": _sliding_window,
    "sliding_window_adjoint": _sliding_window_adjoint,
    "conv2d_output": _conv2d_output,
    "conv2d_input": _conv2d_input,
    "conv2d_weight": _conv2d_weight,
    "convolve": _convolve,
    "correlate": _correlate,
    "max_pool2d": _max_pool2d,
    "max_pool2d_adjoint": _max_pool2d_adjoint,
    "max_pool2d_pick": _max_pool2d_pick,
}
