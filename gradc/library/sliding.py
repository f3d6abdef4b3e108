"""List and shape functions of windows that slide: convolutions and pooling.

As those of `lists.py` they take knowns, and the types of values, and return knowns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.sizes import Poly, Size, divides, floor_divide
from gradc.ir.types import Check, Checked, Type, TypeMismatch
from gradc.library.axes import Shape, near_divisor
from gradc.library.shapes.windows import as_pads, as_pair


def both(value: Any) -> tuple[int, int]:
    """An integer or a list of two, as two."""
    return as_pair(value)


def padding_in_line(padding: Any) -> Any:
    """Padding along one axis, as padding of an image of one row."""
    if isinstance(padding, str):
        return padding
    return ((0, 0), as_pair(padding))


def padding_around(x: Type, padding: Any, size: Any) -> tuple[tuple[int, int], ...]:
    """Padding of the last two axes, as `pad` takes it."""
    pads = as_pads(padding, as_pair(size), (1, 1), (1, 1))
    return (*[(0, 0)] * (x.rank - 2), *pads)


def transposed_sizes(
    x: Type, w: Type, stride: Any, padding: Any, extra: Any, dilation: Any, groups: int
) -> Shape:
    """The shape of a transposed convolution."""
    if x.rank != 4 or w.rank != 4:
        raise TypeMismatch(f"[N, C, H, W] and [C, O, h, w] are needed, not {x} and {w}", (0,))
    stride, dilation, extra = as_pair(stride), as_pair(dilation), as_pair(extra)
    pads = as_pads(padding, w.shape[2:], stride, dilation)
    sizes = tuple(
        (s - 1) * step - lo - hi + d * (k - 1) + more + 1
        for s, step, (lo, hi), d, k, more in zip(
            x.shape[2:], stride, pads, dilation, w.shape[2:], extra, strict=True
        )
    )
    return (x.shape[0], w.shape[1] * groups, *sizes)


def share_of(channels: Size, groups: Size, attribute: str) -> Checked:
    """The channels of each group; `attribute` says how many groups there are."""
    message = f"{channels} channels do not make {groups} groups"
    checks: tuple[Check, ...] = ()
    helps: tuple[str, ...] = ()
    fits = isinstance(groups, Poly) or groups >= 1
    if isinstance(channels, int) and isinstance(groups, int):
        fits = fits and channels % groups == 0
        helps = (f"`{near_divisor(channels, groups)}` divides it",) if channels else ()
    if not fits:
        raise TypeMismatch(message, (0,), "E0306", helps, attribute=attribute)
    if not divides(groups, channels):
        checks = (Check("divides", groups, channels, message),)
    return Checked(floor_divide(channels, groups), checks)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (both, padding_in_line, padding_around, transposed_sizes, share_of)
}
