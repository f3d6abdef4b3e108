"""Statements that call a function of the source: what they read is laid out in memory first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradc.ir.node import Value
from gradc.ir.sizes import Size
from gradc.ir.types import BYTES, Type
from gradc.records import dataclass
from gradc.targets.c.expression import Expr, binary, cast
from gradc.targets.c.groups import identity
from gradc.targets.c.identifiers import TYPES
from gradc.targets.c.kernels import CORES, PANEL_BYTES
from gradc.targets.c.nesting import nested
from gradc.targets.c.reading import Array, Reader, broadcast_index
from gradc.targets.c.sizes import Index, flat

_CALL = 84  # columns of a call, before it is moved to the right


@dataclass(frozen=True, slots=True, eq=False)
class Calling:
    """What such a statement is written with."""

    reader: Reader
    called: Mapping[Value, str]
    take: Callable[[str, Type], str]  # the name of memory for this statement alone
    scratch: Callable[[str, Type], str]  # the same, one for all that ask for a kind
    fails: Callable[[str], int]  # the code of what may go wrong
    name: Callable[[str], str]  # a name that nothing else has
    turned: Callable[[Array, Size, tuple[Size, Size], Size], str | None]  # a matrix row by row
    has_blas: bool = False  # large products are the system's

    def function(self, name: str, dtype: str) -> str:
        """The name of a function for an element type."""
        self.reader.helpers[name, dtype] = None
        return f"{name}_{dtype}"

    def panel(self, dtype: str) -> list[str]:
        """The arguments of a large product that are memory for parts of matrices, and for how many
        cores that is, if it takes any."""
        if self.has_blas:
            return []
        size = CORES * PANEL_BYTES // BYTES[dtype]
        return [self.scratch("panel", Type(dtype, (size,))), str(CORES)]

    def call(self, function: str, dtype: str, *rows: Sequence[str]) -> list[str]:
        """The lines of a call; what belongs together stays on a line where it is long."""
        begin = f"{self.function(function, dtype)}("
        whole = f"{begin}{', '.join(text for row in rows for text in row)});"
        if len(whole) <= _CALL:
            return [whole]
        pads = [begin, *[" " * len(begin)] * (len(rows) - 1)]
        lines = [pad + ", ".join(row) for pad, row in zip(pads, rows, strict=True)]
        return [*(f"{line}," for line in lines[:-1]), f"{lines[-1]});"]

    def size(self, size: Size) -> str:
        return self.reader.size(size).text

    def room(self, name: str, dtype: str, *shape: Size) -> Array:
        """Memory for this statement alone."""
        return Array(self.take(name, Type(dtype, shape)))

    def part(self, value: Value, outer: Index) -> Array:
        """The part of what is stored at a position of its first axes."""
        array = self.reader.arrays[value]
        inner = (0,) * (value.type.rank - len(outer))
        return Array(array.name, flat((*outer, *inner), value.type.shape) + array.offset)

    def pointer(self, array: Array) -> str:
        at = self.reader.size(array.offset)
        return array.name if at.text == "0" else binary("+", Expr(array.name), at).text

    def element(self, array: Array, at: Size) -> str:
        return f"{array.name}[{self.size(array.offset + at)}]"

    def filled(self, target: Array, dtype: str, value: Value, outer: Index, rank: int) -> list[str]:
        """Lines that lay out the part of a value with its last axes, so many, in their order; the
        others are stretched to a position."""
        inner = value.type.shape[value.type.rank - rank :]
        domain = (*outer, *inner)
        within = identity(domain)[len(outer) :]
        element = self.reader.read(value, broadcast_index(value, (*outer, *within)), dtype).text
        order = [len(outer) + a for a, s in enumerate(inner) if s != 1]
        line = f"{self.element(target, flat(within, inner))} = {element};"
        return nested(domain, order, [line], self.reader, is_copy=True)

    def target(self, value: Value, outer: Index, dtype: str) -> tuple[Array, list[str]]:
        """Where a function leaves numbers for a part of a result, and the lines that bring them
        there where they are of another element type."""
        kind = value.type
        if kind.dtype == dtype and kind.shape:
            return self.part(value, outer), []
        inner = kind.shape[len(outer) :]
        room = self.room(self.called[value], dtype, *inner)
        index = (*outer, *identity(kind.shape)[len(outer) :])
        element = self.element(room, flat(index[len(outer) :], inner))
        order = [a for a, s in enumerate(kind.shape) if s != 1 and a >= len(outer)]
        line = self.left(value, index, self.converted(element, dtype, kind.dtype))
        return room, nested(kind.shape, order, [line], self.reader)

    def converted(self, number: str, dtype: str, wanted: str) -> str:
        """A number of an element type as one of another."""
        return number if dtype == wanted else cast(TYPES[wanted], Expr(number)).text

    def left(self, value: Value, index: Index, text: str) -> str:
        """The line that leaves an element of a result, or a number."""
        if value.type.shape:
            return f"{self.element(self.part(value, index), 0)} = {text};"
        self.reader.scalars[value] = self.called[value]
        return f"const {TYPES[value.type.dtype]} {self.called[value]} = {text};"

    def each(self, batch: Sequence[Size], lines: list[str]) -> list[str]:
        """Lines for each position of a batch."""
        order = [a for a, s in enumerate(batch) if s != 1]
        return nested(tuple(batch), order, lines, self.reader)
