"""What no formula can say: named functions that build nodes for bodies and rules.

Each is handed `build(operation, operands, **attributes)` and the arguments of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from gradc.diagnostics import do, plural
from gradc.ir.node import Value
from gradc.ir.sizes import Size, divides, floor_divide, maximum, product
from gradc.ir.types import TypeMismatch
from gradc.library.axes import normal_axis
from gradc.library.lists import entry_at, one_of
from gradc.library.slopes import slopes

_FEW = 8  # positions that a help lists
Build = Callable[..., Any]


def parts(build: Build, x: Value, arrays: Sequence[Value], axis: int) -> tuple[Any, ...]:
    """`x` cut along an axis into pieces of the sizes that the arrays have."""
    bounds: list[Size] = [0]
    for array in arrays:
        bounds.append(bounds[-1] + array.type.shape[axis])
    return _cut(build, x, bounds, len(arrays), axis)


def layers_of(build: Build, x: Value, arrays: Sequence[Value], axis: int) -> tuple[Any, ...]:
    """The slices of `x` along an axis, one for each array."""
    before = ((None, None, None),) * axis
    return tuple(build("index", [x], entries=(*before, i)) for i in range(len(arrays)))


def pieces(build: Build, x: Value, sections: Any, axis: int) -> tuple[Any, ...]:
    """`split`: a number of equal pieces, or the pieces between the given positions."""
    axis = normal_axis(axis, x.type.rank)
    size = x.type.shape[axis]
    if isinstance(sections, tuple):
        return _cut(build, x, [0, *sections, size], len(sections) + 1, axis)
    if not isinstance(sections, int) or isinstance(sections, bool) or sections < 1:
        message = "`split` needs a number of pieces, or positions"
        raise TypeMismatch(message, (0,), "E0305", attribute="sections")
    if not divides(sections, size):
        helps = []
        if isinstance(size, int) and sections <= size:
            cuts = [-(-size * i // sections) for i in range(1, sections)]
            helps = [f"a list says where to cut: `{cuts}`"] if len(cuts) < _FEW else []
        message = f"{plural(size, 'element')} {do(size)} not split into {sections}"
        raise TypeMismatch(message, (0,), "E0306", helps, attribute="sections")
    length = floor_divide(size, sections)
    # One after the other: the budget ends this, not the memory.
    return _cut(build, x, (length * i for i in range(sections + 1)), sections, axis)


def _cut(build: Build, x: Value, bounds: Iterable[Size], count: int, axis: int) -> tuple[Any, ...]:
    return tuple(
        build("index", [x], entries=entry_at(axis, low or None, None if i == count - 1 else high))
        for i, (low, high) in enumerate(pairwise(bounds))
    )


def unstacked(build: Build, x: Value) -> tuple[Any, ...]:
    """The slices of `x` along its last axis."""
    return tuple(build("index", [x], entries=(..., i)) for i in range(x.type.shape[-1]))  # type: ignore[arg-type]


def meshes(build: Build, arrays: Sequence[Any], indexing: str) -> Any:
    """Vectors as arrays that hold every choice of an element of each: one axis a vector."""
    one_of(indexing, "xy", "ij")
    if not arrays:
        raise TypeMismatch("`meshgrid` is of one vector or more", (), "E0206")
    sizes = [size for array in arrays for size in _length(array)]
    order = list(range(len(arrays)))
    if indexing == "xy":
        order[:2] = order[1::-1]
    shape = tuple(sizes[i] for i in order)
    found = []
    for i, array in enumerate(arrays):
        lying = tuple(sizes[i] if place == i else 1 for place in order)
        found.append(build("broadcast_to", [build("reshape", [array], shape=lying)], shape=shape))
    return tuple(found) if len(found) > 1 else found[0]


def _length(array: Any) -> tuple[Size]:
    if not isinstance(array, Value):
        return (1,)
    if array.type.rank > 1:
        raise TypeMismatch(f"`meshgrid` is of vectors, this is {array.type}", (0,), "E0303")
    return (product(array.type.shape),)


def differences(build: Build, x: Value, n: int, axis: int) -> Any:
    """`diff`: each element less the one before it, `n` times over."""
    axis = normal_axis(axis, x.type.rank)
    if n < 0:
        raise TypeMismatch(f"differences are taken 0 times or more, this is {n}", (0,), "E0305")
    y: Any = x
    for _ in range(n):
        later = build("index", [y], entries=entry_at(axis, 1, None))
        sooner = build("index", [y], entries=entry_at(axis, None, -1))
        y = build("not_equal" if x.type.dtype == "bool" else "subtract", [later, sooner])
    return y


def unpadded(build: Build, dy: Value, shape: Sequence[Size], pad_width: Any, mode: str) -> Any:
    """The cotangent of what `pad` lays around: each element gets what its copies got."""
    x: Any = dy
    for axis, (size, (low, high)) in enumerate(zip(shape, pad_width, strict=True)):
        if (low, high) == (0, 0):
            continue
        place = build("subtract", [build("arange", [], start=low + size + high), low])
        if mode == "edge":
            source = build("between", [place, 0, size - 1])
        elif mode == "wrap":
            source = build("remainder", [place, size])
        else:
            # There and back again; the mirror stands on the last element, or behind it.
            period = maximum(2 * (size - 1), 1) if mode == "reflect" else size * 2
            there = build("remainder", [place, period])
            last = period if mode == "reflect" else period - 1
            source = build("minimum", [there, build("subtract", [last, there])])
        unpadded = (*x.type.shape[:axis], size, *x.type.shape[axis + 1 :])
        x = build("scatter_add", [x, source], shape=unpadded, axis=axis)
    return x


def repeated_product(build: Build, x: Value, n: Any) -> Any:
    """`x` times itself, with as few products as the binary digits of `n` ask for."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise TypeMismatch("the power of a matrix is an integer", (0,), "E0305")
    result: Any = None
    square: Any = x
    while n:
        if n % 2:
            result = square if result is None else build("matmul", [result, square])
        n //= 2
        if n:
            square = build("matmul", [square, square])
    return result


