"""Moving: which elements of its operands each element of an operation's result may depend on.

What is known is how it moves elements about, and which it adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from gradc.ir.node import Apply, Value
from gradc.passes.offer.places import (
    Bits,
    axes_of,
    chosen_along,
    gathered,
    indexed,
    places_of,
    shape_of,
    size_of,
    stretched,
    strides_of,
)


def moved(
    node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, list[Any]]
) -> Bits | None:
    """What an operation makes of what is found; None where that is not known."""
    if len(node.results) != 1:
        return None
    moving = [v for v in node.operands if v in found]
    if node.traits.elementwise:
        shape = shape_of(node.result)
        wide = [stretched(found[v], shape_of(v), shape) for v in moving]
        return [reduce(or_, bits) for bits in zip(*wide, strict=True)]
    if node.name == "concatenate":
        return _concatenated(node, found)
    if node.name == "matmul":
        return _by_matrix(node, found, arrays) or _product(node, found)
    if node.name == "einsum":
        return _einsum(node, found)
    if len(moving) != 1:
        return None
    if node.name == "take":
        return _taken(node, found, arrays)
    if node.name == "scatter_add":
        return _scattered(node, found, arrays)
    if len(node.operands) == 1:
        rule = _RULES.get(node.name)
        if rule is not None:
            return rule(node, found[moving[0]])
        if node.traits.along:
            return _along(node, found[moving[0]])
    return None


def _concatenated(node: Apply, found: Mapping[Value, Bits]) -> Bits:
    shape = shape_of(node.result)
    axis = node.attr("axis") % len(shape)
    strides, start = strides_of(shape), 0
    bits = [0] * size_of(shape)
    for value in node.operands:
        part = shape_of(value)
        if value in found:
            places = places_of(part, strides, start)
            for place, some in zip(places, found[value], strict=True):
                bits[place] = some
        start += part[axis] * strides[axis]
    return bits


def _product(node: Apply, found: Mapping[Value, Bits]) -> Bits:
    left, right = node.operands
    shape = shape_of(node.result)
    total = [0] * size_of(shape)
    for value, axis in ((left, -1), (right, -2)):
        if value not in found:
            continue
        own = shape_of(value)
        summed = axis % len(own) if len(own) > 1 else 0
        bits = gathered(found[value], own, {summed})
        seen = [1 if i == summed else n for i, n in enumerate(own)]
        if 1 in (left.type.rank, right.type.rank):
            seen.pop(summed)
        wide = stretched(bits, seen, shape)
        total = [one | other for one, other in zip(total, wide, strict=True)]
    return total


def _by_matrix(
    node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, list[Any]]
) -> Bits | None:
    """A product of a vector or a matrix with a matrix of compile time: its zeros mix nothing."""
    left, right = node.operands
    known, other = (arrays.get(left), right) if right in found else (arrays.get(right), left)
    matrix = left if other is right else right
    if known is None or matrix.type.rank != 2 or other.type.rank > 2 or matrix in found:
        return None
    strides = strides_of(shape_of(matrix))
    lines = shape_of(other)
    if other is left:  # from the right, as the transpose from the left
        strides, lines = strides[::-1], lines[::-1]
    m, k = shape_of(matrix)[:: -1 if other is left else 1]
    n = lines[1] if len(lines) == 2 else 1
    own = strides_of(shape_of(other))[:: -1 if other is left else 1]
    bits, across = found[other], own[1] if len(lines) == 2 else 0
    made = [
        [
            reduce(
                or_,
                [
                    bits[x * own[0] + j * across]
                    for x in range(k)
                    if known[i * strides[0] + x * strides[1]]
                ],
                0,
            )
            for j in range(n)
        ]
        for i in range(m)
    ]
    if other is left:
        return [made[i][j] for j in range(n) for i in range(m)]
    return [some for line in made for some in line]


def entries_of(node: Apply, arrays: Mapping[Value, list[Any]]) -> list[Any] | None:
    """The numbers of an array of compile time, in their order, and of what is moved of one."""
    if node.name == "array":
        return _flat(node.attrs[0])
    if len(node.operands) != 1 or node.operands[0] not in arrays:
        return None
    entries = arrays[node.operands[0]]
    if node.name == "astype":
        return entries
    return _RULES[node.name](node, entries) if node.name in _MOVES else None


def _flat(data: Any) -> list[Any]:
    """Nested numbers in their order."""
    return [x for part in data for x in _flat(part)] if isinstance(data, tuple | list) else [data]


def _einsum(node: Apply, found: Mapping[Value, Bits]) -> Bits:
    terms, _, result = node.attr("subscripts").partition("->")
    factors = list(zip(node.operands, terms.split(","), strict=True))
    sizes: dict[str, int] = {}
    for value, letters in factors:
        for letter, size in zip(letters, shape_of(value), strict=True):
            sizes[letter] = max(size, sizes.get(letter, size)) if size else 0
    shape = [sizes[c] for c in result]
    total = [0] * size_of(shape)
    for value, letters in factors:
        if value not in found:
            continue
        steps = dict.fromkeys(letters, 0)
        for letter, size, stride in zip(
            letters, shape_of(value), strides_of(shape_of(value)), strict=True
        ):
            steps[letter] += stride if size > 1 else 0
        summed = [c for c in steps if c not in result]
        within = places_of([sizes[c] for c in summed], [steps[c] for c in summed])
        starts = places_of(shape, [steps.get(c, 0) for c in result])
        bits = found[value]
        total = [
            one | reduce(or_, [bits[start + i] for i in within], 0)
            for one, start in zip(total, starts, strict=True)
        ]
    return total


def _taken(
    node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, list[Any]]
) -> Bits | None:
    """Along an axis, by positions of compile time."""
    array, positions = node.operands
    chosen, axis = arrays.get(positions), node.attr("axis")
    if chosen is None or array not in found:
        return None
    shape = shape_of(array) if axis is not None else (size_of(shape_of(array)),)
    places = chosen_along(shape, axis or 0, chosen)
    return [found[array][i] for i in places]


def _scattered(
    node: Apply, found: Mapping[Value, Bits], arrays: Mapping[Value, list[Any]]
) -> Bits | None:
    """Added up along an axis, at positions of compile time."""
    array, positions = node.operands
    chosen = arrays.get(positions)
    if chosen is None or array not in found:
        return None
    shape = shape_of(node.result)
    bits = [0] * size_of(shape)
    for place, some in zip(
        chosen_along(shape, node.attr("axis"), chosen), found[array], strict=True
    ):
        bits[place] |= some
    return bits


def _along(node: Apply, bits: Bits) -> Bits | None:
    """Elements that stand behind each other along an axis are mixed, others are not."""
    (operand,) = node.operands
    shape, axis = shape_of(operand), node.attrs[node.op.attribute_index["axis"]]
    if shape != shape_of(node.result) or not isinstance(axis, int):
        return None
    axes = {axis % len(shape)}
    kept = [1 if i in axes else n for i, n in enumerate(shape)]
    return stretched(gathered(bits, shape, axes), kept, shape)


def _index(node: Apply, bits: Bits) -> Bits:
    return [bits[i] for i in indexed(node.attrs[0], shape_of(node.operands[0]))]


def _index_adjoint(node: Apply, bits: Bits) -> Bits:
    shape = shape_of(node.result)
    found = [0] * size_of(shape)
    for place, some in zip(indexed(node.attrs[0], shape), bits, strict=True):
        found[place] |= some
    return found


def _transpose(node: Apply, bits: Bits) -> Bits:
    strides = strides_of(shape_of(node.operands[0]))
    axes = [axis % len(strides) for axis in node.attrs[0]]
    return [bits[i] for i in places_of(shape_of(node.result), [strides[a] for a in axes])]


def _flip(node: Apply, bits: Bits) -> Bits:
    shape = shape_of(node.result)
    axes = axes_of(node.attr("axis"), len(shape))
    entries = [(None, None, -1 if axis in axes else None) for axis in range(len(shape))]
    return [bits[i] for i in indexed(entries, shape)]


def _roll(node: Apply, bits: Bits) -> Bits | None:
    shift, axis = node.attr("shift"), node.attr("axis")
    if axis is not None or not isinstance(shift, int) or not bits:
        return None
    shift %= len(bits)
    return bits[len(bits) - shift :] + bits[: len(bits) - shift]


def _summed(node: Apply, bits: Bits) -> Bits:
    shape = shape_of(node.operands[0])
    return gathered(bits, shape, axes_of(node.attr("axis"), len(shape)))


def _repeat(node: Apply, bits: Bits) -> Bits:
    shape, count, axis = shape_of(node.operands[0]), node.attr("repeats"), node.attr("axis")
    if axis is None:
        return [some for some in bits for _ in range(count)]
    positions = [i for i in range(shape[axis % len(shape)]) for _ in range(count)]
    return [bits[i] for i in chosen_along(shape, axis, positions)]


def _triangle(node: Apply, bits: Bits) -> Bits:
    """The others are 0."""
    *_, m, n = shape_of(node.result)
    k, is_low = node.attr("k"), node.name == "tril"
    kept = [(j - i <= k) if is_low else (j - i >= k) for i in range(m) for j in range(n)]
    return [some if kept[i % (m * n)] else 0 for i, some in enumerate(bits)]


_RULES: Mapping[str, Callable[[Apply, Bits], Bits | None]] = {
    "reshape": lambda node, bits: bits,
    "broadcast_to": lambda node, bits: stretched(
        bits, shape_of(node.operands[0]), shape_of(node.result)
    ),
    "flip": _flip,
    "index": _index,
    "index_adjoint": _index_adjoint,
    "mean": _summed,
    "repeat": _repeat,
    "roll": _roll,
    "sum": _summed,
    "transpose": _transpose,
    "tril": _triangle,
    "triu": _triangle,
}
"""What operations of one operand make of its elements."""

_MOVES = ("broadcast_to", "flip", "index", "reshape", "transpose")
"""Those that put elements elsewhere, and nothing else."""
