"""Types of what moves elements without computing on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gradc.diagnostics import closest, do, plural
from gradc.ir.operation import Typing
from gradc.ir.sizes import (
    Size,
    dimensions_of,
    divides,
    floor_divide,
    maximum,
    minimum,
    product,
    shape_text,
)
from gradc.ir.sizes import known as size_at
from gradc.ir.types import Check, Type, TypeMismatch, broadcast, promote
from gradc.library.axes import Shape, axes_of, check_sizes, near_divisor, normal_axes, normal_axis
from gradc.records import replace


def reshaped(x: Type, shape: Shape) -> Typing:
    """One size may be -1; the number of elements stays."""
    total = product(x.shape)
    unknown = [i for i, s in enumerate(shape) if s == -1]
    known: Size = 1
    if len(unknown) > 1:
        known_sizes = [*shape[: unknown[-1]], *x.shape[-1:], *shape[unknown[-1] + 1 :]]
        helps = [f"`{shape_text(known_sizes)}` leaves one"] if x.rank and len(unknown) == 2 else []
        raise _unfilled("at most one size can be -1", helps)
    if unknown:
        known = product(s for s in shape if s != -1)
        if known == 0:
            raise _unfilled("-1 means any size where the others multiply to 0")
        rest = floor_divide(total, known)
        shape = tuple(rest if s == -1 else s for s in shape)
    check_sizes(shape)
    found = product(shape)
    if found == total and not (unknown and not divides(known, total)):
        return Typing((Type(x.dtype, shape, x.weak),), attrs={"shape": shape})
    if isinstance(found, int) and isinstance(total, int) and not unknown:
        elements = plural(total, "element")
        text = f"{elements} {do(total)} not fill {shape_text(shape)}, which has {found}"
        raise _unfilled(text, _repaired(x, total, shape) or _filling(total, shape, len(shape) - 1))
    if unknown and isinstance(total, int) and isinstance(known, int):
        text = f"{plural(total, 'element')} {do(total)} not divide by {known}"
        near = _repaired(x, total, (*shape[: unknown[0]], -1, *shape[unknown[0] + 1 :]))
        raise _unfilled(text, near or _filling(total, shape, unknown[0], "-1"))
    if unknown and (apart := _ones(total, known)) is not None:
        whole, part = apart
        text = f"{total} elements do not divide by {known}: {whole} is no multiple of {part}"
        raise _unfilled(text)
    text = f"cannot reshape {x} to {shape_text(shape)}"
    check = Check("divides", known, total, text) if unknown else Check("equal", found, total, text)
    if check.is_impossible and not unknown:
        raise _unfilled(text, _sized(x, total, shape))
    return Typing((Type(x.dtype, shape, x.weak),), checks=(check,), attrs={"shape": shape})


def _ones(total: Size, known: Size) -> tuple[int, int] | None:
    """`10*B` and `4*B` as 10 and 4, where that leaves a rest whatever `B` is."""
    names = dimensions_of(total)
    if not names or names != dimensions_of(known):
        return None
    ones = dict.fromkeys(names, 1)
    whole, part = size_at(total, ones), size_at(known, ones)
    return (whole, part) if total * part == known * whole and whole % part else None


def _sized(x: Type, total: Size, shape: Shape) -> list[str]:
    """The shape with one of its sizes changed, the last that can be, so that it holds all.

    Else one of as many axes, of which the first stay. What `x` has already is none.
    """
    for axis in reversed(range(len(shape))):
        before, after = shape[:axis], shape[axis + 1 :]
        others = product([*before, *after])
        if others != 0 and divides(others, total):
            sizes = (*before, floor_divide(total, others), *after)
            if sizes != x.shape:
                return [f"`{shape_text(sizes)}` has as many elements"]
    if helps := _in_rows(x, shape):
        return helps
    for kept in reversed(range(1, len(shape) - 1)):
        others = product(shape[:kept])
        if others != 0 and divides(others, total):
            sizes = (*shape[:kept], floor_divide(total, others))
            if sizes != x.shape:
                return [f"`{shape_text(sizes)}` has as many elements"]
    return []


def _in_rows(x: Type, shape: Shape) -> list[str]:
    """What is said where the first axes stay, and the others hold more than there is or less."""
    pairs = enumerate(zip(x.shape, shape, strict=False))
    kept = next((i for i, (a, b) in pairs if a != b), min(x.rank, len(shape)))
    there, wished = product(x.shape[kept:]), shape[kept:]
    sizes = [s for s in wished if isinstance(s, int)]
    if (
        not kept
        or not isinstance(there, int)
        or not there
        or len(sizes) < len(wished)
        or 0 in sizes
    ):
        return []
    row = "a row" if kept == 1 else f"what the first {kept} axes lead to"
    count = f"{there} element{'' if there == 1 else 's'}"
    told = f"{row} has {count}"
    if len(sizes) > 1:
        told += f", {' * '.join(map(str, sizes))} is {product(sizes)}"
    elif sizes:
        told += f", not {sizes[0]}"
    fitted, left = [], there
    for wish in sizes[:-1]:
        fitted.append(near_divisor(left, wish))
        left //= fitted[-1]
    made = (*shape[:kept], *fitted, left)
    if not sizes or made == x.shape:
        return [told]
    return [f"{told}: `{shape_text(made)}`"]


def _unfilled(message: str, helps: Iterable[str] = ()) -> TypeMismatch:
    return TypeMismatch(message, (0,), "E0306", helps, attribute="shape")


def _repaired(x: Type, total: int, shape: Shape) -> list[str]:
    """The shapes with one size changed, the last first, that hold all; beside a -1 the nearest."""
    if not total or not all(isinstance(s, int) for s in shape):
        return []
    made = []
    for axis in reversed(range(len(shape))):
        size = shape[axis]
        others = product(s for i, s in enumerate(shape) if i != axis and s != -1)
        if size == -1 or not others or not divides(others, total):
            continue
        left = floor_divide(total, others)
        assert isinstance(left, int)
        assert isinstance(size, int)
        fits = [left]
        if -1 in shape:
            near = [d for d in range(max(size - _NEAR, 1), size + _NEAR) if left % d == 0]
            fits = [d for d in near if d < size][-1:] + [d for d in near if d > size][:1]
        made += [(*shape[:axis], fit, *shape[axis + 1 :]) for fit in fits]
    made = [m for m in made if m != x.shape] or made
    return [f"`{shape_text(m)}` has {plural(total, 'element')}" for m in made[:_FEW]]


_FEW = 4  # shapes that helps show
_NEAR = 8  # how far from a size another one is looked for


def _filling(total: int, shape: Shape, free: int, rest: str = "") -> list[str]:
    """A shape near the one that was wished and of as many elements as there are."""
    left, sizes = total, list(map(str, shape))
    for i, size in enumerate(shape):
        if i != free and isinstance(size, int) and total:
            divisor = near_divisor(left, size)
            left //= divisor
            sizes[i] = str(divisor)
    if not total or not all(isinstance(s, int) for s in shape) or not shape:
        return []
    sizes[free] = rest or str(left)
    return [f"`[{', '.join(sizes)}]` has {plural(total, 'element')}"]


def transposed(x: Type, axes: tuple[int, ...] | None) -> Typing:
    axes = tuple(reversed(range(x.rank))) if axes is None else normal_axes(axes, x.rank, "axes")
    if len(axes) != x.rank:
        order = list(reversed(range(x.rank)))
        helps = [f"an order names each axis once: `{order}`"]
        raise TypeMismatch(
            f"{plural(len(axes), 'axis', 'axes')} for {x}", (0,), "E0303", helps, attribute="axes"
        )
    return Typing((Type(x.dtype, tuple(x.shape[a] for a in axes), x.weak),), attrs={"axes": axes})


def broadcast_into(x: Type, shape: Shape) -> Typing:
    check_sizes(shape)
    if broadcast([x.shape, shape]) != shape:
        raise TypeMismatch(f"{x} does not broadcast to {shape_text(shape)}", (0,))
    return Typing((Type(x.dtype, shape, x.weak),))


def flipped(x: Type, axis: Any) -> Typing:
    axes = axes_of(axis, x.rank)
    return Typing((x,), attrs={"axis": axes[0] if len(axes) == 1 else axes})


def joined(arrays: Sequence[Type], axis: int) -> Typing:
    """`concatenate`: sizes agree but along the axis, where they add up."""
    first = arrays[0]
    if first.rank == 0:
        raise TypeMismatch("scalars cannot be concatenated", (0,), "E0303", ["`stack` joins them"])
    axis = normal_axis(axis, first.rank)
    others = [s for a, s in enumerate(first.shape) if a != axis]
    total: Size = 0
    for i, x in enumerate(arrays):
        if x.rank != first.rank or [s for a, s in enumerate(x.shape) if a != axis] != others:
            helps = []
            if not x.rank:
                helps = [f"a scalar has no axis to join along: `stack([{{{i}}}])`"]
            if first.rank == 2 and x.shape == first.shape[:1]:
                helps = [f"as a column it is `{{{i}}}[:, newaxis]`"]
                if axis == 0 and len(arrays) == 2:
                    joined = "`concatenate([{0}, {1}[:, newaxis]], axis=1)`"
                    helps = [f"a column beside the others: {joined}"]
            message = f"{first} and {x} differ beside axis {axis}"
            raise TypeMismatch(message, (0, i), helps=helps)
        total = total + x.shape[axis]
    shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
    return Typing((Type(promote(arrays)[0], shape),), attrs={"axis": axis})


def stacked(arrays: Sequence[Type], axis: int) -> Typing:
    first = arrays[0]
    axis = normal_axis(axis, first.rank + 1)
    for i, x in enumerate(arrays):
        if x.shape != first.shape:
            message = f"{first} and {x} have different shapes"
            raise TypeMismatch(message, (0, i), helps=_end_to_end(arrays))
    shape = (*first.shape[:axis], len(arrays), *first.shape[axis:])
    dtype, weak = promote(arrays)
    # Side by side with arrays of 32 bits NumPy takes Python's numbers to be of 64.
    narrow = not weak and dtype in ("f32", "i32")
    casts = tuple(dtype if x.weak else None for x in arrays) if narrow else ()
    return Typing((Type(dtype, shape),), casts, attrs={"axis": axis})


def _end_to_end(arrays: Sequence[Type]) -> list[str]:
    """What joins arrays that differ along one axis, which `stack` does not."""
    shapes = [x.shape for x in arrays]
    if len({len(shape) for shape in shapes}) > 1:
        return []
    differ = [axis for axis, sizes in enumerate(zip(*shapes, strict=True)) if len({*sizes}) > 1]
    if len(differ) != 1:
        return []
    listed = ", ".join(f"{{{i}}}" for i in range(len(arrays)))
    along = f", axis={differ[0]}" if differ[0] else ""
    return [f"`stack` takes one shape; end to end they are `concatenate([{listed}]{along})`"]


def padded(x: Type, pad_width: tuple[tuple[Size, Size], ...]) -> Typing:
    if len(pad_width) != x.rank:
        raise TypeMismatch(
            f"`pad` needs a pair for each axis of {x}, there are {len(pad_width)}", (0,), "E0303"
        )
    if any(isinstance(w, int) and w < 0 for pair in pad_width for w in pair):
        raise TypeMismatch("the widths of `pad` cannot be negative", (0,), "E0306")
    shape = tuple(lo + s + hi for s, (lo, hi) in zip(x.shape, pad_width, strict=True))
    return Typing((Type(x.dtype, shape, x.weak),))


_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")
_MARGINS = {"replicate": "edge", "nearest": "edge", "circular": "wrap", "periodic": "wrap",
            "mirror": "reflect", "zeros": "constant", "zero": "constant"}  # fmt: skip


def padded_by(
    x: Type, pad_width: tuple[tuple[Size, Size], ...], mode: str, constant_values: float
) -> Typing:
    """`pad` with elements of the array's own: each axis that gets a margin has some."""
    if mode not in _MODES:
        known = ", ".join(f'"{m}"' for m in _MODES)
        near = [_MARGINS[mode]] if mode in _MARGINS else closest(mode, _MODES, 0.6)
        helps = [f'write `"{n}"`' for n in near[:1]]
        raise TypeMismatch(f'"{mode}" is none of {known}', (), "E0305", helps, attribute="mode")
    if constant_values != 0:
        message = f'a margin by "{mode}" holds no constant'
        raise TypeMismatch(message, (), "E0305", attribute="constant_values")
    typing = padded(x, pad_width)
    checks = []
    for size, pair in zip(x.shape, pad_width, strict=True):
        if pair == (0, 0):
            continue
        if size == 0:
            raise TypeMismatch(f'{x} has no elements for a margin by "{mode}"', (0,), "E0306")
        if not isinstance(size, int):
            checks.append(Check("at_most", 1, size, f"a margin of elements needs {size} >= 1"))
    return replace(typing, results=(Type(x.dtype, typing.results[0].shape),), checks=tuple(checks))


