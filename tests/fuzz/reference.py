"""What the references of operations are written with: NumPy, or torch where it is installed.

Both have the names and meaning of NumPy's functions. NumPy runs in any precision, so that central
differences in long double settle derivatives to the last digits of a double; torch has its own
derivatives.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

try:
    import torch
except ImportError:  # the extra `oracle` brings it
    torch = None  # type: ignore[assignment]


class NumpyReference:
    """The functions on arrays of any float type."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def number(self, x: Any) -> Any:
        """A bool as an integer."""
        return x.astype(np.int64) if x.dtype == np.bool_ else x

    def real(self, x: Any) -> Any:
        """Any element type as floats."""
        return x if x.dtype.kind == "f" else x.astype(np.float64)

    def truth(self, x: Any) -> Any:
        return x != 0

    def integer(self, x: Any) -> Any:
        return np.trunc(x).astype(np.int64)

    def transpose(self, x: Any, axes: Any) -> Any:
        return np.transpose(x, axes)

    def fixed(self, x: Any) -> Any:
        """The value, without derivative."""
        return x

    def constant(self, data: Any, like: Any = None) -> Any:
        return np.asarray(data)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    def erf(self, x: Any) -> Any:
        """A series whose terms have one sign; good for |x| < 7."""
        term = total = np.asarray(x)
        for n in range(1, 200):
            term = term * 2 * x * x / (2 * n + 1)
            total = total + term
        return 2 / np.sqrt(np.asarray(np.pi, total.dtype)) * np.exp(-x * x) * total

    def pad(self, x: Any, widths: Any, value: float) -> Any:
        return np.pad(x, widths, constant_values=value) if x.ndim else x

    def sort(self, x: Any, axis: int) -> Any:
        return np.sort(x, axis=axis)

    def scatter(self, x: Any, indices: Any, length: int) -> Any:
        result = np.zeros((length, *x.shape[1:]), x.dtype)
        np.add.at(result, indices, x)
        return result


class TorchReference:
    """The same functions on tensors."""

    _SAME = frozenset(
        """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp expm1 log
        log1p sqrt abs sign floor ceil round trunc exp2 log2 log10 maximum minimum arctan2 where
        logaddexp hypot sigmoid erf stack reshape broadcast_to remainder logical_and
        logical_or logical_not isnan isfinite isinf einsum tril triu fmax fmin copysign""".split()
    )

    def __getattr__(self, name: str) -> Any:
        if name not in self._SAME:
            raise AttributeError(name)
        return getattr(torch, name)

    def number(self, x: Any) -> Any:
        return x.to(torch.int64) if x.dtype == torch.bool else x

    def real(self, x: Any) -> Any:
        return x if x.dtype.is_floating_point else x.to(torch.float64)

    def truth(self, x: Any) -> Any:
        return x != 0

    def integer(self, x: Any) -> Any:
        return torch.trunc(x).to(torch.int64)

    def fixed(self, x: Any) -> Any:
        return x.detach()

    def constant(self, data: Any, like: Any = None) -> Any:
        return torch.as_tensor(np.asarray(data))

    def cbrt(self, x: Any) -> Any:
        return torch.sign(x).detach() * torch.abs(x) ** (1 / 3)

    def floor_divide(self, x: Any, y: Any) -> Any:
        return torch.floor_divide(x.detach(), y.detach())

    def square(self, x: Any) -> Any:
        return x * x

    def negative(self, x: Any) -> Any:
        return -x

    def transpose(self, x: Any, axes: Any) -> Any:
        return x.permute(*axes) if x.ndim else x

    def stack(self, arrays: Any, axis: int) -> Any:
        return torch.stack(arrays, dim=axis)

    def concatenate(self, arrays: Any, axis: int) -> Any:
        return torch.cat(arrays, dim=axis)

    def flip(self, x: Any, axis: Any = None) -> Any:
        axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        return torch.flip(x, list(axes))

    def roll(self, x: Any, shift: int, axis: int | None) -> Any:
        return torch.roll(x, shift) if axis is None else torch.roll(x, shift, axis)

    def tile(self, x: Any, reps: Any) -> Any:
        return torch.tile(x, tuple(reps))

    def repeat(self, x: Any, n: int, axis: int | None) -> Any:
        return torch.repeat_interleave(x, n, dim=axis)

    def pad(self, x: Any, widths: Any, value: float) -> Any:
        for axis, (low, high) in enumerate(widths):
            parts = []
            for width in (low, high):
                shape = list(x.shape)
                shape[axis] = width
                parts.append(torch.full(shape, value, dtype=x.dtype))
            x = torch.cat([parts[0], x, parts[1]], dim=axis)
        return x

    def take(self, x: Any, indices: Any, axis: int | None = None) -> Any:
        x, axis = (x.reshape(-1), 0) if axis is None else (x, axis % x.ndim)
        flat = torch.remainder(indices.reshape(-1), max(x.shape[axis], 1))
        shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
        return torch.index_select(x, axis, flat).reshape(shape)

    def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
        return torch.take_along_dim(x, torch.remainder(indices, x.shape[axis]), dim=axis)

    def scatter(self, x: Any, indices: Any, length: int) -> Any:
        zeros = torch.zeros((length, *x.shape[1:]), dtype=x.dtype)
        return zeros.index_add(0, torch.remainder(indices, length), x)

    def cumsum(self, x: Any, axis: int | None = None) -> Any:
        return torch.cumsum(x.reshape(-1) if axis is None else x, dim=axis or 0)

    def cumprod(self, x: Any, axis: int | None = None) -> Any:
        return torch.cumprod(x.reshape(-1) if axis is None else x, dim=axis or 0)

    def sort(self, x: Any, axis: int) -> Any:
        return torch.sort(x, dim=axis, stable=True).values

    def diagonal(self, x: Any, offset: int, axis1: int, axis2: int) -> Any:
        return torch.diagonal(x, offset=offset, dim1=axis1, dim2=axis2)

    def argmax(self, x: Any, axis: int) -> Any:
        return torch.argmax(x, dim=axis)

    def _axes(self, x: Any, axis: Any) -> list[int]:
        axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        return [a % x.ndim for a in axes] if x.ndim else []

    def sum(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = self._axes(x, axis)
        return torch.sum(x, dim=axes, keepdim=keepdims) if axes else x

    def mean(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        count = math.prod(x.shape[a] for a in self._axes(x, axis))
        return self.sum(x, axis, keepdims) / count

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = self._axes(x, axis)
        return torch.amax(x, dim=axes, keepdim=keepdims) if axes else x

    def min(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = self._axes(x, axis)
        return torch.amin(x, dim=axes, keepdim=keepdims) if axes else x

    def prod(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = self._axes(x, axis)
        for a in sorted(axes, reverse=True):
            x = torch.prod(x, dim=a, keepdim=keepdims)
        return x

    def all(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.sum((~x).to(torch.int64), axis, keepdims) == 0

    def any(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.sum(x.to(torch.int64), axis, keepdims) != 0
