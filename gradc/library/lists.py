"""List and shape functions that the library's bodies and rules may call.

They take knowns, and the types of values, and return knowns: sizes, axes, lists of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from gradc.diagnostics import meant_mode, plural
from gradc.ir.sizes import Size, divides, floor_divide, product
from gradc.ir.types import Check, Checked, Type, TypeMismatch
from gradc.library.axes import Shape, axes_of, near_divisor, normal_axes, normal_axis

# --- types -----------------------------------------------------------------------------------


def rank(x: Type) -> int:
    """How many axes an array has."""
    return x.rank


def is_zero(x: Any) -> bool:
    """Whether it is the number 0, known at compile time."""
    return isinstance(x, int | float) and x == 0


def is_float(x: Type) -> bool:
    """Whether an array holds floats."""
    return x.is_float


def is_bool(x: Type) -> bool:
    return x.dtype == "bool"


def dtype_of(x: Type) -> str:
    """The element type of a value."""
    return x.dtype


def is_none(x: Any) -> bool:
    return x is None


def largest(x: Type) -> float:
    """The largest finite number of an array's element type."""
    return 3.4028234663852886e38 if x.dtype == "f32" else 1.7976931348623157e308


def one_of(word: Any, *words: str) -> bool:
    """True; raises TypeMismatch where a mode is none of those that there are."""
    if word not in words:
        known = " or ".join(f'"{w}"' for w in words)
        raise TypeMismatch(f'"{word}" is not {known}', (0,), "E0305", meant_mode(str(word), words))
    return True


def has_no_labels(ignore_index: Any) -> bool:
    """True; raises TypeMismatch where a label is left out of what has none."""
    if ignore_index is not None:
        message = "`ignore_index` is a label, and these are probabilities"
        raise TypeMismatch(message, (0,), "E0305", attribute="ignore_index")
    return True


# --- reductions ------------------------------------------------------------------------------


def kept_sizes(x: Type, axis: Any) -> Shape:
    """The shape of a reduction with its axes kept as 1."""
    axes = _axes(x, axis)
    return tuple(1 if a in axes else s for a, s in enumerate(x.shape))


def reduced_sizes(x: Type, axis: Any) -> Shape:
    """The shape of a reduction."""
    axes = _axes(x, axis)
    return tuple(s for a, s in enumerate(x.shape) if a not in axes)


def lacks_last(v: Type, x: Type) -> bool:
    """Whether an array has the sizes of another but for the last axis."""
    return x.rank > 0 and v.shape == x.shape[:-1]


def reduced_count(x: Type, axis: Any) -> Size:
    """How many elements a reduction takes together."""
    return product(x.shape[a] for a in _axes(x, axis))


def count_in_training(x: Type, axis: Any) -> Checked:
    """`reduced_count`, which may not be 1 while training: one number has no variance."""
    count = reduced_count(x, axis)
    sizes = [x.shape[a] for a in _axes(x, axis)]
    if any(isinstance(s, int) and s > 1 for s in sizes):
        return Checked(count, ())
    text = "batch norm in training needs 2 values a channel"
    if isinstance(count, int):
        text = f"{text}, {list(x.shape)} has one"
    return Checked(count, (Check("differs", 1, count, text),))


def may_be_empty(x: Type, axis: Any) -> bool:
    """Whether a reduction may find no element."""
    count = reduced_count(x, axis)
    return not (isinstance(count, int) and count > 0)


def is_square(x: Type) -> bool:
    """Whether the last two axes have one size."""
    return x.shape[-1] == x.shape[-2]


def last_axes(x: Type, axis: Any) -> tuple[int, ...]:
    """The permutation that puts the axes of a reduction last."""
    axes = _axes(x, axis)
    return (*(a for a in range(x.rank) if a not in axes), *axes)


def flat_sizes(x: Type, axis: Any) -> Shape:
    """The shape with the axes of a reduction as one last axis."""
    return (*reduced_sizes(x, axis), reduced_count(x, axis))


def _axes(x: Type, axis: Any) -> tuple[int, ...]:
    return axes_of(axis, x.rank)


# --- axes ------------------------------------------------------------------------------------


