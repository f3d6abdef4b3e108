"""Type rules: what an operation makes of the types of its operands. Stanzas call these by name.

Each takes types and compile-time attributes and returns a `Typing`, or raises TypeMismatch with
the operands to blame. Attributes come back in canonical form (axes counted from 0).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.ir.graph import Check
from gradc.ir.operation import Typing
from gradc.ir.sizes import Poly, Size, divides, floor_divide, product, shape_text
from gradc.ir.types import Type, TypeMismatch, broadcast, promote
from gradc.library.axes import normal_axes, normal_axis
from gradc.library.indexed import indexed

Shape = tuple[Size, ...]

# --- element by element ----------------------------------------------------------------------


def arithmetic(*types: Type) -> Typing:
    """The common element type and the broadcast shape; bools count as 0 or 1."""
    dtype, weak = promote(types)
    shape = broadcast([t.shape for t in types])
    if dtype == "bool":
        return Typing((Type("i64", shape, weak),), ("i64",) * len(types))
    return Typing((Type(dtype, shape, weak),))


def common(*types: Type) -> Typing:
    """As `arithmetic`, but bools stay bools."""
    dtype, weak = promote(types)
    return Typing((Type(dtype, broadcast([t.shape for t in types]), weak),))


def floating(*types: Type) -> Typing:
    """As `arithmetic`, with integers and bools taken to f64."""
    dtype, weak = promote(types)
    shape = broadcast([t.shape for t in types])
    if dtype in ("f32", "f64"):
        return Typing((Type(dtype, shape, weak),))
    cast = "f64" if dtype == "bool" or weak else None
    return Typing((Type("f64", shape, weak),), (cast,) * len(types))


def integral_power(x: Type, y: Type) -> Typing:
    """`x ** y`: integers stay integers."""
    return arithmetic(x, y)


def logical(*types: Type) -> Typing:
    """A bool for each element."""
    weak = all(t.weak for t in types)
    return Typing((Type("bool", broadcast([t.shape for t in types]), weak),))


def same(x: Type) -> Typing:
    """The operand's own type."""
    return Typing((x,))


def counted(x: Type) -> Typing:
    """The operand's own type, bools as integers."""
    return arithmetic(x)


def choice(cond: Type, x: Type, y: Type) -> Typing:
    """`where`: the common type of the branches, in the shape of all three."""
    if cond.dtype != "bool":
        raise TypeMismatch(
            f"the condition of `where` is a bool, this is {cond}", (0,), "E0305",
            ["compare it: `x != 0`"],
        )
    dtype, weak = promote([x, y])
    shape = broadcast([cond.shape, x.shape, y.shape])
    return Typing((Type(dtype, shape, weak and cond.weak),))


def converted(x: Type, dtype: str) -> Typing:
    return Typing((Type(dtype, x.shape),))


# --- made from nothing -----------------------------------------------------------------------


def number(value: Any, text: str) -> Typing:
    kind = "bool" if isinstance(value, bool) else "i64" if isinstance(value, int) else "f64"
    return Typing((Type(kind, (), weak=True),))


def size(_: Poly) -> Typing:
    return Typing((Type("i64", (), weak=True),))


def filled(shape: Shape, dtype: str) -> Typing:
    _check_sizes(shape)
    return Typing((Type(dtype, shape),))


def identity(n: Size, m: Size | None, dtype: str) -> Typing:
    shape = (n, n if m is None else m)
    _check_sizes(shape)
    return Typing((Type(dtype, shape),), attrs={"m": shape[1]})


def counting(start: Any, stop: Any, step: Any) -> Typing:
    """`arange`: one bound counts from 0."""
    low, high = (0, start) if stop is None else (start, stop)
    canonical = {"start": low, "stop": high}
    if all(isinstance(v, int | Poly) and not isinstance(v, bool) for v in (low, high, step)):
        if not isinstance(step, int) or step == 0:
            raise TypeMismatch("the step of `arange` is an integer other than 0", code="E0306")
        span = high - low if step > 0 else low - high
        count = floor_divide(span + abs(step) - 1, abs(step))
        if isinstance(count, int):
            count = max(count, 0)
        return Typing((Type("i64", (count,)),), attrs=canonical)
    raise TypeMismatch("`arange` counts in integers", code="E0306")


def _check_sizes(shape: Shape) -> None:
    for item in shape:
        if isinstance(item, int) and item < 0:
            raise TypeMismatch(f"a size cannot be negative: {item}", code="E0306")


# --- movement --------------------------------------------------------------------------------


