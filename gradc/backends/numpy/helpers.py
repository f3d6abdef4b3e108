"""Functions that a module may need. They are copied into it where they are used, and only then.

Each is an ordinary, tested function of this file that needs numpy alone.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable

import numpy as np


def _orthogonal(rng, shape, stacked=0):
    """A matrix with orthonormal rows or columns; further axes are flattened behind the first.

    The first `stacked` axes hold matrices of their own.
    """
    if stacked:
        return np.stack([_orthogonal(rng, shape[1:], stacked - 1) for _ in range(shape[0])])
    rows, columns = shape[0], int(np.prod(shape[1:]))
    drawn = rng.normal(0, 1, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.where(np.diag(r) < 0, -1, 1)
    return (q if rows >= columns else q.T).reshape(shape)


def _sigmoid(x):  # type: ignore[no-untyped-def]
    """The logistic function; where exp(-x) is inf it is 0, as it should be."""
    with np.errstate(over="ignore"):
        y = np.exp(-x)
    y += 1
    return 1 / y


def _erf(x):  # type: ignore[no-untyped-def]
    """The error function: x times a quotient of polynomials in x**2, within 2e-15 (f32: 5e-7)."""
    if x.dtype.itemsize == 4:
        bound = 4
        top = (
            6.806739275668332e-06,
            0.00041185087412654004,
            0.004234877903049351,
            0.05578123293289321,
            0.19304913678191896,
            1.128379168250265,
        )
        bottom = (
            2.614172036853933e-07,
            7.26769614237176e-05,
            0.0014237028487798556,
            0.016313498184339477,
            0.1175738581196921,
            0.5044187517872778,
            1.0,
        )
    else:
        bound = 6
        top = (
            9.362254502429971e-15,
            3.4191632552544617e-12,
            2.596023044890635e-10,
            9.511454097658908e-09,
            2.589261631811945e-07,
            5.279289585889076e-06,
            8.156770227939195e-05,
            0.0010539296470098876,
            0.009024421120196868,
            0.07309518047225441,
            0.2588517844200701,
            1.1283791670955123,
        )
        bottom = (
            1.7078334122940563e-16,
            2.311843393395783e-13,
            3.438415736480598e-11,
            1.639946971728659e-09,
            5.174931959401611e-08,
            1.2027379454038774e-06,
            2.152667188484295e-05,
            0.00030030674528357863,
            0.0032402729516886686,
            0.026319456191655655,
            0.152357168518284,
            0.562734754387872,
            1.0,
        )
    x = np.clip(x, -bound, bound)
    square = x * x
    y = top[0] * square + top[1]
    for c in top[2:]:
        y *= square
        y += c
    below = bottom[0] * square + bottom[1]
    for c in bottom[2:]:
        below *= square
        below += c
    y *= x
    y /= below
    return np.clip(y, -1, 1)


def _lgamma(x):  # type: ignore[no-untyped-def]
    """The logarithm of |gamma|: Stirling's series from 8 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    turned = np.where(wide < 0.5, 1 - wide, wide)
    near = np.minimum(turned, 8)
    skipped = near * (near + 1) * (near + 2) * (near + 3)
    skipped *= (near + 4) * (near + 5) * (near + 6) * (near + 7)
    z = np.where(turned < 8, turned + 8, turned)
    inverse = 1 / z
    series = np.zeros_like(z)
    for c in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * inverse * inverse + c
    y = (z - 0.5) * (np.log(z) - 1) - 0.5 + 0.9189385332046728 + series * inverse
    y = np.where(np.isinf(z), np.inf, np.where(turned < 8, y - np.log(skipped), y))
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = np.pi * (wide - np.round(wide))
        beyond = np.log(np.pi / np.abs(np.sin(angle))) - y
    return np.where(wide < 0.5, beyond, y).astype(x.dtype)[()]


