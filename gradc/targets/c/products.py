"""Products of matrices, by a function that all of a source share."""

from __future__ import annotations

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.ir.types import FLOATS
from gradc.records import dataclass
from gradc.targets.c.groups import identity
from gradc.targets.c.loops import nested
from gradc.targets.c.reading import Array, Reader
from gradc.targets.c.sizes import flat


@dataclass(frozen=True, slots=True)
class _Matrix:
    """An operand: where it begins, and how far its rows and columns are apart."""

    array: Array
    start: Size
    row: Size
    column: Size

    def text(self, reader: Reader) -> str:
        """A pointer to its first element."""
        start = reader.size(self.start).text
        return self.array.name if start == "0" else f"{self.array.name} + {start}"


def product_lines(reader: Reader, node: Apply) -> list[str] | None:
    """The lines of a `matmul` of matrices that are stored; None where they are not."""
    result = node.result
    dtypes = {v.type.dtype for v in (*node.operands, result)}
    if len(dtypes) > 1 or result.type.dtype not in FLOATS or not result.type.shape:
        return None
    a, b = node.operands
    kept = (a.type.rank > 1) + (b.type.rank > 1)
    batch = result.type.shape[: result.type.rank - kept]
    index = identity(batch)
    left = _matrix(reader, a, index, is_left=True)
    right = _matrix(reader, b, index, is_left=False)
    if left is None or right is None:
        return None
    dtype = result.type.dtype
    reader.helpers["matmul", dtype] = None
    rows = a.type.shape[-2] if a.type.rank > 1 else 1
    columns = b.type.shape[-1] if b.type.rank > 1 else 1
    array = reader.arrays[result]
    target = _Matrix(array, flat((*index, *[0] * kept), result.type.shape) + array.offset, 0, 0)
    sizes = ", ".join(reader.size(s).text for s in (rows, a.type.shape[-1], columns))
    operands = ", ".join(_operand(reader, m) for m in (left, right))
    line = f"matmul_{dtype}({sizes}, {operands}, {target.text(reader)});"
    return nested(batch, [axis for axis, s in enumerate(batch) if s != 1], [line], reader)


def _operand(reader: Reader, matrix: _Matrix) -> str:
    steps = [reader.size(s).text for s in (matrix.row, matrix.column)]
    return ", ".join([matrix.text(reader), *steps])


def _matrix(
    reader: Reader, value: Value, batch: tuple[Size, ...], *, is_left: bool
) -> _Matrix | None:
    found = reader.strided(value)
    if found is None:
        return None
    array, start, steps = found
    if value.type.rank == 1:
        return _Matrix(array, start, *((0, steps[0]) if is_left else (steps[0], 0)))
    outer = batch[len(batch) - (value.type.rank - 2) :]
    for position, step in zip(outer, steps[:-2], strict=True):
        start = start + position * step
    return _Matrix(array, start, steps[-2], steps[-1])