def reshaped(x: Type, shape: Shape) -> Typing:
    """One size may be -1; the number of elements stays."""
    total = product(x.shape)
    unknown = [i for i, s in enumerate(shape) if s == -1]
    if len(unknown) > 1:
        raise TypeMismatch("at most one size can be -1", (0,), "E0306")
    if unknown:
        known = product(s for s in shape if s != -1)
        if known == 0:
            raise TypeMismatch("-1 means any size where the others multiply to 0", (0,), "E0306")
        rest = floor_divide(total, known)
        shape = tuple(rest if s == -1 else s for s in shape)
    _check_sizes(shape)
    found = product(shape)
    if found == total and not (unknown and not divides(known, total)):
        return Typing((Type(x.dtype, shape, x.weak),), attrs={"shape": shape})
    if isinstance(found, int) and isinstance(total, int) and not unknown:
        raise TypeMismatch(
            f"{total} elements do not fill {shape_text(shape)}, which has {found}", (0,), "E0306"
        )
    if unknown and isinstance(total, int) and isinstance(known, int):
        raise TypeMismatch(f"{total} elements do not divide by {known}", (0,), "E0306")
    text = f"cannot reshape {x} to {shape_text(shape)}"
    check = Check("divides", known, total, text) if unknown else Check("equal", found, total, text)
    return Typing((Type(x.dtype, shape, x.weak),), checks=(check,), attrs={"shape": shape})


def transposed(x: Type, axes: tuple[int, ...] | None) -> Typing:
    axes = tuple(reversed(range(x.rank))) if axes is None else normal_axes(axes, x.rank)
    if len(axes) != x.rank:
        raise TypeMismatch(f"{len(axes)} axes for {x}", (0,), "E0303")
    return Typing((Type(x.dtype, tuple(x.shape[a] for a in axes), x.weak),), attrs={"axes": axes})


def broadcast_into(x: Type, shape: Shape) -> Typing:
    _check_sizes(shape)
    if broadcast([x.shape, shape]) != shape:
        raise TypeMismatch(f"{x} does not broadcast to {shape_text(shape)}", (0,))
    return Typing((Type(x.dtype, shape, x.weak),))


def flipped(x: Type, axis: Any) -> Typing:
    axes = tuple(range(x.rank)) if axis is None else normal_axes(axis, x.rank)
    return Typing((x,), attrs={"axis": axes})


def joined(arrays: Sequence[Type], axis: int) -> Typing:
    """`concatenate`: sizes agree but along the axis, where they add up."""
    first = arrays[0]
    if first.rank == 0:
        raise TypeMismatch("scalars cannot be concatenated", (0,), "E0303", ["`stack` joins them"])
    axis = normal_axis(axis, first.rank)
    total: Size = 0
    for i, x in enumerate(arrays):
        others = [s for a, s in enumerate(x.shape) if a != axis]
        if x.rank != first.rank or others != [s for a, s in enumerate(first.shape) if a != axis]:
            raise TypeMismatch(f"{first} and {x} differ beside axis {axis}", (0, i))
        total = total + x.shape[axis]
    shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
    return Typing((Type(promote(arrays)[0], shape),), attrs={"axis": axis})


def stacked(arrays: Sequence[Type], axis: int) -> Typing:
    first = arrays[0]
    axis = normal_axis(axis, first.rank + 1)
    for i, x in enumerate(arrays):
        if x.shape != first.shape:
            raise TypeMismatch(f"{first} and {x} have different shapes", (0, i))
    shape = (*first.shape[:axis], len(arrays), *first.shape[axis:])
    return Typing((Type(promote(arrays)[0], shape),), attrs={"axis": axis})


def padded(x: Type, widths: tuple[tuple[Size, Size], ...]) -> Typing:
    if len(widths) != x.rank:
        raise TypeMismatch(f"`pad` needs a pair for each axis of {x}, there are {len(widths)}", (0,), "E0303")
    if any(isinstance(w, int) and w < 0 for pair in widths for w in pair):
        raise TypeMismatch("the widths of `pad` cannot be negative", (0,), "E0306")
    shape = tuple(lo + s + hi for s, (lo, hi) in zip(x.shape, widths, strict=True))
    return Typing((Type(x.dtype, shape, x.weak),))


# --- reductions ------------------------------------------------------------------------------


def reduced(x: Type, axis: Any, keepdims: bool) -> Typing:
    """The element type stays; bools and i32 add up in i64."""
    dtype = "i64" if x.dtype in ("bool", "i32") else x.dtype
    return _reduce(x, axis, keepdims, dtype)