def _polygamma(n, x):  # type: ignore[no-untyped-def]
    """The n-th derivative of digamma: its series from 16 on, recurrence and reflection below."""
    wide = x.astype(np.float64)
    z = np.where(wide < 0.5, 1 - wide, wide) if n < 2 else np.where(wide > 0, wide, np.nan)
    angle = np.pi * (wide - np.round(wide))
    factorial = float(np.prod(np.arange(1.0, n + 1)))
    total = np.zeros_like(z)
    for _ in range(16 + n):
        total += z ** -(n + 1.0)
        z = z + 1
    # (k + n)! / k! * B(k + 1) / (k + 1) for k = 1, 3, 5 …, from Euler's summation.
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    series = np.zeros_like(z)
    for k in range(15, 0, -2):
        rising = float(np.prod(np.arange(k + 1.0, k + n + 1)))
        series = series / (z * z) + rising * bernoulli[k // 2] / (k + 1)
    if n == 0:
        y = np.log(z) - 0.5 / z - series / (z * z) - total
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, y - np.pi / np.tan(angle), y)
    else:
        tail = factorial / n / z**n + 0.5 * factorial / z ** (n + 1) + series / z ** (n + 2)
        y = (-1) ** (n + 1) * (factorial * total + tail)
    if n == 1:
        with np.errstate(divide="ignore"):
            y = np.where(wide < 0.5, (np.pi / np.sin(angle)) ** 2 - y, y)
    return y.astype(x.dtype)[()]


def _recurrence(a, b, axis):  # type: ignore[no-untyped-def]
    """y[j] = b[j] + a[j] * y[j - 1] along an axis, beginning with b[0]."""
    y = b.copy()
    a, steps = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0)
    for j in range(1, len(steps)):
        steps[j] += a[j] * steps[j - 1]
    return y


def _shifted(x, axis, fill=0):  # type: ignore[no-untyped-def]
    """The element before each one along an axis; `fill` stands before the first."""
    y = np.full_like(x, fill)
    np.moveaxis(y, axis, 0)[1:] = np.moveaxis(x, axis, 0)[:-1]
    return y


def _scatter_add(x, indices, shape, axis=0):  # type: ignore[no-untyped-def]
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    y = np.zeros(shape, x.dtype)
    # NumPy adds at positions in one flat axis several times faster than at rows.
    size, after = shape[axis], int(np.prod(shape[axis + 1 :]))
    before = np.arange(int(np.prod(shape[:axis])))[:, None] * size
    rows = (before + np.ravel(indices) % max(size, 1))[:, :, None] * after
    np.add.at(y.reshape(-1), (rows + np.arange(after)).reshape(-1), x.reshape(-1))
    return y


def _add_along_axis(x, indices, size, axis):  # type: ignore[no-untyped-def]
    """Zeros with `size` elements along an axis and x added at positions, each in its own row."""
    y = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
    places = list(np.indices(x.shape, sparse=True))
    places[axis] = indices
    np.add.at(y, tuple(places), x)
    return y


def _diagonal_adjoint(x, shape, offset, axis1, axis2):  # type: ignore[no-untyped-def]
    """Zeros of a shape with x on a diagonal of two axes."""
    y = np.zeros(shape, x.dtype)
    rows = np.arange(x.shape[-1]) - min(offset, 0)
    np.moveaxis(y, (axis1, axis2), (-2, -1))[..., rows, rows + offset] = x
    return y


def _windows(x, size, stride, dilation):  # type: ignore[no-untyped-def]
    """A view of the windows along the last axes: [.., out, size]."""
    axes = tuple(range(x.ndim - len(size), x.ndim))
    spans = [d * (k - 1) + 1 for k, d in zip(size, dilation)]
    windows = np.lib.stride_tricks.sliding_window_view(x, spans, axes)
    taken = (*(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))
    return windows[(..., *taken)]


def _add_windows(x, shape, size, stride, dilation):  # type: ignore[no-untyped-def]
    """Zeros of a shape with windows added in their places."""
    y = np.zeros(shape, x.dtype)
    outs = x.shape[-2 * len(size) : -len(size)]
    for tap in np.ndindex(*size):
        start = [t * d for t, d in zip(tap, dilation)]
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(start, stride, outs))
        y[(..., *places)] += x[(..., *tap)]
    return y


