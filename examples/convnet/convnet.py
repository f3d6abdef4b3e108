"""A convolutional network for 8 × 8 digits.

Compiled by gradc 0.1.0 from convnet.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free

Inputs
    image  f32[B, 1, 8, 8]  Pixel intensities, 0 to 1.
    label  i64[B]           The digit, 0 to 9.

Parameters
    conv1.W   f32[16, 1, 3, 3]   ~ he_normal
    conv1.b   f32[16]            = 0
    conv2.W   f32[32, 16, 3, 3]  ~ he_normal
    conv2.b   f32[32]            = 0
    logits.W  f32[128, 10]       ~ glorot_uniform
    logits.b  f32[10]            = 0

Outputs
    logits  f32[B, 10]  One score for each digit; the largest wins.
    J       f32         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f32 = np.dtype(np.float32)
_i64 = np.dtype(np.int64)
_bool = np.dtype(bool)

Params = TypedDict("Params", {
    "conv1.W": npt.NDArray[np.float32], "conv1.b": npt.NDArray[np.float32],
    "conv2.W": npt.NDArray[np.float32], "conv2.b": npt.NDArray[np.float32],
    "logits.W": npt.NDArray[np.float32], "logits.b": npt.NDArray[np.float32],
})
Gradients = Params


class Outputs(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]
    J: np.float32


class Prediction(NamedTuple):
    logits: npt.NDArray[np.float32]  # f32[B, 10]


class Saved(NamedTuple):
    image: Any  # f32[B, 1, 8, 8]
    label: Any  # i64[B]
    conv2_W: Any  # f32[32, 16, 3, 3]
    logits_W: Any  # f32[128, 10]
    h1_relu: Any  # f32[B, 16, 8, 8]
    h1: Any  # f32[B, 16, 4, 4]
    h2_relu: Any  # f32[B, 32, 4, 4]
    h2: Any  # f32[B, 32, 2, 2]
    flat_mask: Any  # f32[B, 128]
    flat: Any  # f32[B, 128]
    logp: Any  # f32[B, 10]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "conv1.W": rng.normal(0, np.sqrt(2 / 9), (16, 1, 3, 3)).astype(np.float32),
        "conv1.b": np.zeros(16, np.float32),
        "conv2.W": rng.normal(0, np.sqrt(2 / 144), (32, 16, 3, 3)).astype(np.float32),
        "conv2.b": np.zeros(32, np.float32),
        "logits.W": (np.sqrt(6 / 138) * rng.uniform(-1, 1, (128, 10))).astype(np.float32),
        "logits.b": np.zeros(10, np.float32),
    }


def forward(
    params: Params,
    *,
    image: npt.ArrayLike,
    label: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    conv1_W, conv1_b, conv2_W, conv2_b, logits_W, logits_b = _params(params)
    image = _array("image", image, _f32, (None, 1, 8, 8), "f32[B, 1, 8, 8]")
    B = image.shape[0]
    label = _array("label", label, _i64, (B,), "i64[B]")
    _labels("label", label, 10)
    training = bool(training)
    rng = _generator(rng) if training else None

    # conv1 = Conv2d(image, 16, 3, padding="same")
    conv1 = _conv2d(image, conv1_W, padding=((1, 1), (1, 1)))  # f32[B, 16, 8, 8]
    conv1 += conv1_b[:, None, None]

    # h1 = max_pool2d(relu(conv1), 2)
    h1_relu = np.maximum(conv1, 0, out=conv1)  # f32[B, 16, 8, 8]
    h1 = _max_pool2d(h1_relu, (2, 2))  # f32[B, 16, 4, 4]

    # conv2 = Conv2d(h1, 32, 3, padding="same")
    conv2 = _conv2d(h1, conv2_W, padding=((1, 1), (1, 1)))  # f32[B, 32, 4, 4]
    conv2 += conv2_b[:, None, None]

    # h2 = max_pool2d(relu(conv2), 2)
    h2_relu = np.maximum(conv2, 0, out=conv2)  # f32[B, 32, 4, 4]
    h2 = _max_pool2d(h2_relu, (2, 2))  # f32[B, 32, 2, 2]

    # flat = dropout(reshape(h2, [B, -1]), 0.3)
    flat_mask = _dropout_mask(rng, training, (B, 128), 0.3, np.float32)  # f32[B, 128]
    flat = h2.reshape(B, 128) * flat_mask  # f32[B, 128]

    # output logits = Dense(flat, 10)
    logits = flat @ logits_W  # f32[B, 10]
    logits += logits_b

    # loss J = cross_entropy(logits, label)
    logp = logits - logits.max(axis=1, keepdims=True)  # f32[B, 10]
    logp -= np.log(np.exp(logp).sum(axis=1, keepdims=True))
    J = -logp[np.arange(B), label].mean()  # f32

    return Outputs(logits, J), Saved(
        image, label, conv2_W, logits_W, h1_relu, h1, h2_relu, h2, flat_mask, flat, logp,
    )


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    image, label, conv2_W, logits_W, h1_relu, h1, h2_relu, h2, flat_mask, flat, logp = saved
    B = image.shape[0]
    dJ = _scalar("dJ", dJ, _f32)

    # J = cross_entropy(logits, label)
    #     dJ/dlogits = (np.exp(logp) - one_hot(label)) / B   [B, 10]
    dJ_dlogits = np.exp(logp)  # f32[B, 10]
    dJ_dlogits[np.arange(B), label] -= 1
    dJ_dlogits *= dJ / B

    # logits = Dense(flat, 10)                dJ/dlogits.b = dJ/dlogits.sum(axis=0)   [10]
    #     dJ/dflat = dJ/dlogits @ logits_W.T   [B, 10] @ [10, 128]
    #     dJ/dlogits.W = flat.T @ dJ/dlogits   [128, B] @ [B, 10]
    dJ_dlogits_b = dJ_dlogits.sum(axis=0)  # f32[10]
    dJ_dflat = dJ_dlogits @ logits_W.T  # f32[B, 128]
    dJ_dlogits_W = flat.T @ dJ_dlogits  # f32[128, 10]

    # flat = dropout(reshape(h2, [B, -1]), 0.3)   dJ/dh2 = dJ/dflat * flat_mask   [B, 32, 2, 2]
    dJ_dh2_flat = np.multiply(dJ_dflat, flat_mask, out=dJ_dflat)  # f32[B, 128]
    dJ_dh2 = dJ_dh2_flat.reshape(B, 32, 2, 2)  # f32[B, 32, 2, 2]

    # h2 = max_pool2d(relu(conv2), 2)
    #     dJ/dconv2 = _max_pool2d_adjoint(dJ/dh2, h2_relu, h2, (2, 2)) * (h2_relu > 0)
    dJ_dconv2 = _max_pool2d_adjoint(dJ_dh2, h2_relu, h2, (2, 2)) * (h2_relu > 0)  # f32[B, 32, 4, 4]

    # conv2 = Conv2d(h1, 32, 3, padding="same")   dJ/dconv2.b = dJ/dconv2.sum(axis=(0, 2, 3))   [32]
    dJ_dconv2_b = dJ_dconv2.sum(axis=(0, 2, 3))  # f32[32]
    dJ_dh1 = _conv2d_input(  # f32[B, 16, 4, 4]
        dJ_dconv2, conv2_W, (B, 16, 4, 4), padding=((1, 1), (1, 1))
    )
    dJ_dconv2_W = _conv2d_weight(  # f32[32, 16, 3, 3]
        dJ_dconv2, h1, (32, 16, 3, 3), padding=((1, 1), (1, 1))
    )
    del dJ_dconv2

    # h1 = max_pool2d(relu(conv1), 2)
    #     dJ/dconv1 = _max_pool2d_adjoint(dJ/dh1, h1_relu, h1, (2, 2)) * (h1_relu > 0)
    dJ_dconv1 = _max_pool2d_adjoint(dJ_dh1, h1_relu, h1, (2, 2)) * (h1_relu > 0)  # f32[B, 16, 8, 8]

    # conv1 = Conv2d(image, 16, 3, padding="same")
    #     dJ/dconv1.b = dJ/dconv1.sum(axis=(0, 2, 3))   [16]
    dJ_dconv1_b = dJ_dconv1.sum(axis=(0, 2, 3))  # f32[16]
    dJ_dconv1_W = _conv2d_weight(  # f32[16, 1, 3, 3]
        dJ_dconv1, image, (16, 1, 3, 3), padding=((1, 1), (1, 1))
    )

    return {
        "conv1.W": dJ_dconv1_W, "conv1.b": dJ_dconv1_b, "conv2.W": dJ_dconv2_W,
        "conv2.b": dJ_dconv2_b, "logits.W": dJ_dlogits_W, "logits.b": dJ_dlogits_b,
    }


def value_and_grad(
    params: Params,
    *,
    image: npt.ArrayLike,
    label: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, image=image, label=label, rng=rng, training=training)
    return float(outputs.J), backward(saved)


def predict(
    params: Params,
    *,
    image: npt.ArrayLike,
    rng: int | np.random.Generator | None = None,
    training: bool = False,
) -> Prediction:
    """The outputs that need no label."""
    conv1_W, conv1_b, conv2_W, conv2_b, logits_W, logits_b = _params(params)
    image = _array("image", image, _f32, (None, 1, 8, 8), "f32[B, 1, 8, 8]")
    B = image.shape[0]
    training = bool(training)
    rng = _generator(rng) if training else None
    conv1 = _conv2d(image, conv1_W, padding=((1, 1), (1, 1)))
    conv1 += conv1_b[:, None, None]
    h1_relu = np.maximum(conv1, 0, out=conv1)
    h1 = _max_pool2d(h1_relu, (2, 2))
    del conv1, h1_relu
    conv2 = _conv2d(h1, conv2_W, padding=((1, 1), (1, 1)))
    conv2 += conv2_b[:, None, None]
    h2_relu = np.maximum(conv2, 0, out=conv2)
    h2 = _max_pool2d(h2_relu, (2, 2))
    flat = _dropout_mask(rng, training, (B, 128), 0.3, np.float32)
    flat *= h2.reshape(B, 128)
    logits = flat @ logits_W
    logits += logits_b
    return Prediction(logits)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    conv1_W = _array("conv1.W", params["conv1.W"], _f32, (16, 1, 3, 3))
    conv1_b = _array("conv1.b", params["conv1.b"], _f32, (16,))
    conv2_W = _array("conv2.W", params["conv2.W"], _f32, (32, 16, 3, 3))
    conv2_b = _array("conv2.b", params["conv2.b"], _f32, (32,))
    logits_W = _array("logits.W", params["logits.W"], _f32, (128, 10))
    logits_b = _array("logits.b", params["logits.b"], _f32, (10,))
    return conv1_W, conv1_b, conv2_W, conv2_b, logits_W, logits_b


def _array(name: str, value: Any, dtype: Any, shape: Any, declared: str = "") -> npt.NDArray[Any]:
    """The argument as an array of this type; None in a shape stands for any size."""
    if type(value) is np.ndarray and value.dtype is dtype:
        found, free = value.shape, shape.count(None)
        if found == shape or (len(found) == len(shape) and found[free:] == shape[free:]):
            return value  # as it should be, and the first sizes free
    try:
        array = given = np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    if array.shape != shape:
        differ = [n for n, m in zip(shape, array.shape) if n not in (None, m)]
        if differ or array.ndim != len(shape):
            raise ValueError(_refusal(name, given, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or given is value  # an empty list has no element type
        loses = typed and not np.can_cast(array.dtype, dtype, "same_kind")
        array = given if loses else _narrowed(name, array, dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f32 and -3e38 < value < 3e38:
        return np.float32(value)
    if type(value) is dtype.type:
        return value
    return _array(name, value, dtype, ())[()]


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


def _narrowed(name: str, array: Any, dtype: Any) -> Any:
    """The array in another element type; refuses a float that is too large for it."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if np.isinf(narrow).any():
        for place in np.argwhere(np.isinf(narrow) & np.isfinite(array)).tolist():
            number = str(array[tuple(place)]).replace("e+", "e")
            at = f", at {place}" * bool(place)
            raise ValueError(f"{name}: {number} does not fit f{8 * narrow.itemsize}{at}")
    return narrow


