"""Pattern: which elements of a seed each element of a linear map may depend on.

An element is a number whose bits are the elements of the seed. What is known of an operation is
how it moves elements about, and which it adds up; anything else counts as if it mixed them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import reduce
from itertools import product as every
from operator import or_
from typing import Any, TypeAlias

from gradc.diagnostics import error
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Size, product

Bits: TypeAlias = list[int]
"""One number for each element, in their order."""

_LARGEST = 1 << 30
"""Bits of one value beyond which all of them are taken for set."""


def patterns(nodes: Iterable[Node], seed: Value) -> dict[Value, Bits]:
    """What each value that a seed reaches may depend on. All sizes are fixed."""
    count = size_of(seed.type.shape)
    found: dict[Value, Bits] = {seed: [1 << i for i in range(count)]}
    arrays = {}
    for node in nodes:
        if applies(node, "array"):
            arrays[node.result] = node.attrs[0]
        if found.keys().isdisjoint(node.operands):
            continue
        bits = None
        if isinstance(node, Apply) and size_of(node.result.type.shape) * count <= _LARGEST:
            bits = _of(node, found, arrays)
        if bits is None:
            moving = {v for v in node.operands if v in found}
            mixed = reduce(or_, [b for v in moving for b in found[v]], 0)
            found |= {r: [mixed] * size_of(r.type.shape) for r in node.results}
        else:
            found[node.result] = bits
    return found


def refuse_free_sizes(graph: Graph) -> None:
    """Raises DiagnosticError where a size is not fixed, as a pattern needs it."""
    for dim in graph.dims:
        if not isinstance(dim.size, int):
            given = [i.span for i in graph.inputs] + [p.place for p in graph.params]
            place = [span for span in given if span is not None]
            message = f"`--sparse`: the dimension `{dim.name}` is not fixed"
            helps = (f"`-D {dim.name}=10` fixes it",)
            raise error("E0503", message, place[0] if place else None, helps=helps)


def size_of(shape: Sequence[Size]) -> int:
    """How many elements an array has whose sizes are fixed."""
    size = product(tuple(shape))
    assert isinstance(size, int), "all sizes are fixed"
    return size


def _of(node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, Any]) -> Bits | None:
    if len(node.results) != 1:
        return None
    moving = [v for v in node.operands if v in found]
    if node.traits.elementwise:
        shape = _shape(node.result)
        wide = [_broadcast(found[v], _shape(v), shape) for v in moving]
        return [reduce(or_, bits) for bits in zip(*wide, strict=True)]
    if node.name == "concatenate":
        return _concatenated(node, found)
    if node.name == "matmul":
        return _product(node, found)
    if len(moving) != 1:
        return None
    if node.name == "take":
        return _taken(node, found, arrays)
    if len(node.operands) == 1:
        rule = _RULES.get(node.name)
        if rule is not None:
            return rule(node, found[moving[0]])
        if node.traits.along:
            return _along(node, found[moving[0]])
    return None


# --- places of elements ---


def _shape(value: Value) -> tuple[int, ...]:
    return tuple([size for size in value.type.shape if isinstance(size, int)])


def _strides(shape: Sequence[int]) -> list[int]:
    strides = [1] * len(shape)
    for axis in reversed(range(len(shape) - 1)):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def _places(sizes: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    """Where the elements of an array stand, in their order."""
    places = [start]
    for size, stride in zip(sizes, strides, strict=True):
        places = [place + i * stride for place in places for i in range(size)]
    return places


def _broadcast(bits: Bits, shape: Sequence[int], wide: Sequence[int]) -> Bits:
    strides = [0 if n == 1 else s for n, s in zip(shape, _strides(shape), strict=True)]
    strides = [0] * (len(wide) - len(shape)) + strides
    return [bits[i] for i in _places(wide, strides)]


def _reduced(bits: Bits, shape: Sequence[int], axes: Collection[int]) -> Bits:
    """With those of some axes added up, which stay as axes of size 1."""
    kept = [1 if axis in axes else n for axis, n in enumerate(shape)]
    strides = [0 if axis in axes else s for axis, s in enumerate(_strides(kept))]
    found = [0] * size_of(kept)
    for place, some in zip(_places(shape, strides), bits, strict=True):
        found[place] |= some
    return found


def _axes(axis: Any, rank: int) -> set[int]:
    if axis is None:
        return set(range(rank))
    return {a % rank for a in (axis if isinstance(axis, tuple) else (axis,))}


def _indexed(entries: Sequence[Any], shape: Sequence[int]) -> list[int]:
    """Where the elements stand that an index chooses."""
    used = sum(1 for e in entries if e is not None and e is not ...)
    full = [(None, None, None)] * (len(shape) - used)
    where = entries.index(...) if ... in entries else len(entries)
    whole = [*entries[:where], *full, *entries[where + 1 :]]
    axes = []
    rest = iter(zip(shape, _strides(shape), strict=True))
    for entry in whole:
        if entry is None:
            continue
        size, stride = next(rest)
        chosen = range(size)[slice(*entry)] if isinstance(entry, tuple) else [range(size)[entry]]
        axes.append([i * stride for i in chosen])
    return [sum(places) for places in every(*axes)]


# --- operations ---


def _concatenated(node: Apply, found: Mapping[Value, Bits]) -> Bits:
    shape = _shape(node.result)
    axis = node.attr("axis") % len(shape)
    strides, start = _strides(shape), 0
    bits = [0] * size_of(shape)
    for value in node.operands:
        part = _shape(value)
        if value in found:
            places = _places(part, strides, start)
            for place, some in zip(places, found[value], strict=True):
                bits[place] = some
        start += part[axis] * strides[axis]
    return bits


def _product(node: Apply, found: Mapping[Value, Bits]) -> Bits:
    left, right = node.operands
    shape = _shape(node.result)
    total = [0] * size_of(shape)
    for value, axis in ((left, -1), (right, -2)):
        if value not in found:
            continue
        own = _shape(value)
        summed = axis % len(own) if len(own) > 1 else 0
        bits = _reduced(found[value], own, {summed})
        seen = [1 if i == summed else n for i, n in enumerate(own)]
        if 1 in (left.type.rank, right.type.rank):
            seen.pop(summed)
        wide = _broadcast(bits, seen, shape)
        total = [one | other for one, other in zip(total, wide, strict=True)]
    return total


def _taken(node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, Any]) -> Bits | None:
    """Along an axis, by positions of compile time."""
    array, positions = node.operands
    chosen, axis = arrays.get(positions), node.attr("axis")
    if chosen is None or axis is None or positions.type.rank != 1:
        return None
    shape = list(_shape(array))
    axis %= len(shape)
    strides = _strides(shape)
    places = _places(shape[:axis], strides[:axis])
    places = [p + range(shape[axis])[i] * strides[axis] for p in places for i in chosen]
    behind = _places(shape[axis + 1 :], strides[axis + 1 :])
    return [found[array][p + q] for p in places for q in behind]


def _along(node: Apply, bits: Bits) -> Bits | None:
    """Elements that stand behind each other along an axis are mixed, others are not."""
    (operand,) = node.operands
    shape, axis = _shape(operand), node.attrs[node.op.attribute_index["axis"]]
    if shape != _shape(node.result) or not isinstance(axis, int):
        return None
    axes = {axis % len(shape)}
    kept = [1 if i in axes else n for i, n in enumerate(shape)]
    return _broadcast(_reduced(bits, shape, axes), kept, shape)


def _index(node: Apply, bits: Bits) -> Bits:
    return [bits[i] for i in _indexed(node.attrs[0], _shape(node.operands[0]))]


def _index_adjoint(node: Apply, bits: Bits) -> Bits:
    shape = _shape(node.result)
    found = [0] * size_of(shape)
    for place, some in zip(_indexed(node.attrs[0], shape), bits, strict=True):
        found[place] |= some
    return found


def _transpose(node: Apply, bits: Bits) -> Bits:
    strides = _strides(_shape(node.operands[0]))
    axes = [axis % len(strides) for axis in node.attrs[0]]
    return [bits[i] for i in _places(_shape(node.result), [strides[a] for a in axes])]


def _flip(node: Apply, bits: Bits) -> Bits:
    shape = _shape(node.result)
    axes = _axes(node.attr("axis"), len(shape))
    entries = [(None, None, -1 if axis in axes else None) for axis in range(len(shape))]
    return [bits[i] for i in _indexed(entries, shape)]


def _roll(node: Apply, bits: Bits) -> Bits | None:
    shift, axis = node.attr("shift"), node.attr("axis")
    if axis is not None or not isinstance(shift, int) or not bits:
        return None
    shift %= len(bits)
    return bits[len(bits) - shift :] + bits[: len(bits) - shift]


def _summed(node: Apply, bits: Bits) -> Bits:
    shape = _shape(node.operands[0])
    return _reduced(bits, shape, _axes(node.attr("axis"), len(shape)))


_RULES: Mapping[str, Callable[[Apply, Bits], Bits | None]] = {
    "reshape": lambda node, bits: bits,
    "broadcast_to": lambda node, bits: _broadcast(
        bits, _shape(node.operands[0]), _shape(node.result)
    ),
    "flip": _flip,
    "index": _index,
    "index_adjoint": _index_adjoint,
    "mean": _summed,
    "roll": _roll,
    "sum": _summed,
    "transpose": _transpose,
}
"""What operations of one operand make of its elements."""
