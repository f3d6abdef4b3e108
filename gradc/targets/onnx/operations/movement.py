"""Elements that are moved, repeated or left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Size, maximum, product
from gradc.ir.slices import first_of
from gradc.records import dataclass, field
from gradc.targets.onnx.logic import chosen
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer

_Shape = tuple[Size, ...]
_Cut = tuple[Size, Size, int]
"""What is read along an axis: the first position, how many, the step."""


def _reshape(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.reshaped(x, node.result.type.shape)


def _transpose(w: Writer, node: Apply, x: Tensor) -> Tensor:
    axes, rank = node.attr("axes"), node.result.type.rank
    order = list(range(rank))[::-1] if axes is None else [a % rank for a in axes]
    return w.transposed(x, order)


def _broadcast_to(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.expanded(x, node.result.type.shape)


def _concatenate(w: Writer, node: Apply, *parts: Tensor) -> Tensor:
    kind = node.result.type
    given = [w.cast(p, kind.dtype) for p in parts]
    return w.op("Concat", *given, axis=node.attr("axis") % kind.rank)


def _stack(w: Writer, node: Apply, *parts: Tensor) -> Tensor:
    kind = node.result.type
    axis = node.attr("axis") % kind.rank
    given = [w.unsqueezed(w.cast(p, kind.dtype), [axis]) for p in parts]
    return w.op("Concat", *given, axis=axis)


def padded(w: Writer, x: Tensor, margins: Sequence[Sequence[Size]], fill: float = 0) -> Tensor:
    """With a margin of one number: before and behind along each axis."""
    if all(m == 0 for pair in margins for m in pair):
        return x
    ends = [pair[0] for pair in margins] + [pair[1] for pair in margins]
    return w.op("Pad", x, w.shape(ends), w.number(fill, x.dtype), mode="constant")


def _pad_constant(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return padded(w, x, node.attr("pad_width"), node.attr("constant_values"))


def _pad_copied(w: Writer, node: Apply, x: Tensor) -> Tensor:
    shape = node.operands[0].type.shape
    for axis, (size, (before, after)) in enumerate(zip(shape, node.attr("pad_width"), strict=True)):
        if before != 0 or after != 0:
            around = w.counted(-1 * before, size + after)
            x = w.op("Gather", x, _mirrored(w, node.attr("mode"), around, size), axis=axis)
    return x


def _mirrored(w: Writer, mode: str, at: Tensor, size: Size) -> Tensor:
    """Where positions beyond the ends of an axis are read."""
    count, one, zero = w.number(size, "i64"), w.number(1, "i64"), w.number(0, "i64")
    last = w.op("Sub", count, one)
    if mode == "edge":
        return w.op("Min", w.op("Max", at, zero), last)
    if mode == "wrap":
        return w.op("Mod", at, count, fmod=0)
    # There and back again, with what stands at the ends once or twice.
    half = last if mode == "reflect" else count
    around = w.op("Mul", half, w.number(2, "i64"))
    place = w.op("Mod", at, w.op("Max", around, one), fmod=0)
    back = w.op("Sub", around, place)
    if mode != "reflect":
        back = w.op("Sub", back, one)
    return chosen(w, w.op("Less", place, count, dtype="bool"), place, back)


def _flip(w: Writer, node: Apply, x: Tensor) -> Tensor:
    axis, rank = node.attr("axis"), node.result.type.rank
    axes = [axis] if isinstance(axis, int) else list(axis if axis is not None else range(rank))
    axes = [a % rank for a in axes]
    ends = [w.ints([number] * len(axes)) for number in (-1, -(2**62))]
    return w.op("Slice", x, *ends, w.ints(axes), w.ints([-1] * len(axes)))


def _roll(w: Writer, node: Apply, x: Tensor) -> Tensor:
    axis, shape = node.attr("axis"), node.result.type.shape
    if axis is None:
        flat = w.reshaped(x, (product(shape),))
        return w.reshaped(_rolled(w, flat, 0, node.attr("shift"), product(shape)), shape)
    return _rolled(w, x, axis % len(shape), node.attr("shift"), shape[axis])


def _rolled(w: Writer, x: Tensor, axis: int, shift: int, size: Size) -> Tensor:
    at = w.op("Sub", w.counted(0, size), w.number(shift, "i64"))
    around = w.number(maximum(size, 1), "i64")
    return w.op("Gather", x, w.op("Mod", at, around, fmod=0), axis=axis)


def _tile(w: Writer, node: Apply, x: Tensor) -> Tensor:
    reps, rank = node.attr("reps"), node.result.type.rank
    reps = reps if isinstance(reps, tuple) else (reps,)
    x = w.unsqueezed(x, range(rank - node.operands[0].type.rank))
    return w.op("Tile", x, w.shape([1] * (rank - len(reps)) + list(reps)))


def _repeat(w: Writer, node: Apply, x: Tensor) -> Tensor:
    axis, count, shape = node.attr("axis"), node.attr("repeats"), node.operands[0].type.shape
    if axis is None:
        x, shape, axis = w.reshaped(x, (product(shape),)), (product(shape),), 0
    axis %= len(shape)
    wide = (*shape[: axis + 1], count, *shape[axis + 1 :])
    return w.reshaped(w.expanded(w.unsqueezed(x, [axis + 1]), wide), node.result.type.shape)


def _tril(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.op("Trilu", x, w.number(node.attr("k"), "i64"), upper=0)


def _triu(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.op("Trilu", x, w.number(node.attr("k"), "i64"), upper=1)


def _shifted(w: Writer, node: Apply, x: Tensor) -> Tensor:
    shape = node.result.type.shape
    axis = node.attr("axis") % len(shape)
    margins = [(int(a == axis), 0) for a in range(len(shape))]
    return w.sliced(padded(w, x, margins, node.attr("fill")), axis, 0, shape[axis])


def _leading(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.sliced(x, 0, 0, node.attr("count"))


# --- diagonals ---


def _diagonal(w: Writer, node: Apply, x: Tensor) -> Tensor:
    flat, at, _ = _along_diagonal(w, node, node.operands[0].type.shape)
    return w.op("Gather", flat(x), at, axis=node.result.type.rank - 1)


def _diagonal_adjoint(w: Writer, node: Apply, x: Tensor) -> Tensor:
    shape = node.result.type.shape
    _, at, order = _along_diagonal(w, node, shape)
    rest = [shape[a] for a in order[:-2]]
    count = product([shape[a] for a in order[-2:]])
    found = added(w, x, at, (*rest, count), len(rest))
    square = w.reshaped(found, [shape[a] for a in order])
    return w.transposed(square, inverse(order))


def _along_diagonal(w: Writer, node: Apply, shape: _Shape) -> tuple[Any, Tensor, list[int]]:
    """Matrices as vectors, where their diagonal stands in those, and the order of the axes."""
    rank, offset = len(shape), node.attr("offset")
    one, other = node.attr("axis1") % rank, node.attr("axis2") % rank
    order = [*(a for a in range(rank) if a not in (one, other)), one, other]
    columns = shape[other]
    length = (node.result if node.name == "diagonal" else node.operands[0]).type.shape[-1]
    steps = w.op("Mul", w.counted(0, length), w.number(columns + 1, "i64"))
    first = max(offset, 0) + max(-offset, 0) * columns
    at = w.op("Add", steps, w.number(first, "i64"))

    def flat(x: Tensor) -> Tensor:
        rest = [shape[a] for a in order[:-2]]
        return w.reshaped(w.transposed(x, order), (*rest, product([shape[one], columns])))

    return flat, at, order


def inverse(order: Sequence[int]) -> list[int]:
    """The order that undoes another."""
    return [list(order).index(axis) for axis in range(len(order))]


# --- positions of compile time ---


def added(w: Writer, x: Tensor, at: Tensor, shape: Sequence[Size], axis: int) -> Tensor:
    """Zeros of a shape with `x` added along an axis at positions, which are a vector."""
    order = [axis, *(a for a in range(len(shape)) if a != axis)]
    zeros = w.filled(0, [shape[a] for a in order], x.dtype)
    where = w.unsqueezed(at, [1])
    moved = w.transposed(x, order)
    found = w.op("ScatterND", zeros, where, moved, reduction="add")
    return w.transposed(found, inverse(order))


def _index(w: Writer, node: Apply, x: Tensor) -> Tensor:
    """What is cut, then the axes that are left out, then those that are new."""
    shape = node.operands[0].type.shape
    cuts = _Cuts.of(node.attr("entries"), shape, node.result.type.shape)
    forwards = {a: cut for a, cut in cuts.along.items() if cut[2] > 0}
    if forwards:
        starts = [first for first, _, _ in forwards.values()]
        stops = [first + step * count for first, count, step in forwards.values()]
        steps = w.ints([step for *_, step in forwards.values()])
        x = w.op("Slice", x, w.shape(starts), w.shape(stops), w.ints(forwards), steps)
    for axis, cut in cuts.along.items():
        if axis not in forwards:
            x = _backwards(w, x, axis, shape[axis], cut)
    return w.unsqueezed(w.squeezed(x, cuts.dropped), cuts.new)


def _backwards(w: Writer, x: Tensor, axis: int, size: Size, cut: _Cut) -> Tensor:
    """A slice from behind. Where it ends before the beginning no bound of `Slice` says so, but for
    all of an axis.
    """
    if cut == (size - 1, size, -1):
        return w.op("Slice", x, w.ints([-1]), w.ints([-(2**62)]), w.ints([axis]), w.ints([-1]))
    return w.op("Gather", x, _positions(w, cut), axis=axis)


def _positions(w: Writer, cut: _Cut) -> Tensor:
    """The positions that are read along an axis."""
    first, count, step = cut
    steps = w.op("Mul", w.counted(0, count), w.number(step, "i64"))
    return w.op("Add", steps, w.number(first, "i64"))


def _index_adjoint(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return _placed(w, x, node.attr("entries"), node.operands[0].type.shape, node.result.type.shape)


def _index_add(w: Writer, node: Apply, x: Tensor, v: Tensor) -> Tensor:
    seen, shape = node.operands[1].type.shape, node.result.type.shape
    return w.op("Add", x, _placed(w, v, node.attr("entries"), seen, shape))


def _placed(w: Writer, x: Tensor, entries: Any, seen: _Shape, shape: _Shape) -> Tensor:
    """Zeros of a shape with `x` where indexing would read it."""
    cuts = _Cuts.of(entries, shape, seen)
    x = w.unsqueezed(w.squeezed(x, cuts.new), cuts.dropped)
    sizes = [cuts.along[a][1] if a in cuts.along else size for a, size in enumerate(shape)]
    margins: list[tuple[Size, Size]] = [(0, 0)] * len(shape)
    for axis, (first, count, step) in cuts.along.items():
        if abs(step) == 1:
            if step < 0:
                x = w.op("Slice", x, w.ints([-1]), w.ints([-(2**62)]), w.ints([axis]), w.ints([-1]))
                first = first - count + 1
            margins[axis] = (first, shape[axis] - first - count)
        else:
            sizes[axis] = shape[axis]
            x = added(w, x, _positions(w, (first, count, step)), sizes, axis)
    return padded(w, x, margins)


@dataclass(slots=True)
class _Cuts:
    """Indexing, taken apart: what is read along axes, the axes of which one position is read, and
    the new ones, where they stand in the result.
    """

    along: dict[int, _Cut] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Any, shape: _Shape, seen: _Shape) -> _Cuts:
        """Of entries into an array of a shape, of which they read another one."""
        cuts, axis, place = cls(), 0, 0
        used = sum(e is not None and e is not ... for e in entries)
        for entry in entries:
            if entry is None:
                cuts.new.append(place)
                place += 1
            elif entry is ...:
                axis, place = axis + len(shape) - used, place + len(shape) - used
            elif isinstance(entry, tuple):
                first, step = first_of(entry, shape[axis])
                if (first, step) != (0, 1) or seen[place] != shape[axis]:
                    cuts.along[axis] = first, seen[place], step
                axis, place = axis + 1, place + 1
            else:
                is_from_end = isinstance(entry, int) and entry < 0
                cuts.along[axis] = (shape[axis] + entry if is_from_end else entry), 1, 1
                cuts.dropped.append(axis)
                axis += 1
        return cuts


RULES: dict[str, Any] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "concatenate": _concatenate,
    "stack": _stack,
    "pad_constant": _pad_constant,
    "pad_copied": _pad_copied,
    "flip": _flip,
    "roll": _roll,
    "tile": _tile,
    "repeat": _repeat,
    "tril": _tril,
    "triu": _triu,
    "shifted": _shifted,
    "leading": _leading,
    "diagonal": _diagonal,
    "diagonal_adjoint": _diagonal_adjoint,
    "index": _index,
    "index_adjoint": _index_adjoint,
    "index_add": _index_add,
}
