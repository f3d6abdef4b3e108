"""The norm of all elements along some axes, which is none of matrices where these are two."""

from __future__ import annotations

from collections.abc import Callable

from gradc.importing.foreign import Operand, Tensor


def vector_norm(apply: Callable[..., Tensor], x: Tensor, order: float, **along: Operand) -> Tensor:
    """The norm of the `order` along `axis`, which may be several; `keepdims` keeps them."""
    axes = along.get("axis")
    if order == 2:
        return apply("norm", x, **along)
    if not isinstance(axes, tuple) or len(axes) != 2:
        return apply("norm", x, ord=order, **along)
    if order == 0:
        there = apply("not_equal", x, 0)
        return apply("sum", apply("astype", there, x.dtype), **along)
    # The norm of norms: the order of the axes is that of sums, and those are free to be turned.
    first, second = sorted(int(a) % x.rank for a in axes)  # type: ignore[arg-type]
    rows = apply("norm", x, ord=order, **{**along, "axis": second})
    return apply("norm", rows, ord=order, **{**along, "axis": first})
