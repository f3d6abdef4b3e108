"""Types of picking elements by position, and of their adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.diagnostics import plural
from gradc.ir.operation import Typing
from gradc.ir.sizes import Size
from gradc.ir.types import Type, TypeMismatch, broadcast, promote
from gradc.library.axes import Shape, check_sizes, normal_axis


def taken(x: Type, indices: Type, axis: int | None) -> Typing:
    """`take`: the axis gives way to the shape of the indices."""
    _indices(indices)
    if axis is None:
        return Typing((Type(x.dtype, indices.shape),))
    axis = normal_axis(axis, x.rank)
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    return Typing((Type(x.dtype, shape),), attrs={"axis": axis})


def looked_up(labels: Type, table: Type, axis: int) -> Typing:
    """`look_up`: `take` along the first axis."""
    _indices(labels, 0)
    return taken(table, labels, axis)


def scattered(x: Type, indices: Type, shape: Shape, axis: int) -> Typing:
    """`scatter_add`: an array of a shape from which `take` would give what `x` looks like."""
    axis = normal_axis(axis, len(shape))
    expected = taken(Type(x.dtype, shape), indices, axis).results[0]
    if expected.shape != x.shape:
        raise TypeMismatch(f"{x} is added where {expected} is taken", (0, 1))
    return Typing((Type(x.dtype, shape),), attrs={"axis": axis})


def taken_along(x: Type, indices: Type, axis: int) -> Typing:
    """`take_along_axis`: operands broadcast but along the axis."""
    _indices(indices)
    axis = normal_axis(axis, x.rank)
    if indices.rank != x.rank:
        rest = (*x.shape[:axis], *x.shape[axis + 1 :])
        index = ", ".join([*[":"] * axis, "newaxis"])
        helps = [f"write `{{1}}[{index}]`: one of each, along axis {axis}"]
        message = f"indices {indices} and {x} need the same rank"
        one_each = indices.rank == len(rest) and all(
            i in (1, s) for i, s in zip(indices.shape, rest, strict=True)
        )
        raise TypeMismatch(message, (0, 1), "E0303", helps if one_each else ())
    around = broadcast([(*t.shape[:axis], 1, *t.shape[axis + 1 :]) for t in (x, indices)])
    shape = (*around[:axis], indices.shape[axis], *around[axis + 1 :])
    return Typing((Type(x.dtype, shape),), attrs={"axis": axis})


def added_along(x: Type, indices: Type, size: Size, axis: int) -> Typing:
    """The adjoint of `take_along_axis`: the axis has `size` elements."""
    check_sizes((size,))
    axis = normal_axis(axis, x.rank)
    shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
    expected = taken_along(Type(x.dtype, shape), indices, axis).results[0]
    if expected.shape != x.shape:
        raise TypeMismatch(f"{x} is added where {expected} is taken", (0, 1))
    return Typing((Type(x.dtype, shape),), attrs={"axis": axis})


def put_along(x: Type, indices: Type, values: Type, axis: int) -> Typing:
    """`put_along_axis`: values for what `take_along_axis` would read."""
    typing = taken_along(x, indices, axis)
    axis = normal_axis(axis, x.rank)
    places = typing.results[0].shape
    if (*places[:axis], *places[axis + 1 :]) != (*x.shape[:axis], *x.shape[axis + 1 :]):
        raise TypeMismatch(f"indices {indices} name more than there is in {x}", (0, 1))
    if broadcast([values.shape, places]) != places:
        raise TypeMismatch(f"{values} does not fill places {list(places)}", (2, 1))
    casts = () if values.weak else (None, None, x.dtype)
    return Typing((Type(x.dtype, x.shape),), casts, attrs={"axis": axis})


def insertion(a: Type, v: Type, side: str) -> Typing:
    """`searchsorted`: places in a vector."""
    if a.rank != 1:
        raise TypeMismatch(f"{a} is no vector", (0,), "E0303")
    if side not in ("left", "right"):
        raise TypeMismatch(f'"{side}" is not "left" or "right"', (), "E0305", attribute="side")
    return Typing((Type("i64", v.shape),))


def put(x: Type, indices: Type, values: Type, axis: int) -> Typing:
    """`index_put`: values broadcast into what `take` would give."""
    there = taken(x, indices, axis)
    (seen,), attrs = there.results, dict(there.attrs or {})
    try:
        fits = broadcast([seen.shape, values.shape]) == seen.shape
    except TypeMismatch:
        fits = False
    if not fits:
        raise TypeMismatch(f"{values} does not broadcast into {list(seen.shape)}", (2, 1))
    dtype, _ = promote([x, values])
    casts = (dtype, None, None if values.weak else dtype)
    attrs["before"] = ((None, None, None),) * attrs["axis"]
    return Typing((Type(dtype, x.shape),), casts, attrs=attrs)


def marked(indices: Type) -> Typing:
    """`last_put`: a bool for each position."""
    _indices(indices, 0)
    return Typing((Type("bool", indices.shape),))


def picked(x: Type, labels: Type, rows: Size | None) -> Typing:
    """One element of each row of a matrix."""
    _indices(labels)
    _rows(x.shape[:1] if x.rank == 2 else (), labels.shape, x)
    return Typing((Type(x.dtype, labels.shape),), attrs={"rows": labels.shape[0]})


def unpicked(x: Type, labels: Type, size: Size, rows: Size | None) -> Typing:
    """A matrix of rows with one element each."""
    _indices(labels)
    _rows(x.shape, labels.shape, x)
    return Typing((Type(x.dtype, (*x.shape, size)),), attrs={"rows": labels.shape[0]})


def less_picked(x: Type, labels: Type, amount: Type, rows: Size | None) -> Typing:
    """A matrix with one element of each row made smaller."""
    picked(x, labels, rows)
    broadcast([amount.shape, labels.shape])
    casts = () if amount.weak else (None, None, x.dtype)
    return Typing((Type(x.dtype, x.shape),), casts, attrs={"rows": labels.shape[0]})


def picked_at(x: Type, positions: Sequence[Type], before: Sequence[Any]) -> Typing:
    """`pick_at`: as many axes as there are positions give way to what these broadcast to."""
    for place, kind in enumerate(positions, 1):
        _indices(kind, place)
    first, last = len(before), len(before) + len(positions)
    try:
        shape = broadcast([p.shape for p in positions])
    except TypeMismatch as mismatch:
        raise TypeMismatch(mismatch.message, (p + 1 for p in mismatch.operands)) from None
    return Typing((Type(x.dtype, (*x.shape[:first], *shape, *x.shape[last:])),))


def added_at(x: Type, positions: Sequence[Type], shape: Shape, before: Sequence[Any]) -> Typing:
    """`add_at`: an array of a shape from which `pick_at` would give what `x` looks like."""
    expected = picked_at(Type(x.dtype, shape), positions, before).results[0]
    if expected.shape != x.shape:
        raise TypeMismatch(f"{x} is added where {expected} is taken", (0,))
    return Typing((Type(x.dtype, shape),))


def leading(x: Type, count: Size) -> Typing:
    """`count` elements of a vector."""
    if x.rank != 1:
        raise TypeMismatch(f"{x} is no vector", (0,))
    if isinstance(x.shape[0], int) and isinstance(count, int) and count > x.shape[0]:
        raise TypeMismatch(f"{x} has no {plural(count, 'element')}", (0,))
    return Typing((Type(x.dtype, (count,)),))


def placed(x: Type, shape: Shape) -> Typing:
    """Zeros of a shape with `x` put in."""
    return Typing((Type(x.dtype, shape),))


def _indices(x: Type, place: int = 1) -> None:
    if x.dtype not in ("i32", "i64"):
        raise TypeMismatch(f"indices are integers, this is {x}", (place,), "E0305")


def _rows(rows: Shape, labels: Shape, x: Type) -> None:
    if len(rows) != 1 or rows != labels:
        raise TypeMismatch(f"one label for each row of {x} is needed", (0, 1), "E0303")