def einsum_adjoints(
    build: Build, subscripts: str, arrays: Sequence[Value], dy: Value
) -> tuple[Any, ...]:
    """The cotangents of `einsum`'s operands: its subscripts with the result's and one exchanged."""
    left, _, result = subscripts.partition("->")
    return tuple(
        _einsum_adjoint(build, left.split(","), result, arrays, dy, i) for i in range(len(arrays))
    )


def _einsum_adjoint(
    build: Build, letters: list[str], result: str, arrays: Sequence[Value], dy: Value, i: int
) -> Any:
    if not isinstance(arrays[i], Value):
        return None
    own, shape = letters[i], arrays[i].type.shape
    others = [letters[j] for j in range(len(arrays)) if j != i]
    # Where an operand names an axis twice, the cotangent lies on that diagonal.
    twice = [c for c in dict.fromkeys(own) if own.count(c) > 1]
    if len(twice) > 1 or any(own.count(c) > 2 for c in twice):
        raise TypeMismatch(f'the derivative of "{own}" has more than one diagonal', (0,), "E0305")
    wanted = "".join(c for c in own if c not in twice) + "".join(twice)
    found = "".join(c for c in wanted if c in result or any(c in o for o in others))
    text = f"{','.join([result, *others])}->{found}"
    operands = [dy, *(a for j, a in enumerate(arrays) if j != i)]
    contribution = build("einsum", operands, subscripts=text)
    if found != wanted:
        # An axis that is only summed over: each of its elements gets the same.
        kept = iter(contribution.type.shape)
        contribution = build(
            "reshape", [contribution], shape=tuple(next(kept) if c in found else 1 for c in wanted)
        )
        sizes = dict(zip(own, shape, strict=True))
        contribution = build("broadcast_to", [contribution], shape=tuple(sizes[c] for c in wanted))
    if not twice:
        return contribution
    first, second = (p for p, c in enumerate(own) if c == twice[0])
    return build("diagonal_adjoint", [contribution], shape=shape, axis1=first, axis2=second)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        parts,
        layers_of,
        pieces,
        unstacked,
        meshes,
        differences,
        slopes,
        unpadded,
        repeated_product,
        einsum_adjoints,
    )
}