def inverse_axes(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes one."""
    return tuple(axes.index(i) for i in range(len(axes)))


def swapped_axes(x: Type, a: int, b: int) -> tuple[int, ...]:
    """The permutation that exchanges two axes."""
    axes = list(range(x.rank))
    first, second = normal_axis(a, x.rank, "a"), normal_axis(b, x.rank, "b")
    axes[first], axes[second] = axes[second], axes[first]
    return tuple(axes)


def moved_axes(x: Type, source: Any, destination: Any) -> tuple[int, ...]:
    """The permutation that moves axes to other places; the rest keep their order."""
    sources = normal_axes(source, x.rank, "source")
    targets = normal_axes(destination, x.rank, "destination")
    if len(sources) != len(targets):
        raise TypeMismatch(
            f"{plural(len(sources), 'axis', 'axes')} cannot go to {plural(len(targets), 'place')}",
            (0,),
            "E0303",
        )
    axes = [a for a in range(x.rank) if a not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        axes.insert(target, axis)
    return tuple(axes)


def other_axes(x: Type, axis: int) -> tuple[int, ...]:
    """All axes but one."""
    return tuple(a for a in range(x.rank) if a != axis)


def row_of(position: int, x: Type) -> Size:
    """A position along the first axis, counted from 0."""
    size = x.shape[0]
    if isinstance(size, int) and not -size <= position < size:
        raise TypeMismatch(f"there is no row {position} in {x}", (0,), "E0304")
    return position + size if position < 0 else position


def channel_sizes(v: Type, x: Type) -> Shape:
    """The sizes with which a vector of channels broadcasts along axis 1."""
    if v.rank != 1:
        raise TypeMismatch(f"a vector of channels is needed, this is {v}", (0,), "E0303")
    return (v.shape[0], *[1] * (x.rank - 2))


def head_sizes(x: Type, heads: Size) -> Shape:
    """The sizes with the last axis split into heads and what is left."""
    *before, width = x.shape
    if not divides(heads, width):
        helps = []
        if isinstance(width, int) and isinstance(heads, int) and width:
            helps = [f"`{near_divisor(width, heads)}` divides it"]
        message = f"a width of {width} does not split into {heads} heads"
        raise TypeMismatch(message, (0,), "E0306", helps, attribute="heads")
    return (*before, heads, floor_divide(width, heads))


def expanded_sizes(x: Type, axis: Any) -> Shape:
    """The shape with new axes of size 1, where they are in the result."""
    added = axis if isinstance(axis, tuple) else (axis,)
    total = x.rank + len(added)
    axes = normal_axes(added, total)
    rest = iter(x.shape)
    return tuple(1 if a in axes else next(rest) for a in range(total))


def squeezed_sizes(x: Type, axis: Any) -> Shape:
    """The shape without axes of size 1: the ones named, or all."""
    if axis is None:
        return tuple(s for s in x.shape if s != 1)
    axes = normal_axes(axis, x.rank)
    for a in axes:
        if x.shape[a] != 1:
            raise TypeMismatch(f"axis {a} of {x} has size {x.shape[a]}, not 1", (0,), "E0306")
    return tuple(s for a, s in enumerate(x.shape) if a not in axes)


def inner_entries(pad_width: tuple[tuple[Size, Size], ...]) -> tuple[Any, ...]:
    """The index that takes padding off."""
    return tuple((lo or None, -hi if hi else None, None) for lo, hi in pad_width)


def entry_at(axis: int, start: Any, stop: Any) -> tuple[Any, ...]:
    """The index that slices one axis, counted from 0."""
    return (*[(None, None, None)] * axis, (start, stop, None))


def sizes_before(indices: Type, x: Type, axis: int) -> Shape:
    """The sizes with which an array like `indices` broadcasts over what `take` finds."""
    return (*indices.shape, *[1] * (x.rank - 1 - normal_axis(axis, x.rank)))


def interleaved(x: Type, reps: Shape) -> Shape:
    """The sizes of `tile`'s result, each axis split into copies and elements."""
    sizes = (1,) * (len(reps) - x.rank) + x.shape
    return tuple(part for pair in zip(reps, sizes, strict=True) for part in pair)


def even_axes(reps: Shape) -> tuple[int, ...]:
    """The axes of the copies in `interleaved`."""
    return tuple(range(0, 2 * len(reps), 2))


def repeated_sizes(x: Type, repeats: Size, axis: int | None) -> Shape:
    """The sizes of `repeat`'s result, with an axis of the copies after the one repeated."""
    if axis is None:
        return (product(x.shape), repeats)
    return (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])


def product_of(sizes: Shape) -> Size:
    return product(sizes)


def first_axes(x: Type, axes: Any) -> tuple[int, ...]:
    """The permutation that puts axes first."""
    chosen = _axes(x, axes)
    return (*chosen, *(a for a in range(x.rank) if a not in chosen))


def spread_sizes(a: Type, b: Type, first: bool) -> Shape:
    """The sizes of one array of a Kronecker product, each followed or preceded by a 1."""
    total = max(a.rank, b.rank)
    own = (a if first else b).shape
    own = (1,) * (total - len(own)) + own
    return tuple(part for s in own for part in ((s, 1) if first else (1, s)))


def are_threes(a: Type, b: Type) -> bool:
    """True; raises TypeMismatch where the last axis of an array does not have 3 elements."""
    for place, kind in enumerate((a, b)):
        if not kind.rank or kind.shape[-1] != 3:
            message = f"a cross product is of vectors of 3, this is {kind}"
            raise TypeMismatch(message, (place,), "E0306" if kind.rank else "E0303")
    return True


def kron_sizes(a: Type, b: Type) -> Shape:
    """The shape of a Kronecker product."""
    total = max(a.rank, b.rank)
    left, right = ((1,) * (total - t.rank) + t.shape for t in (a, b))
    return tuple(m * n for m, n in zip(left, right, strict=True))


def functions_of(module: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The functions that a module defines for bodies and rules, by name."""
    return {
        name: function
        for name, function in module.items()
        if isinstance(function, FunctionType)
        and function.__module__ == module["__name__"]
        and not name.startswith("_")
    }


FUNCTIONS = functions_of(dict(globals()))