def extreme(x: Type, axis: Any, keepdims: bool) -> Typing:
    """`max` and `min`, which need at least one element."""
    typing = _reduce(x, axis, keepdims, x.dtype)
    assert typing.attrs is not None
    if any(x.shape[a] == 0 for a in all_axes(typing.attrs["axis"], x.rank)):
        raise TypeMismatch(f"{x} has no elements to choose from", (0,), "E0306")
    return typing


def logical_reduced(x: Type, axis: Any, keepdims: bool) -> Typing:
    return _reduce(x, axis, keepdims, "bool")


def position(x: Type, axis: int | None, keepdims: bool) -> Typing:
    """`argmax` and `argmin`."""
    if axis is not None:
        axis = normal_axis(axis, x.rank)
    if product([x.shape[axis]] if axis is not None else x.shape) == 0:
        raise TypeMismatch(f"{x} has no elements to choose from", (0,), "E0306")
    typing = _reduce(x, axis, keepdims, "i64")
    return Typing((Type("i64", typing.results[0].shape),), attrs={"axis": axis})


def _reduce(x: Type, axis: Any, keepdims: bool, dtype: str) -> Typing:
    axes = tuple(range(x.rank)) if axis is None else normal_axes(axis, x.rank)
    if keepdims:
        shape: Shape = tuple(1 if a in axes else s for a, s in enumerate(x.shape))
    else:
        shape = tuple(s for a, s in enumerate(x.shape) if a not in axes)
    canonical = None if len(axes) == x.rank else axes[0] if len(axes) == 1 else axes
    return Typing((Type(dtype, shape, x.weak),), attrs={"axis": canonical})


def all_axes(axis: Any, rank: int) -> tuple[int, ...]:
    """A canonical `axis` attribute as a tuple."""
    return tuple(range(rank)) if axis is None else axis if isinstance(axis, tuple) else (axis,)


# --- picking by position ---------------------------------------------------------------------


def _indices(x: Type, position: int = 1) -> None:
    if x.dtype not in ("i32", "i64"):
        raise TypeMismatch(f"indices are integers, this is {x}", (position,), "E0305")


def taken(x: Type, indices: Type, axis: int | None) -> Typing:
    """`take`: the axis gives way to the shape of the indices."""
    _indices(indices)
    if axis is None:
        return Typing((Type(x.dtype, indices.shape),))
    axis = normal_axis(axis, x.rank)
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    return Typing((Type(x.dtype, shape),), attrs={"axis": axis})


def taken_along(x: Type, indices: Type, axis: int) -> Typing:
    _indices(indices)
    axis = normal_axis(axis, x.rank)
    if indices.rank != x.rank:
        raise TypeMismatch(f"indices {indices} and {x} need the same rank", (0, 1), "E0303")
    for a, (n, m) in enumerate(zip(x.shape, indices.shape, strict=True)):
        if a != axis and n != m:
            raise TypeMismatch(f"{x} and indices {indices} differ beside axis {axis}", (0, 1))
    return Typing((Type(x.dtype, indices.shape),), attrs={"axis": axis})


def placed(x: Type, shape: Shape) -> Typing:
    """The adjoints of picking: zeros of a shape with `x` put or added in."""
    return Typing((Type(x.dtype, shape),))


# --- linear algebra --------------------------------------------------------------------------


def multiplied(a: Type, b: Type) -> Typing:
    """NumPy's `matmul`: a 1-D operand is a row on the left, a column on the right."""
    if not a.rank or not b.rank:
        raise TypeMismatch("`@` needs arrays, not scalars", (0,) if not a.rank else (1,), "E0303")
    inner_a, inner_b = a.shape[-1], b.shape[-2 if b.rank > 1 else -1]
    if inner_a != inner_b:
        raise TypeMismatch(
            f"`@` needs the inner sizes to agree: {inner_a} is not {inner_b}", (0, 1)
        )
    batch = broadcast([a.shape[:-2], b.shape[:-2]])
    rows = a.shape[-2:-1] if a.rank > 1 else ()
    columns = b.shape[-1:] if b.rank > 1 else ()
    dtype, weak = promote([a, b])
    casts = ("i64", "i64") if dtype == "bool" else ()
    kind = Type("i64" if dtype == "bool" else dtype, (*batch, *rows, *columns), weak)
    return Typing((kind,), casts)


FUNCTIONS: dict[str, Callable[..., Typing]] = {
    f.__name__: f
    for f in (
        arithmetic, common, floating, integral_power, logical, same, counted, choice, converted,
        number, size, filled, identity, counting, reshaped, transposed, broadcast_into, flipped,
        joined, stacked, padded, reduced, extreme, logical_reduced, position, taken, taken_along,
        placed, multiplied, indexed,
    )
}  # fmt: skip