def _columns(x, size, stride, padding, dilation, groups):  # type: ignore[no-untyped-def]
    """The windows of images as columns: [N, groups, C / groups * h * w, places]."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, ((0, 0), (0, 0), *padding))
    windows = _windows(x, size, stride, dilation)
    n, c, rows, columns = windows.shape[:4]
    taps = c // groups * size[0] * size[1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, groups, taps, rows * columns)


def _conv2d(  # type: ignore[no-untyped-def]
    x, w, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1
):
    """The convolution of images [N, C, H, W] with weights [O, C / groups, h, w]."""
    o, c, *size = w.shape
    h, v = (
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(x.shape[2:], padding, dilation, size, stride)
    )
    columns = _columns(x, size, stride, padding, dilation, groups)
    y = w.reshape(groups, o // groups, c * size[0] * size[1]) @ columns
    return y.reshape(len(x), o, h, v)


def _conv2d_weight(  # type: ignore[no-untyped-def]
    dy, x, shape, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1
):
    """The cotangent of the weights of `_conv2d`."""
    columns = _columns(x, shape[2:], stride, padding, dilation, groups)
    n, o, h, v = dy.shape
    dy = dy.reshape(n, groups, o // groups, h * v)
    return (dy @ columns.mT).sum(axis=0).reshape(shape)


def _conv2d_input(  # type: ignore[no-untyped-def]
    dy, w, shape, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1), groups=1
):
    """The cotangent of the images of `_conv2d`."""
    n, o, h, v = dy.shape
    size = w.shape[2:]
    weights = w.reshape(groups, o // groups, w.shape[1] * size[0] * size[1])
    taps = weights.mT @ dy.reshape(n, groups, o // groups, h * v)
    taps = taps.reshape(n, shape[1], *size, h, v).transpose(0, 1, 4, 5, 2, 3)
    (top, bottom), (left, right) = padding
    wide = (n, shape[1], shape[2] + top + bottom, shape[3] + left + right)
    dx = _add_windows(taps, wide, size, stride, dilation)
    return dx[:, :, top : top + shape[2], left : left + shape[3]]


def _pool_taps(x, size, stride, padding, outs, fill):  # type: ignore[no-untyped-def]
    """For each place of a window, the elements of x there, and the index that they stand at."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, (*[(0, 0)] * (x.ndim - 2), *padding), constant_values=fill)
    for tap in np.ndindex(*size):
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(tap, stride, outs))
        yield x[(..., *places)]


def _max_pool2d(  # type: ignore[no-untyped-def]
    x, size, stride=None, padding=((0, 0), (0, 0))
):
    """The largest element of each window of the last two axes."""
    stride = stride or size
    outs = [(n + sum(p) - k) // s + 1 for n, p, k, s in zip(x.shape[-2:], padding, size, stride)]
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    taps = _pool_taps(x, size, stride, padding, outs, least)
    y = next(taps).copy()
    for tap in taps:
        np.maximum(y, tap, out=y)
    return y


def _max_pool2d_adjoint(  # type: ignore[no-untyped-def]
    x, at, most, size, stride=None, padding=((0, 0), (0, 0))
):
    """Zeros with x added where `at` first has the largest element of each window."""
    stride = stride or size
    (top, bottom), (left, right) = padding
    rows, columns = at.shape[-2:]
    y = np.zeros((*at.shape[:-2], rows + top + bottom, columns + left + right), x.dtype)
    free = np.ones(most.shape, bool)
    places = _pool_taps(y, size, stride, ((0, 0), (0, 0)), most.shape[-2:], 0)
    for tap, place in zip(_pool_taps(at, size, stride, padding, most.shape[-2:], -np.inf), places):
        hit = free & (tap == most)
        place += x * hit
        free &= ~hit
    return y[..., top : top + rows, left : left + columns]


def _max_pool2d_pick(  # type: ignore[no-untyped-def]
    x, at, most, size, stride=None, padding=((0, 0), (0, 0))
):
    """The elements of x where `at` first has the largest element of each window."""
    stride = stride or size
    y = np.zeros(most.shape, x.dtype)
    free = np.ones(most.shape, bool)
    outs = most.shape[-2:]
    taken = _pool_taps(x, size, stride, padding, outs, 0)
    for tap, value in zip(_pool_taps(at, size, stride, padding, outs, -np.inf), taken):
        hit = free & (tap == most)
        y += value * hit
        free &= ~hit
    return y


def with_needed(names: Iterable[str]) -> list[str]:
    """The helpers, and those that they call, in the order of this file."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            called = getattr(sys.modules[__name__], name).__code__.co_names
            pending += [
                c for c in called if c.startswith("_") and hasattr(sys.modules[__name__], c)
            ]
    return [n for n in vars(sys.modules[__name__]) if n in found]


def source_of(name: str) -> str:
    """The source text of a helper."""
    text = inspect.getsource(getattr(sys.modules[__name__], name))
    return text.replace("  # type: ignore[no-untyped-def]", "").rstrip()
