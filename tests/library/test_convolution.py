"""Convolutions by tiles, against their definition, and what memory they take."""

from __future__ import annotations

import inspect
import itertools
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradc.targets.numpy.helpers import (
    _conv2d,
    _conv2d_input,
    _conv2d_weight,
    _max_pool2d,
    _max_pool2d_adjoint,
    convolution,
)

WINDOWS = [(1, 1), (3, 3), (2, 3), (1, 4)]
STRIDES = [(1, 1), (2, 2), (2, 1)]
PADDINGS = [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((3, 0), (0, 2))]
DILATIONS = [(1, 1), (2, 1)]
CHANNELS = [(4, 4, 1), (2, 6, 2), (6, 2, 2), (3, 3, 3), (2, 6, 1), (1, 5, 1)]
"""Of the images, of the result, groups."""


def by_definition(
    x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> dict[str, Any]:
    """The convolution, and with its result as cotangent, those of the images and weights."""
    padded = np.pad(x, ((0, 0), (0, 0), *padding))
    o, c, *size = w.shape
    h, v = (
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(padded.shape[2:], size, stride, dilation, strict=True)
    )
    taps = []
    for i, j in np.ndindex(*size):
        rows = slice(i * dilation[0], i * dilation[0] + (h - 1) * stride[0] + 1, stride[0])
        columns = slice(j * dilation[1], j * dilation[1] + (v - 1) * stride[1] + 1, stride[1])
        taps.append((i, j, (..., rows, columns)))
    n = len(x)
    weights = w.reshape(groups, o // groups, c, *size)
    y = np.zeros((n, groups, o // groups, h, v), np.result_type(x, w))
    for i, j, there in taps:
        seen = padded[there].reshape(n, groups, c, h, v)
        y += np.einsum("goc,ngchv->ngohv", weights[..., i, j], seen)
    dx, dw = np.zeros(padded.shape, y.dtype), np.zeros(weights.shape, y.dtype)
    for i, j, there in taps:
        seen = padded[there].reshape(n, groups, c, h, v)
        dw[..., i, j] = np.einsum("ngohv,ngchv->goc", y, seen)
        part = np.einsum("goc,ngohv->ngchv", weights[..., i, j], y)
        dx[there] += part.reshape(n, groups * c, h, v)
    (top, _), (left, _) = padding
    dx = dx[..., top : top + x.shape[2], left : left + x.shape[3]]
    return {"y": y.reshape(n, o, h, v), "dx": dx, "dw": dw.reshape(w.shape)}


def by_tiles(x: Any, w: Any, *options: Any) -> dict[str, Any]:
    """What modules compute."""
    y = _conv2d(x, w, *options)
    dx, dw = _conv2d_input(y, w, x.shape, *options), _conv2d_weight(y, x, w.shape, *options)
    return {"y": y, "dx": dx, "dw": dw}


def drawn(shape: Any, dtype: Any = np.float64, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def agree(found: dict[str, Any], expected: dict[str, Any], bound: float = 1e-12) -> None:
    for name, value in expected.items():
        assert found[name].shape == value.shape, name
        assert found[name].dtype == value.dtype, name
        scale = max(1, np.abs(value).max(initial=0))
        np.testing.assert_allclose(found[name], value, rtol=0, atol=bound * scale, err_msg=name)


@pytest.fixture(params=[1, 300, 2000, 1 << 21])
def tile(request: Any, monkeypatch: Any) -> int:
    """The bytes of a tile: a place, a piece of a row, some rows, all images."""
    signature = inspect.signature(convolution._tiles)
    assert [p.default for p in signature.parameters.values()][-1] == 1 << 21
    monkeypatch.setattr(convolution._tiles, "__defaults__", (request.param,))
    return int(request.param)


@pytest.mark.parametrize("channels", CHANNELS, ids=str)
def test_it_is_what_its_definition_says(channels: Any, tile: int) -> None:
    c, o, groups = channels
    for size, stride, padding, dilation in itertools.product(WINDOWS, STRIDES, PADDINGS, DILATIONS):
        x, w = drawn((3, c, 6, 7)), drawn((o, c // groups, *size), seed=1)
        options = (stride, padding, dilation, groups)
        agree(by_tiles(x, w, *options), by_definition(x, w, *options))


@pytest.mark.parametrize("sizes", [(0, 2, 4, 4), (2, 0, 4, 4), (1, 2, 3, 3), (2, 2, 1, 1)], ids=str)
def test_few_and_none(sizes: Any, tile: int) -> None:
    for o, padding in itertools.product((0, 1, 4), (((0, 0), (0, 0)), ((2, 2), (2, 2)))):
        size = (1, 1) if sizes[2] == 1 else (3, 3)
        x, w = drawn(sizes), drawn((o, sizes[1], *size), seed=1)
        for stride in ((1, 1), (2, 2)):
            options = (stride, padding, (1, 1), 1)
            agree(by_tiles(x, w, *options), by_definition(x, w, *options))


@pytest.mark.parametrize("dtypes", [("f4", "f4"), ("f8", "f4"), ("f8", "c16"), ("i8", "i8")])
def test_element_types(dtypes: Any) -> None:
    x, w = drawn((2, 4, 9, 8), dtypes[0]), drawn((6, 4, 3, 3), dtypes[1], seed=1)
    if dtypes[1] == "i8":
        x, w = np.arange(x.size).reshape(x.shape) % 7, np.arange(w.size).reshape(w.shape) % 5
    for stride in ((1, 1), (2, 2)):
        options = (stride, ((1, 1), (1, 1)), (1, 1), 1)
        bound = 1e-5 if "f4" in dtypes else 1e-12
        agree(by_tiles(x, w, *options), by_definition(x, w, *options), bound)


@pytest.mark.parametrize("lies", ["together", "apart"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 0), (1, 1))], ids=str)
def test_results_in_arrays_that_are_there(lies: str, stride: Any, padding: Any) -> None:
    """What stood in an array before does not matter, nor how it lies in memory."""
    x, w = drawn((2, 4, 9, 8)), drawn((6, 4, 3, 3), seed=1)
    dy = _conv2d(x, w, stride, padding)
    most = _max_pool2d(x, (3, 3), stride, padding)
    calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (_conv2d, (x, w, stride, padding)),
        (_conv2d_input, (dy, w, x.shape, stride, padding)),
        (_max_pool2d, (x, (3, 3), stride, padding)),
        (_max_pool2d_adjoint, (most, x, most, (3, 3), stride, padding)),
    ]
    for function, given in calls:
        expected = function(*given)
        wide = np.full((*expected.shape[:-1], 2 * expected.shape[-1]), np.nan)
        out = np.full(expected.shape, np.nan) if lies == "together" else wide[..., ::2]
        assert function(*given, out=out) is out
        np.testing.assert_array_equal(out, expected, err_msg=function.__name__)


@pytest.mark.parametrize(
    "function", [_conv2d, _conv2d_input, _conv2d_weight], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(
    ("sizes", "window", "stride"),
    [((1, 32, 150, 160), 3, 1), ((1, 32, 300, 320), 3, 2), ((1, 16, 1, 60000), 5, 1)],
    ids=["image", "stride", "line"],
)
def test_windows_are_never_there_at_once(
    function: Callable[..., Any], sizes: Any, window: int, stride: int
) -> None:
    """Beside the result there are tiles of 2 MB; all windows of the images are 19 MB and more."""
    lines = 1 if sizes[2] == 1 else window
    x = drawn(sizes, np.float32)
    w = drawn((32, sizes[1], lines, window), np.float32, 1)
    padding = ((lines // 2, lines // 2), (window // 2, window // 2))
    options: dict[str, Any] = {"stride": (stride, stride), "padding": padding}
    dy = _conv2d(x, w, **options)
    arguments = {
        _conv2d: (x, w),
        _conv2d_input: (dy, w, x.shape),
        _conv2d_weight: (dy, x, w.shape),
    }[function]
    assert dy[0, 0].size * w[0].nbytes > 19e6
    tracemalloc.start()
    result = function(*arguments, **options)
    peak = tracemalloc.get_traced_memory()[1] - result.nbytes
    tracemalloc.stop()
    assert peak < 6e6