def tiled(x: Type, reps: Shape) -> Typing:
    """`tile`: copies side by side; missing axes are leading ones."""
    check_sizes(reps)
    rank = max(x.rank, len(reps))
    reps = (1,) * (rank - len(reps)) + reps
    sizes = (1,) * (rank - x.rank) + x.shape
    shape = tuple(r * s for r, s in zip(reps, sizes, strict=True))
    return Typing((Type(x.dtype, shape, x.weak),), attrs={"reps": reps})


def repeated(x: Type, repeats: Size, axis: int | None) -> Typing:
    """`repeat`: each element several times; the flat array where no axis is given."""
    check_sizes((repeats,))
    if axis is None:
        return Typing((Type(x.dtype, (product(x.shape) * repeats,), x.weak),))
    axis = normal_axis(axis, x.rank)
    shape = (*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :])
    return Typing((Type(x.dtype, shape, x.weak),), attrs={"axis": axis})


def rolled(x: Type, shift: int, axis: int | None) -> Typing:
    return Typing((x,), attrs={"axis": None if axis is None else normal_axis(axis, x.rank)})


def triangle(x: Type) -> Typing:
    """`tril` and `triu`: the operand's own type."""
    if x.rank < 2:
        raise TypeMismatch(f"a triangle needs at least two axes, {x} has {x.rank}", (0,), "E0303")
    return Typing((x,))