def _labels(name: str, array: Any, size: int) -> None:
    """Refuses a label that is not among so many; without signs negative ones are large."""
    if array.size and array.astype(np.uint64).max() >= size:
        _indices(name, array, size, 0, ValueError)


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


def _pool_taps(
    x: Any, size: Any, stride: Any, padding: Any, dilation: Any, outs: Any, fill: Any = 0
) -> Any:
    """For each place of a window, the elements of x there."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, (*[(0, 0)] * (x.ndim - 2), *padding), constant_values=fill)
    for tap in np.ndindex(*size):
        first = [t * d for t, d in zip(tap, dilation)]
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(first, stride, outs))
        yield x[(..., *places)]


def _max_pool2d(
    x: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), out: Any = None,
) -> Any:
    """The largest element of each window of the last two axes."""
    stride = stride or size
    outs = [
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, k, s, d in zip(x.shape[-2:], padding, size, stride, dilation)
    ]
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    taps = _pool_taps(x, size, stride, padding, dilation, outs, least)
    first = next(taps)
    y = np.empty_like(first) if out is None else out
    y[...] = first
    for tap in taps:
        np.maximum(y, tap, out=y)
    return y


def _max_pool2d_adjoint(
    x: Any, at: Any, most: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), out: Any = None,
) -> Any:
    """Zeros with x added where `at` first has the largest element of each window."""
    stride = stride or size
    (top, bottom), (left, right) = padding
    rows, columns = at.shape[-2:]
    is_there = out is not None and padding == ((0, 0), (0, 0))
    wide = (*at.shape[:-2], rows + top + bottom, columns + left + right)
    y = out if is_there else np.empty(wide, x.dtype)
    y[...] = 0
    free = np.ones(most.shape, bool)
    apart = all(s > d * (k - 1) for s, k, d in zip(stride, size, dilation))
    outs = most.shape[-2:]
    places = _pool_taps(y, size, stride, ((0, 0), (0, 0)), dilation, outs)
    taps = _pool_taps(at, size, stride, padding, dilation, outs, -np.inf)
    for tap, place in zip(taps, places):
        hit = tap == most
        hit &= free
        if apart:  # each place is in one window
            np.multiply(x, hit, out=place)
        else:
            place += x * hit
        free ^= hit
    y = y[..., top : top + rows, left : left + columns]
    if out is not None and not is_there:
        out[...] = y
    return y if out is None else out


def _tiles(outs: Any, width: int, most: int = 1 << 21) -> Any:
    """Tiles of [N, rows, columns]: some images, or some rows of one, or a piece of a row.

    A place takes `width` bytes, a tile at most 2 MB, so that it is in cache while it is used.
    """
    places = max(1, most // max(1, width))
    columns = max(1, min(outs[2], places))
    rows = max(1, min(outs[1], places // columns))
    lengths = (max(1, places // (rows * columns)), rows, columns)
    starts = [range(0, n, length) for n, length in zip(outs, lengths)]
    for i in starts[0]:
        for j in starts[1]:
            for k in starts[2]:
                yield [slice(a, min(a + m, n)) for a, m, n in zip((i, j, k), lengths, outs)]


def _at(tile: Any, columns: int) -> Any:
    """Where a tile is in [N, groups, channels, rows * columns]."""
    images, rows, part = tile
    places = slice(rows.start * columns + part.start, (rows.stop - 1) * columns + part.stop)
    return images, slice(None), slice(None), places


def _seen(
    tile: Any, sizes: Any, size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Any, Any, Any]:
    """What the windows of a tile see of images: its shape; which part of it is where in them.

    The rest of it is padding.
    """
    shape, inside, there = [], [], []
    for part, n, k, s, (before, _), d in zip(tile[1:], sizes, size, stride, padding, dilation):
        first = part.start * s - before
        shape.append((part.stop - part.start - 1) * s + d * (k - 1) + 1)
        low, high = min(max(first, 0), n), min(max(first + shape[-1], 0), n)
        inside.append(slice(low - first, high - first))
        there.append(slice(low, high))
    return shape, (..., *inside), (tile[0], slice(None), *there)


def _shifts(count: int, length: int, stride: int, dilation: int) -> Any:
    """For each element of windows along an axis, where those of all windows are."""
    span = (length - 1) * stride + 1
    return [slice(t * dilation, t * dilation + span, stride) for t in range(count)]


def _columns_by_tile(
    x: Any, size: Any, outs: Any, width: int, stride: Any, padding: Any, dilation: Any
) -> Any:
    """The tiles of a convolution, each with its windows as columns: [C * h * w, images, places].

    Images are shifted along their rows first, and the shifted ones along their columns: most of
    the copying is of several rows at once. All tiles use the same memory.
    """
    c = x.shape[1]
    shifted = columns = np.empty(0, x.dtype)
    for tile in _tiles((len(x), *outs), width):
        m, r, v = (part.stop - part.start for part in tile)
        shape, inside, there = _seen(tile, x.shape[2:], size, stride, padding, dilation)
        seen = x[there]
        if seen.shape[2:] != tuple(shape):
            seen = np.zeros((m, c, *shape), x.dtype)
            seen[inside] = x[there]
        seen = seen.swapaxes(0, 1)
        if size[1] == stride[1] == 1:
            shifted = seen[:, np.newaxis]
        else:
            if shifted.shape != (c, size[1], m, shape[0], v):
                shifted = np.empty((c, size[1], m, shape[0], v), x.dtype)
            for t, at in enumerate(_shifts(size[1], v, stride[1], dilation[1])):
                shifted[:, t] = seen[..., at]
        if size[0] == stride[0] == 1:
            columns = shifted
        else:
            if columns.shape != (c, *size, m, r, v):
                columns = np.empty((c, *size, m, r, v), x.dtype)
            for t, at in enumerate(_shifts(size[0], r, stride[0], dilation[0])):
                columns[:, t] = shifted[..., at, :]
        yield tile, columns.reshape(c * size[0] * size[1], m, r * v)


def _conv2d(
    x: Any, w: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
    out: Any = None,
) -> Any:
    """The convolution of images [N, C, H, W] with weights [O, C / groups, h, w]."""
    o, c, *size = w.shape
    h, v = (
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(x.shape[2:], padding, dilation, size, stride)
    )
    taps = c * size[0] * size[1]
    weights = w.reshape(groups, o // groups, taps)
    shape = (len(x), groups, o // groups, h * v)
    is_there = out is not None and out.flags.contiguous
    y = out.reshape(shape) if is_there else np.empty(shape, np.result_type(x, w))
    width = y.itemsize * max(o, groups * taps)
    for tile, columns in _columns_by_tile(x, size, (h, v), width, stride, padding, dilation):
        columns = columns.reshape(groups, taps, *columns.shape[1:]).transpose(2, 0, 1, 3)
        np.matmul(weights, columns, out=y[_at(tile, v)])
    y = y.reshape(len(x), o, h, v)
    if out is not None and not is_there:
        out[...] = y
    return y if out is None else out


def _conv2d_weight(
    dy: Any, x: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> Any:
    """The cotangent of the weights of `_conv2d`, added up tile by tile."""
    n, o, *outs = dy.shape
    taps = shape[1] * shape[2] * shape[3]
    dy = dy.reshape(n, groups, o // groups, outs[0] * outs[1])
    dw = np.zeros((groups, taps, o // groups), np.result_type(dy, x))
    width = dw.itemsize * max(o, groups * taps)
    for tile, columns in _columns_by_tile(x, shape[2:], outs, width, stride, padding, dilation):
        m, places = columns.shape[1:]
        columns = columns.reshape(groups, taps, m, places)
        part = dy[_at(tile, outs[1])]
        if o > groups * taps:  # it costs less to add up products of single images than to copy dy
            dw += (columns.transpose(2, 0, 1, 3) @ part.mT).sum(axis=0)
        else:
            part = part.transpose(1, 2, 0, 3).reshape(groups, o // groups, m * places)
            dw += columns.reshape(groups, taps, m * places) @ part.mT
    return dw.mT.reshape(shape)


def _conv2d_input(
    dy: Any, w: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
    out: Any = None,
) -> Any:
    """The cotangent of the images of `_conv2d`.

    With a stride of 1 it is a convolution with the weights turned round. Otherwise, or where that
    has many more channels to copy, what the windows hold is added where they stand.
    """
    n, o, h, v = dy.shape
    c, *size = w.shape[1:]
    grouped = w.reshape(groups, o // groups, c, *size)
    if stride == (1, 1) and (o <= 2 * shape[1] or size == [1, 1]):
        turned = grouped[..., ::-1, ::-1].swapaxes(1, 2).reshape(shape[1], o // groups, *size)
        spans = [d * (k - 1) for d, k in zip(dilation, size)]
        around = [(span - before, span - after) for span, (before, after) in zip(spans, padding)]
        return _conv2d(dy, turned, padding=around, dilation=dilation, groups=groups, out=out)
    taps = c * size[0] * size[1]
    weights = grouped.reshape(groups, o // groups, taps).mT
    dy = dy.reshape(n, groups, o // groups, h * v)
    dx = np.empty(shape, np.result_type(dy, w)) if out is None else out
    dx[...] = 0
    columns = np.empty(0, dx.dtype)
    for tile in _tiles((n, h, v), dx.itemsize * max(o, groups * taps)):
        m, *outs = (part.stop - part.start for part in tile)
        if columns.shape != (shape[1], *size, m, *outs):
            columns = np.empty((shape[1], *size, m, *outs), dx.dtype)
        products = columns.reshape(groups, taps, m, outs[0] * outs[1]).transpose(2, 0, 1, 3)
        np.matmul(weights, dy[_at(tile, v)], out=products)
        seen, inside, there = _seen(tile, shape[2:], size, stride, padding, dilation)
        sums = np.zeros((shape[1], m, *seen), dx.dtype)
        rows, parts = map(_shifts, size, outs, stride, dilation)
        for i, j in np.ndindex(*size):
            sums[..., rows[i], parts[j]] += columns[:, i, j]
        dx[there] += sums[inside].swapaxes(0, 1)
    return dx


def _generator(rng: Any) -> np.random.Generator:
    """The generator that random numbers are drawn from."""
    if rng is None:
        raise ValueError("rng: a seed or a Generator is needed, since random numbers are drawn")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as refused:
        wanted = "a seed, which is not negative, or a Generator"
        raise type(refused)(f"rng: expected {wanted}, got {rng!r}") from None


def _dropout_mask(rng: Any, training: bool, shape: Any, rate: float, dtype: Any) -> Any:
    """1 / (1 - rate) where an element is kept, 0 elsewhere; 1 everywhere unless training."""
    if not training:
        return np.ones(shape, dtype)[()]
    return ((rng.random(shape, dtype) >= rate) / dtype(1 - rate))[()]


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "convnet.graph",
    "sha256": "08e542b12fd58d5d70bf6d71693a46c3cee30020b362a74523f4c2cec95cdd0d",
    "options": ["-O1"], "dims": {"B": None},
    "loss": "J",
    "losses": {"J": ["conv1.W", "conv1.b", "conv2.W", "conv2.b", "logits.W", "logits.b"]},
    "inputs": {
        "image": {"argument": "image", "dtype": "float32", "shape": ["B", 1, 8, 8]},
        "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
    },
    "params": {
        "conv1.W": {"argument": "conv1.W", "dtype": "float32", "shape": [16, 1, 3, 3]},
        "conv1.b": {"argument": "conv1.b", "dtype": "float32", "shape": [16]},
        "conv2.W": {"argument": "conv2.W", "dtype": "float32", "shape": [32, 16, 3, 3]},
        "conv2.b": {"argument": "conv2.b", "dtype": "float32", "shape": [32]},
        "logits.W": {"argument": "logits.W", "dtype": "float32", "shape": [128, 10]},
        "logits.b": {"argument": "logits.b", "dtype": "float32", "shape": [10]},
    },
    "outputs": {
        "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 10]},
        "J": {"argument": "J", "dtype": "float32", "shape": []},
    },
    "state": {},
}
