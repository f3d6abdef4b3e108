"""List functions of `interpolate`: how many elements an axis gets, and how far apart they are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor, isfinite
from typing import Any

from gradc.diagnostics import plural
from gradc.ir.sizes import Poly, Size, divides, floor_divide
from gradc.ir.types import Type, TypeMismatch
from gradc.library.lists import one_of

_MODES = {"linear": 3, "bilinear": 4}
"""How many axes an array has that they are for."""

_DENOMINATOR = 1_000_000  # of factors: those that were written as decimals are met exactly


def can_resize(x: Type, size: Any, scale: Any, mode: str, align_corners: Any) -> bool:
    """True; raises TypeMismatch where a resizing is not stated, or stated twice."""
    one_of(mode, "nearest", *_MODES)
    if x.rank not in _MODES.values():
        raise TypeMismatch(f"[N, C, L] or [N, C, H, W] is needed, not {x}", (0,), "E0303")
    if _MODES.get(mode, x.rank) != x.rank:
        helps = [f'write `"{next(m for m, r in _MODES.items() if r == x.rank)}"`']
        message = f'"{mode}" is not for {plural(x.rank, "axis", "axes")}'
        raise TypeMismatch(message, (0,), "E0305", helps, attribute="mode")
    if (size is None) == (scale is None):
        raise TypeMismatch("either `size` or `scale` says how large the result is", (0,), "E0305")
    if align_corners is not None and mode == "nearest":
        message = "`align_corners` is for linear interpolation"
        raise TypeMismatch(message, (0,), "E0305", attribute="align_corners")
    given = size if scale is None else scale
    count = x.rank - 2
    if isinstance(given, tuple) and len(given) != count:
        name = "size" if scale is None else "scale"
        message = f"{plural(len(given), 'number')} for {plural(count, 'axis', 'axes')}"
        raise TypeMismatch(message, (0,), "E0305", attribute=name)
    return True


def resized(x: Type, axis: int, size: Any, scale: Any) -> Size:
    """How many elements an axis counted from the end gets."""
    if scale is None:
        out: Size = _along(size, axis)
    else:
        factor = _factor(scale, axis)
        n = x.shape[axis]
        ratio = Fraction(factor).limit_denominator(_DENOMINATOR)
        if isinstance(n, Poly):
            out = floor_divide(n * ratio.numerator, ratio.denominator)
        else:
            out = floor(n * factor)
    if isinstance(out, int) and out < 1:
        raise TypeMismatch(
            f"{plural(out, 'element')} would be left of {x.shape[axis]}", (0,), "E0306"
        )
    return out


def spacing(x: Type, axis: int, size: Any, scale: Any) -> tuple[Size, Size]:
    """How far apart the places of an axis are that its new elements are read from, as a ratio."""
    if scale is None:
        n, out = x.shape[axis], _along(size, axis)
        if divides(n, out):
            return 1, floor_divide(out, n)
        return n, out
    ratio = Fraction(_factor(scale, axis)).limit_denominator(_DENOMINATOR)
    return ratio.denominator, ratio.numerator


def _along(given: Any, axis: int) -> Any:
    return given[axis] if isinstance(given, tuple) else given


def _factor(scale: Any, axis: int) -> Any:
    factor = _along(scale, axis)
    if not isfinite(factor) or not 1 / _DENOMINATOR < factor < _DENOMINATOR:
        message = f"a factor is above 0 and no larger than {_DENOMINATOR}, this is {factor}"
        raise TypeMismatch(message, (0,), "E0305", attribute="scale")
    return factor


FUNCTIONS: dict[str, Callable[..., Any]] = {f.__name__: f for f in (can_resize, resized, spacing)}
