"""ONNX's convolutions, and the transposed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Bound
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import padded
from gradc.importing.onnx.window_nodes import Windows, alike, axes_of, told, windows_of


@says("Conv")
def conv(n: Node) -> Bound:
    x, w = n.tensor(0), n.tensor(1, "W")
    axes = axes_of(n, x)
    windows = windows_of(n, x, w.shape[2:])
    x, windows = _without_negative(n, x, windows)
    attrs = told(n, windows)
    if (groups := int(n.attr("group", 1))) != 1:
        attrs["groups"] = groups
    if n.has(2):
        attrs["bias"] = n.tensor(2, "b")
    return n.apply(f"conv{axes}d", x, w, **attrs)


def _without_negative(n: Node, x: Tensor, windows: Windows) -> tuple[Tensor, Windows]:
    """Negative padding cuts."""
    if all(p >= 0 for pair in windows.pads for p in pair):
        return x, windows
    before = [0, 0, *[min(lo, 0) for lo, _ in windows.pads]]
    after = [0, 0, *[min(hi, 0) for _, hi in windows.pads]]
    pads = [(max(lo, 0), max(hi, 0)) for lo, hi in windows.pads]
    return padded(n, x, before, after), Windows(
        windows.size, windows.stride, windows.dilation, pads
    )


@says("ConvTranspose")
def conv_transpose(n: Node) -> Bound:
    x, w = n.tensor(0), n.tensor(1, "W")
    axes = axes_of(n, x)
    size = w.shape[2:]
    windows = _transposed_windows(n, x, size)
    extra = [int(e) for e in n.attr("output_padding") or [0] * axes]
    for i, (lo, hi) in enumerate(windows.pads):
        # What is less than no padding is more beyond the end.
        extra[i] += max(-hi, 0)
        windows.pads[i] = (lo, max(hi, 0))
        if lo < 0:
            raise n.refuse("with negative padding")
    if axes == 3:
        return _transposed_3d(n, x, w, windows, extra)
    beyond = [0] * axes
    for i, more in enumerate(extra):
        most = max(windows.stride[i], windows.dilation[i]) - 1
        beyond[i], extra[i] = max(more - most, 0), min(more, most)
    attrs = told(n, windows)
    if any(extra):
        attrs["output_padding"] = alike(extra)
    if (groups := int(n.attr("group", 1))) != 1:
        attrs["groups"] = groups
    if n.has(2):
        if any(beyond):
            raise n.refuse("whose bias reaches beyond its windows")
        attrs["bias"] = n.tensor(2, "b")
    y = n.apply(f"conv_transpose{axes}d", x, w, **attrs)
    return padded(n, y, [0] * y.rank, [0, 0, *beyond])


def _transposed_3d(n: Node, x: Tensor, w: Tensor, windows: Windows, extra: list[int]) -> Tensor:
    """The convolution that it is, of the elements with zeros between them."""
    b, c, *sizes = x.shape
    between = n.apply("reshape", x, (b, c, *[k for s in sizes for k in (s, 1)]))
    zeros = [k for step in windows.stride for k in (0, step - 1)]
    stuffed = padded(n, between, [0] * 8, [0, 0, *zeros])
    steps = list(zip(sizes, windows.stride, strict=True))
    wide = n.apply("reshape", stuffed, (b, c, *[s * step for s, step in steps]))
    margins = zip(windows.spans, windows.pads, windows.stride, extra, strict=True)
    around = [(span - 1 - lo, span - hi - step + more) for span, (lo, hi), step, more in margins]
    x = padded(n, wide, [0, 0, *[lo for lo, _ in around]], [0, 0, *[hi for _, hi in around]])
    groups, share = int(n.attr("group", 1)), w.shape[1]
    turned = n.apply("flip", w, axis=(2, 3, 4))
    if groups != 1:
        turned = n.apply("reshape", turned, (groups, c // groups, share, *w.shape[2:]))
    turned = n.apply("swapaxes", turned, *((0, 1) if groups == 1 else (1, 2)))
    if groups != 1:
        turned = n.apply("reshape", turned, (groups * share, c // groups, *w.shape[2:]))
    attrs: dict[str, Operand] = {} if groups == 1 else {"groups": groups}
    if any(d != 1 for d in windows.dilation):
        attrs["dilation"] = alike(windows.dilation)
    if n.has(2):
        attrs["bias"] = n.tensor(2, "b")
    return n.apply("conv3d", x, turned, **attrs)


def _transposed_windows(n: Node, x: Tensor, size: Sequence[Any]) -> Windows:
    mode = n.attr("auto_pad", "NOTSET")
    wanted = n.attr("output_shape")
    if not wanted and not mode.startswith("SAME"):
        return windows_of(n, x, size)
    count = len(size)
    stride = [int(s) for s in n.attr("strides") or [1] * count]
    dilation = [int(d) for d in n.attr("dilations") or [1] * count]
    found = Windows([int(k) for k in size], stride, dilation, [])
    extra = n.attr("output_padding") or [0] * count
    outs = (
        list(wanted)[-count:]
        if wanted
        else [s * t for s, t in zip(x.shape[2:], stride, strict=True)]
    )
    for s, t, span, more, out in zip(x.shape[2:], stride, found.spans, extra, outs, strict=True):
        total = t * (s - 1) + more + span - out
        if not isinstance(total, int):
            raise n.refuse_free("to a shape that is free", total)
        less, rest = total // 2, total - total // 2
        found.pads.append((less, rest) if mode == "SAME_UPPER" else (rest, less))
        if total < 0:
            found.pads[-1] = (0, total)
    return found
