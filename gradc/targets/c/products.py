"""Products of matrices, by functions that all of a source share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, product
from gradc.ir.types import FLOATS
from gradc.records import dataclass
from gradc.targets.c.calling import Calling
from gradc.targets.c.groups import identity
from gradc.targets.c.kernels import LARGE
from gradc.targets.c.nesting import nested
from gradc.targets.c.reading import Array, Reader
from gradc.targets.c.sizes import flat, strides

_FEW = 4  # rows, columns or summands that are no tile
_SMALL = 4096  # multiplications that need none


@dataclass(slots=True)
class _Operand:
    """Where an operand begins, and how far neighbours along each axis are apart. What has no array
    yet is laid out before it is multiplied."""

    value: Value
    array: Array | None
    start: Size
    steps: Mapping[str, Size]

    def step(self, letters: Sequence[str], sizes: Mapping[str, Size]) -> Size | None:
        """The step along axes that are walked as one; None where they cannot be."""
        if not letters:
            return 0
        for outer, inner in pairwise(letters):
            if self.steps[outer] != self.steps[inner] * sizes[inner]:
                return None
        return self.steps[letters[-1]]


def matmul_lines(reader: Reader, node: Apply, room: Calling) -> list[str] | None:
    """The lines of a `matmul` of what is stored; None where it is no product of matrices."""
    a, b = node.operands
    batch = [f"@{n}" for n in range(max(a.type.rank, b.type.rank))]
    names = []
    for value, own in ((a, ["row", "inner"]), (b, ["inner", "column"])):
        few = own if value.type.rank > 1 else ["inner"]
        count = value.type.rank - len(few)
        names.append([*batch[len(batch) - count :], *few])
    rank = node.result.type.rank - (a.type.rank > 1) - (b.type.rank > 1)
    out = [*batch[len(batch) - rank :], *["row"] * (a.type.rank > 1)]
    out += ["column"] * (b.type.rank > 1)
    return _contracted(reader, node, names, out, room)


def einsum_lines(reader: Reader, node: Apply, room: Calling) -> list[str] | None:
    """The lines of a sum of products of two; None where it is no product of matrices."""
    inputs, _, output = node.attr("subscripts").replace(" ", "").partition("->")
    names = [list(name) for name in inputs.split(",")]
    if len(names) != 2 or any(len(set(name)) < len(name) for name in names):
        return None
    return _contracted(reader, node, names, list(output), room)


def _contracted(
    reader: Reader, node: Apply, names: Sequence[list[str]], output: list[str], room: Calling
) -> list[str] | None:
    result = node.result
    dtype = result.type.dtype
    if dtype not in FLOATS or any(v.type.dtype != dtype for v in node.operands):
        return None
    sizes: dict[str, Size] = {}
    for value, name in zip(node.operands, names, strict=True):
        sizes |= {n: s for n, s in zip(name, value.type.shape, strict=True) if s != 1}
    if result not in reader.arrays:
        return None
    a, b = [_operand(reader, v, n) for v, n in zip(node.operands, names, strict=True)]
    output = [n for n in output if n in sizes]
    both = a.steps.keys() & b.steps.keys()
    batch = [n for n in output if n in both]
    inner = [n for n in a.steps if n in both and n not in output]
    rows, columns = ([n for n in output if n in o.steps and n not in both] for o in (a, b))
    if output == [*batch, *columns, *rows] and columns:
        a, b, rows, columns = b, a, columns, rows
    summed = {*a.steps, *b.steps} - {*batch, *inner, *rows, *columns}
    if output != [*batch, *rows, *columns] or not inner or summed:
        return None
    if not (rows and columns) and (batch or not (rows or columns)):
        return None
    if not columns:  # a product with a vector from the left is one with rows
        a, b, rows, columns = b, a, columns, rows
    steps = [
        a.step(rows, sizes),
        a.step(inner, sizes),
        b.step(inner, sizes),
        b.step(columns, sizes),
    ]
    if any(step is None for step in steps):
        return None
    counts = [product([sizes[n] for n in letters]) for letters in (rows, inner, columns)]
    if not _is_large(counts) and None in (a.array, b.array):
        return None
    laid_out: list[str] = []
    for operand in (a, b):
        laid_out += _laid_out(operand, room)
    index = identity([sizes[n] for n in batch])
    position = dict(zip(batch, index, strict=True))
    array = reader.arrays[result]
    shape = [*[sizes[n] for n in batch], product(counts[::2])]
    inner_step, column_step = steps[2:]
    if b.array is not None and inner_step == 1 and not batch and column_step is not None:
        turned = room.turned(b.array, b.start, (counts[1], counts[2]), column_step)
        if turned is not None:
            b = _Operand(b.value, Array(turned), 0, {})
            steps[2:] = counts[2], 1
    is_large = _is_large(counts)
    together = _together(batch, (a, b), sizes) if is_large and not room.has_blas else 0
    outer, each = batch[: len(batch) - together], batch[len(batch) - together :]
    for letter in each:
        position[letter] = 0
    at = [0 if n in each else i for n, i in zip(batch, index, strict=True)]
    rows_of = [
        [_pointer(reader, o.array, _moved(o, position)),
         *([room.size(o.step(each, sizes) or 0)] if each else []),
         *(room.size(s or 0) for s in own)]
        for o, own in ((a, steps[:2]), (b, steps[2:]))
    ]  # fmt: skip
    call = room.call(
        "matmul_each" if each else LARGE[room.has_blas] if is_large else "matmul",
        dtype,
        [room.size(s) for s in (*[product([sizes[n] for n in each])] * bool(each), *counts)],
        *rows_of,
        [
            _pointer(reader, array, flat((*at, 0), shape) + array.offset),
            *([] if each else [room.size(counts[2])]),
            *(room.panel(dtype) if is_large else []),
        ],
    )
    return laid_out + nested(shape[:-1], list(range(len(outer))), call, reader)


def _together(batch: Sequence[str], operands: Iterable[_Operand], sizes: Mapping[str, Size]) -> int:
    """How many of the last axes of a batch are walked as one in all operands."""
    count = 0
    while count < len(batch) and None not in [
        o.step(batch[len(batch) - count - 1 :], sizes) for o in operands
    ]:
        count += 1
    return count


def _is_large(counts: Iterable[Size]) -> bool:
    """Whether tiles may pay."""
    known = [s for s in counts if isinstance(s, int)]
    if any(s < _FEW for s in known):
        return False
    return len(known) < 3 or math.prod(known) >= _SMALL


def _moved(operand: _Operand, position: Mapping[str, Size]) -> Size:
    start = operand.start
    for letter, at in position.items():
        start = start + at * operand.steps[letter]
    return start


def _pointer(reader: Reader, array: Array | None, at: Size) -> str:
    assert array is not None
    start = reader.size(at).text
    return array.name if start == "0" else f"{array.name} + {start}"


def _operand(reader: Reader, value: Value, letters: Sequence[str]) -> _Operand:
    shape = value.type.shape
    found = reader.strided(value)
    array, start, steps = (None, 0, strides(shape)) if found is None else found
    named = zip(letters, shape, steps, strict=True)
    return _Operand(value, array, start, {n: step for n, size, step in named if size != 1})


def _laid_out(operand: _Operand, room: Calling) -> list[str]:
    """Lines that bring elements that lie elsewhere, or nowhere, into their order."""
    if operand.array is not None:
        return []
    value = operand.value
    kind = value.type
    operand.array = room.room(f"{room.called[value]}_rows", kind.dtype, *kind.shape)
    return room.filled(operand.array, kind.dtype, value, (), kind.rank)
