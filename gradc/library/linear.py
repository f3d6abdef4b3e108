"""List and shape functions for linear algebra."""

from __future__ import annotations

import math
from typing import Any

from gradc.ir.sizes import never_negative
from gradc.ir.types import Type, TypeMismatch
from gradc.library.axes import Shape, normal_axes
from gradc.library.lists import functions_of, reduced_sizes


def is_tall(x: Type) -> bool:
    """Whether matrices are known to have as many rows as columns, or more."""
    rows, columns = x.shape[-2:]
    return never_negative(rows - columns)


def is_matrix_norm(x: Type, order: Any, axis: Any) -> bool:
    """Whether an order is of matrices; raises TypeMismatch where they have no such norm."""
    named = isinstance(order, str)
    count = len(axis) if isinstance(axis, tuple) else 1 if axis is not None else x.rank
    if named and count != 2:
        message = f'"{order}" is a norm of matrices: it takes two axes, not {count}'
        raise TypeMismatch(message, (0,), "E0303", attribute="order")
    if order is None or not (named or (isinstance(axis, tuple) and count == 2)):
        return False
    if order not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        message = f'{order} is no norm of matrices: there are 1, 2, inf, "fro" and "nuc"'
        raise TypeMismatch(message, (), "E0305", attribute="order")
    return True


def contraction(a: Type, b: Type, axes: Any) -> tuple[Any, Any, Shape]:
    """The axes of `a` and of `b` that `tensordot` sums over, and the shape of its result."""
    if isinstance(axes, int):
        if not 0 <= axes <= min(a.rank, b.rank):
            most = min(a.rank, b.rank)
            helps = [f"there are at most `{most}`"] if most else []
            message = f"{axes} axes of {a} and of {b}"
            raise TypeMismatch(message, (0, 1), "E0303", helps, attribute="axes")
        axes = (tuple(range(a.rank - axes, a.rank)), tuple(range(axes)))
    pair = tuple(s if isinstance(s, tuple) else (s,) for s in axes)
    if len(pair) != 2 or len(pair[0]) != len(pair[1]):
        raise TypeMismatch("`tensordot` needs as many axes of one array as of the other", (0,))
    left, right = (normal_axes(axes, x.rank, "axes") for axes, x in zip(pair, (a, b), strict=True))
    for p, q in zip(left, right, strict=True):
        if a.shape[p] != b.shape[q]:
            raise TypeMismatch(f"axis {p} of {a} and axis {q} of {b} differ", (0,))
    return left, right, reduced_sizes(a, left) + reduced_sizes(b, right)


def diagonal_shape(x: Type, offset: int) -> Shape:
    """The shape of the square matrix with a vector on a diagonal."""
    size = x.shape[0] + abs(offset)
    return (size, size)


FUNCTIONS = functions_of(dict(globals()))
