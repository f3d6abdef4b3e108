"""Types of sliding windows: convolutions and pooling. Their attributes become pairs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradc.diagnostics import do, plural
from gradc.ir.operation import Typing
from gradc.ir.sizes import Poly, Size, floor_divide, maximum, shape_text
from gradc.ir.types import Check, Type, TypeMismatch, promote
from gradc.library.axes import Shape

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]


def windowed(x: Type, size: Any, stride: Any, dilation: Any) -> Typing:
    """`sliding_window`: [.., out, size] along as many last axes as `size` has."""
    size, stride, dilation = _per_axis(size, stride, dilation)
    count = len(size)
    if x.rank < count:
        raise TypeMismatch(f"{count} window sizes for {x}", (0,), "E0303")
    with _of_images(x):
        outs = tuple(
            _places(s, k, step, d)
            for s, k, step, d in zip(x.shape[-count:], size, stride, dilation, strict=True)
        )
    shape = (*x.shape[: x.rank - count], *outs, *size)
    return Typing((Type(x.dtype, shape),), attrs=_window_attrs(size, stride, dilation))


def unwindowed(x: Type, shape: Shape, size: Any, stride: Any, dilation: Any) -> Typing:
    """The adjoint of `sliding_window`."""
    size, stride, dilation = _per_axis(size, stride, dilation)
    expected = windowed(Type(x.dtype, shape), size, stride, dilation).results[0]
    if expected.shape != x.shape:
        raise TypeMismatch(f"the windows of {list(shape)} are {expected}, not {x}", (0,))
    return Typing((Type(x.dtype, shape),), attrs=_window_attrs(size, stride, dilation))


def _window_attrs(size: Any, stride: Any, dilation: Any) -> dict[str, Any]:
    return {"size": size, "stride": stride, "dilation": dilation}


def _per_axis(size: Any, stride: Any, dilation: Any) -> tuple[Any, Any, Any]:
    size = size if isinstance(size, tuple) else (size,)
    stride = stride if isinstance(stride, tuple) else (stride,) * len(size)
    dilation = dilation if isinstance(dilation, tuple) else (dilation,) * len(size)
    if not 0 < len(size) == len(stride) == len(dilation):
        raise TypeMismatch("sizes, strides and dilations are as many", (0,), "E0303")
    _positive((*size, *stride, *dilation))
    return size, stride, dilation


def _positive(numbers: tuple[int, ...]) -> None:
    if any(n < 1 for n in numbers):
        raise TypeMismatch("sizes, strides, dilations and groups are at least 1", (0,), "E0306")


def _places(size: Size, window: Size, step: int, dilation: int) -> Size:
    """How many windows there are along an axis."""
    left = size - dilation * (window - 1) - 1
    if isinstance(left, int):
        if left < 0:
            message = f"a window of {window} does not fit {plural(size, 'element')}"
            helps = (f"a window has at most {plural((size - 1) // dilation + 1, 'element')} here",)
            raise TypeMismatch(message, (0,), "E0306", helps=helps)
        return left // step + 1
    return maximum(floor_divide(left, step) + 1, 0) if step > 1 else left + 1


# --- convolution -----------------------------------------------------------------------------


def convolved(x: Type, w: Type, stride: Any, padding: Any, dilation: Any, groups: int) -> Typing:
    """`conv2d_output`."""
    if x.rank != 4 or w.rank != 4:
        blamed = (0,) if x.rank != 4 else (1,)
        raise TypeMismatch(
            f"`conv2d` needs [N, C, H, W] and [O, C, h, w], not {x} and {w}",
            blamed,
            "E0303",
            _fewer_axes(x, w, groups),
        )
    attrs = _conv_attrs(w, stride, padding, dilation, groups)
    if x.shape[1] != w.shape[1] * groups:
        message = f"{x} has {plural(x.shape[1], 'channel')}, {w} takes {w.shape[1] * groups}"
        raise TypeMismatch(message, (1, 0), helps=_channels_last(x, w, groups))
    _grouped(w.shape[0], groups)
    shape = (x.shape[0], w.shape[0], *_out_sizes(x, w.shape[2:], attrs))
    checks = _fitting(x.shape[2:], w.shape[2:], attrs)
    return Typing((Type(promote([x, w])[0], shape),), checks=checks, attrs=attrs)


def _channels_last(x: Type, w: Type, groups: int) -> list[str]:
    """What puts the channels second that stand last, as TensorFlow has them, where that fits."""
    images = "channels stand second: `transpose({0}, axes=[0, 3, 1, 2])`"
    kernels = "channels stand first: `transpose({1}, axes=[3, 2, 0, 1])`"
    turned = "what comes out stands first: `transpose({1}, axes=[1, 0, 2, 3])`"
    if x.shape[3] == w.shape[1] * groups:
        return [images]
    orders = [(kernels, w.shape[2], w.shape[:2]), (turned, w.shape[0], w.shape[2:])]
    fits = [(text, window) for text, channels, window in orders
            if x.shape[1] == channels * groups and _holds(x.shape[2:], window)]  # fmt: skip
    if fits:  # the smaller windows are windows
        return [min(fits, key=lambda f: max(s if isinstance(s, int) else 0 for s in f[1]))[0]]
    return [images, kernels] if x.shape[3] == w.shape[2] * groups else []


def _holds(sizes: Shape, window: Shape) -> bool:
    """Whether windows of a size may fit, as far as sizes are known."""
    pairs = zip(sizes, window, strict=True)
    return all(k <= s for s, k in pairs if isinstance(s, int) and isinstance(k, int))


def _fewer_axes(x: Type, w: Type, groups: int) -> list[str]:
    """Images without the axis of their channels, or one image without that of the batch."""
    if x.rank != 3 or w.rank != 4:
        return []
    if w.shape[1] * groups == 1:
        sizes = shape_text((x.shape[0], 1, *x.shape[1:]))
        return [f"one channel is an axis too: `{{0}}[:, newaxis]` is {sizes}"]
    if x.shape[0] == w.shape[1] * groups:
        return [f"a batch of one: `{{0}}[newaxis]` is {shape_text((1, *x.shape))}"]
    return []


def images(
    dy: Type, w: Type, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Typing:
    """`conv2d_input`."""
    if any(isinstance(size, int) and size < 0 for size in shape):
        message = f"padding takes off more than there is: {list(shape[2:])} would be left"
        raise TypeMismatch(message, (0,), "E0306", helps=("a smaller `padding` leaves some",))
    typing = convolved(Type(dy.dtype, shape), w, stride, padding, dilation, groups)
    if typing.results[0].shape != dy.shape:
        raise TypeMismatch(f"a convolution of {list(shape)} is {typing.results[0]}, not {dy}", (0,))
    return Typing((Type(promote([dy, w])[0], shape),), attrs=typing.attrs)


def filters(
    dy: Type, x: Type, shape: Shape, stride: Any, padding: Any, dilation: Any, groups: int
) -> Typing:
    """`conv2d_weight`."""
    typing = convolved(x, Type(dy.dtype, shape), stride, padding, dilation, groups)
    if typing.results[0].shape != dy.shape:
        raise TypeMismatch(f"a convolution of {x} is {typing.results[0]}, not {dy}", (0,))
    return Typing((Type(promote([dy, x])[0], shape),), attrs=typing.attrs)


def _conv_attrs(w: Type, stride: Any, padding: Any, dilation: Any, groups: int) -> dict[str, Any]:
    stride, dilation = as_pair(stride), as_pair(dilation)
    _positive((*stride, *dilation, groups))
    pads = as_pads(padding, w.shape[2:], stride, dilation)
    return {"stride": stride, "padding": pads, "dilation": dilation, "groups": groups}


def _out_sizes(x: Type, windows: Shape, attrs: dict[str, Any]) -> Shape:
    """How many windows there are along the last two axes of images."""
    with _of_images(x):
        return tuple(
            _places(lo + s + hi, k, step, d)
            for s, k, (lo, hi), step, d in zip(
                x.shape[-2:],
                windows,
                attrs["padding"],
                attrs["stride"],
                attrs["dilation"],
                strict=True,
            )
        )


@contextmanager
def _of_images(x: Type) -> Iterator[None]:
    """What fails meanwhile is told of images whose channels stand last, where they seem to."""
    try:
        yield
    except TypeMismatch as mismatch:
        few = _CHANNELS if x.rank == 4 else ()
        if x.shape[-1] not in few or x.shape[1] in few:
            raise
        shown = f"{plural(x.shape[1], 'channel')} of {x.shape[2]} x {x.shape[3]}"
        told = f"images are [N, C, H, W], and these have {shown}; channels that stand last: "
        helps = (f"{told}`transpose({{0}}, [0, 3, 1, 2])`", *mismatch.helps)
        raise TypeMismatch(mismatch.message, (0,), mismatch.code, helps) from None


_CHANNELS = (1, 2, 3, 4)


def _fitting(sizes: Shape, windows: Shape, attrs: dict[str, Any]) -> tuple[Check, ...]:
    """That windows whose sizes only run time knows are no larger than what they slide over."""
    pads, dilations = attrs["padding"], attrs["dilation"]
    return tuple(
        Check(
            "at_most",
            d * (k - 1) + 1,
            lo + s + hi,
            f"a window of {k} does not fit {plural(s, 'element')}",
        )
        for s, k, (lo, hi), d in zip(sizes, windows, pads, dilations, strict=True)
        if isinstance(k, Poly)
    )


def _grouped(channels: Size, groups: int) -> None:
    if isinstance(channels, int) and channels % groups:
        raise TypeMismatch(
            f"{plural(channels, 'channel')} {do(channels)} not make {plural(groups, 'group')}",
            (1,),
            "E0306",
        )


# --- pooling ---------------------------------------------------------------------------------


def pooled(
    x: Type, size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool = False
) -> Typing:
    """`max_pool2d`."""
    if x.rank < 2:
        raise TypeMismatch(f"pooling needs two axes, {x} has {x.rank}", (0,), "E0303")
    if x.dtype == "bool":
        helps = ['as numbers they are `astype({0}, "i64")`']
        raise TypeMismatch(f"pooling is of numbers, this is {x}", (0,), "E0305", helps)
    attrs = _pool_attrs(size, stride, padding, dilation, ceil_mode)
    steps = {"stride": attrs["stride"] or attrs["size"]}
    outs = _out_sizes(x, attrs["size"], {**attrs, **steps})
    return Typing((Type(x.dtype, (*x.shape[:-2], *outs), x.weak),), attrs=attrs)


def unpooled(
    x: Type, at: Type, most: Type, size: Any, stride: Any, padding: Any, dilation: Any
) -> Typing:
    """`max_pool2d_adjoint`."""
    attrs = _same_windows(x, at, most, size, stride, padding, dilation)
    return Typing((Type(x.dtype, at.shape),), attrs=attrs)


def repooled(
    x: Type, at: Type, most: Type, size: Any, stride: Any, padding: Any, dilation: Any
) -> Typing:
    """`max_pool2d_pick`."""
    if x.shape != at.shape:
        raise TypeMismatch(f"{x} and {at} have different shapes", (0, 1))
    attrs = _same_windows(most, at, most, size, stride, padding, dilation)
    return Typing((Type(x.dtype, most.shape),), attrs=attrs)


def _same_windows(
    x: Type, at: Type, most: Type, size: Any, stride: Any, padding: Any, dilation: Any
) -> dict[str, Any]:
    typing = pooled(at, size, stride, padding, dilation)
    if not x.shape == most.shape == typing.results[0].shape:
        raise TypeMismatch(f"{x} and {most} are not the windows of {at}", (0, 1, 2))
    assert typing.attrs is not None
    return {name: value for name, value in typing.attrs.items() if name != "ceil_mode"}


def _pool_attrs(
    size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> dict[str, Any]:
    size, dilation = as_pair(size), as_pair(dilation)
    stride = size if stride is None else as_pair(stride)
    pads = pool_pads(padding, size, stride, dilation)
    if ceil_mode:
        pads = reaching(pads, size, stride, dilation)
    step = None if stride == size else stride
    attrs = {"size": size, "stride": step, "padding": pads, "dilation": dilation}
    return {**attrs, "ceil_mode": False}


def pool_pads(padding: Any, size: Pair, stride: Pair, dilation: Pair) -> Pads:
    """The padding of a pool, which is less than its windows."""
    _positive((*size, *stride, *dilation))
    pads = as_pads(padding, size, stride, dilation)
    for span, pad in zip(_spans(size, dilation), pads, strict=True):
        if max(pad) >= span:
            raise TypeMismatch("the padding of a pool is less than its size", (0,), "E0306")
    return pads


def reaching(pads: Pads, size: Pair, stride: Pair, dilation: Pair) -> Pads:
    """Padding with which the last windows may reach over the end, but not begin behind it."""
    (top, bottom), (left, right) = pads
    rows, columns = _spans(size, dilation)
    return (
        (top, bottom + max(0, min(stride[0], rows - bottom) - 1)),
        (left, right + max(0, min(stride[1], columns - right) - 1)),
    )


def _spans(size: Pair, dilation: Pair) -> Pair:
    """How far windows reach."""
    return dilation[0] * (size[0] - 1) + 1, dilation[1] * (size[1] - 1) + 1


# --- attributes ------------------------------------------------------------------------------


def as_pair(value: Any) -> Pair:
    """An integer or a list of two, as two."""
    if not isinstance(value, tuple):
        return (value, value)
    if len(value) != 2:
        raise TypeMismatch(f"two numbers are needed here, not {len(value)}", (0,), "E0305")
    return value


def as_pads(padding: Any, window: Shape, stride: Pair, dilation: Pair) -> Pads:
    """Padding as a pair [before, after] for each of two axes."""
    if padding == "valid":
        return ((0, 0), (0, 0))
    if padding == "same":
        return _same_pads(window, stride, dilation)
    first, second = as_pair(padding)
    pads = (as_pair(first), as_pair(second))
    if any(p < 0 for pair in pads for p in pair):
        raise TypeMismatch("padding cannot be negative", (0,), "E0306")
    return pads


def _same_pads(window: Shape, stride: Pair, dilation: Pair) -> Pads:
    if stride != (1, 1):
        raise TypeMismatch('padding "same" needs a stride of 1', (0,), "E0306")
    if any(isinstance(k, Poly) for k in window):
        raise TypeMismatch('padding "same" needs windows of known size', (1,), "E0306")
    rows, columns = (d * (int(k) - 1) for k, d in zip(window, dilation, strict=True))  # type: ignore[arg-type]
    return ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2))