def diagonals(x: Type, offset: int, axis1: int, axis2: int) -> Typing:
    """`diagonal`: two axes give way to a last one along their diagonal."""
    first, second = normal_axis(axis1, x.rank, "axis1"), normal_axis(axis2, x.rank, "axis2")
    if first == second:
        message = f"an axis is named twice: {[axis1, axis2]}"
        raise TypeMismatch(message, (0,), "E0303", attribute="axis2")
    rest = tuple(s for a, s in enumerate(x.shape) if a not in (first, second))
    rows, columns = x.shape[first], x.shape[second]
    length = maximum(minimum(rows + min(offset, 0), columns - max(offset, 0)), 0)
    attrs = {"axis1": first, "axis2": second}
    return Typing((Type(x.dtype, (*rest, length), x.weak),), attrs=attrs)


def on_diagonal(x: Type, shape: Shape, offset: int, axis1: int, axis2: int) -> Typing:
    """The adjoint of `diagonal`: zeros of a shape with `x` on a diagonal."""
    typing = diagonals(Type(x.dtype, shape), offset, axis1, axis2)
    if typing.results[0].shape != x.shape:
        raise TypeMismatch(
            f"a diagonal of {shape_text(shape)} is {typing.results[0]}, not {x}", (0,)
        )
    return Typing((Type(x.dtype, shape),), attrs=typing.attrs)
