"""Reading: the C expression of one element of a value.

What is stored is loaded. A view maps the position into what it looks at, and an operation that is
written where it is used gives its element as an expression over those of its operands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Protocol

from gradc.ir.node import Apply, Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Size, dimension, dimensions_of, product, substitute
from gradc.records import dataclass, field
from gradc.targets.c.expression import Expr, binary, cast
from gradc.targets.c.identifiers import TYPES, number
from gradc.targets.c.sizes import Index, flat, opaque, size_expr, strides, variable

Cut = tuple[Size, Sequence[Size]]
"""A position, and where the parts begin of which it is in one; behind the last one they end."""

Move = Callable[[Index], Index]
"""Where a view finds what stands at a position."""


@dataclass(frozen=True, slots=True)
class Array:
    """Where a value is stored, its elements in their order from an offset on."""

    name: str
    offset: Size = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A view: what it looks at, and where. Without a `move` only the shape is another."""

    of: Value
    move: Move | None


class ElementRule(Protocol):
    """The element of a node at a position."""

    def __call__(self, reader: Reader, node: Apply, index: Index) -> Expr: ...


@dataclass(slots=True, eq=False)
class Reader:
    """What is known in a function of the values that its statements read."""

    dimension: Callable[[str], str]
    rule: Callable[[Operation], ElementRule]
    constant: Callable[[Apply], str]  # the name of an array of compile time
    arrays: dict[Value, Array] = field(default_factory=dict)
    scalars: dict[Value, str] = field(default_factory=dict)
    views: dict[Value, Seen] = field(default_factory=dict)
    inner: dict[Value, Apply] = field(default_factory=dict)  # written where they are used
    here: dict[Value, str] = field(default_factory=dict)  # made by the loop that is being written
    helpers: dict[tuple[str, str], None] = field(default_factory=dict)  # functions that are called
    touched: list[tuple[Value, Index]] | None = None  # what is read where, when that is asked
    bind: Callable[[Expr, str, str], Expr] | None = None  # gives an expression a name
    guarded: int = 0  # within what is read only where a condition holds
    loops: Mapping[str, Size] = field(default_factory=dict)  # how far their variables go
    cuts: list[Cut] | None = None  # where parts of what is read begin, when that is asked

    def size(self, size: Size) -> Expr:
        """A size or a position."""
        return size_expr(size, self.dimension)

    def divisor(self, size: Size) -> Expr:
        """A size that something is divided by, where there is anything at all."""
        return self.size(1 if size == 0 else size)

    def read(self, value: Value, index: Index, dtype: str | None = None) -> Expr:
        """The element at a position, as a number of an element type."""
        node = self.inner.get(value)
        if node is not None and node.traits.literal:
            return self._literal(node, dtype or value.type.dtype)
        expr = self._element(value, index)
        own = value.type.dtype
        if dtype is None or dtype == own or own == "bool":
            return expr
        return cast(TYPES[dtype], expr)

    def position(self, value: Value, index: Index) -> Size:
        """An element that is itself a position."""
        return opaque(self.read(value, index, "i64"))

    def _literal(self, node: Apply, dtype: str) -> Expr:
        (given, *_) = node.attrs
        if node.name == "constant":
            text = number(given, dtype)
            return Expr(text, 8 if text[0] == "-" else 9)
        size = self.size(given)
        return Expr(number(given, dtype)) if isinstance(given, int) else cast(TYPES[dtype], size)

    def _element(self, value: Value, index: Index) -> Expr:
        if self.touched is not None and value not in self.inner and value not in self.views:
            self.touched.append((value, index))
        if value in self.here:
            return Expr(self.here[value])
        if value in self.scalars:
            return Expr(self.scalars[value])
        if (seen := self.views.get(value)) is not None:
            # Where what is read is asked, it is that of which this is a view.
            if self.touched is None and (place := self.place(value, index)) is not None:
                return self._load(*place)
            return self.read(seen.of, self.moved(value, seen, index))
        if value in self.arrays:
            place = self.place(value, index)
            assert place is not None
            return self._load(*place)
        if self.touched is not None and value not in self.inner:
            return Expr("x")
        node = self.inner[value]
        return self.rule(node.op)(self, node, index)

    def _load(self, array: Array, at: Size) -> Expr:
        return Expr(f"{array.name}[{self.size(at).text}]")

    def place(self, value: Value, index: Index) -> tuple[Array, Size] | None:
        """Where an element is stored; None where it is not."""
        if (array := self.arrays.get(value)) is not None and value not in self.here:
            return array, flat(index, value.type.shape) + array.offset
        seen = self.views.get(value)
        if seen is None:
            return None
        if seen.move is None and not is_reindexed(seen.of, value):
            place = self._place_flat(seen.of, flat(index, value.type.shape))
            if place is not None:
                return place
        return self.place(seen.of, self.moved(value, seen, index))

    def _place_flat(self, value: Value, at: Size) -> tuple[Array, Size] | None:
        """Where an element is stored that is so far from the first one; None where it is not, or
        not in the order of a value that has elements of its own."""
        if (array := self.arrays.get(value)) is not None and value not in self.here:
            return array, at + array.offset
        seen = self.views.get(value)
        if seen is None:
            return None
        if seen.move is None:
            return self._place_flat(seen.of, at)
        found = self.strided(value)  # a step of what a loop stacks lies as it would alone
        if found is None or not is_packed(value.type.shape, found[2]):
            return None
        return found[0], found[1] + at

    def moved(self, value: Value, seen: Seen, index: Index) -> Index:
        """Where a view finds what stands at a position."""
        if seen.move is not None:
            return seen.move(index)
        shape = value.type.shape
        found: list[Size] = []
        for own, axes in together(seen.of.type.shape, shape):
            at = flat(tuple([index[a] for a in axes]), [shape[a] for a in axes])
            found += self.unflattened(at, [seen.of.type.shape[a] for a in own])
        return tuple(found)

    def unflattened(self, at: Size, shape: Sequence[Size]) -> Index:
        """The position of an element that is so far from the first one."""
        found: list[Size] = []
        if sum(size != 1 for size in shape) == 1:
            return tuple([0 if size == 1 else at for size in shape])
        for axis, (size, stride) in enumerate(zip(shape, strides(shape), strict=True)):
            if size == 1:
                found.append(0)
                continue
            expr = self.size(at)
            if stride != 1:
                expr = binary("/", expr, self.divisor(stride))
            if axis and product(shape[:axis]) != 1:
                expr = binary("%", expr, self.divisor(size))
            found.append(opaque(expr))
        return tuple(found)

    def strided(self, value: Value) -> tuple[Array, Size, list[Size]] | None:
        """Where a value begins, and how far neighbours along its axes are apart; None where its
        elements are not stored so."""
        names = [f"@{axis}" for axis in range(value.type.rank)]
        pairs = zip(names, value.type.shape, strict=True)
        index = tuple([dimension(name) if size != 1 else 0 for name, size in pairs])
        place = self.place(value, index)
        if place is None:
            return None
        array, at = place
        zero: Mapping[str, Size] = dict.fromkeys(names, 0)
        start = substitute(at, zero)
        steps: list[Size] = []
        for name in names:
            step = substitute(at, {**zero, name: 1}) - start
            twice = substitute(at, {**zero, name: 2}) - start
            if twice != 2 * step:
                return None
            steps.append(step)
        inside = {d for size in (start, *steps) for d in dimensions_of(size)}
        return None if any(d[0] == "=" for d in inside) else (array, start, steps)

    def bound(self, expr: Expr, dtype: str, name: str) -> Expr:
        """The expression, as a name where it is long."""
        if expr.is_short or self.bind is None or self.guarded:
            return expr
        return self.bind(expr, dtype, name)

    def between(self, position: Size, bounds: Sequence[Size]) -> int | None:
        """Between which bounds a position is, wherever the loops are; None where that differs."""
        for name, size in [("", 1), *self.loops.items()]:
            first = position - variable(name) if name else position
            if any(d[0] in "@=" for d in dimensions_of(first)):
                continue
            last = first + size
            for n, (low, high) in enumerate(pairwise(bounds)):
                if _is_within(first, last, low, high):
                    return n
        return None

    @contextmanager
    def within(self, loops: Mapping[str, Size]) -> Iterator[None]:
        """What is read within is read in loops over so many positions each."""
        before, self.loops = self.loops, loops
        try:
            yield
        finally:
            self.loops = before

    @contextmanager
    def under_condition(self) -> Iterator[None]:
        """What is read within is read only where a condition holds."""
        self.guarded += 1
        try:
            yield
        finally:
            self.guarded -= 1


def _is_within(first: Size, last: Size, low: Size, high: Size) -> bool:
    before, behind = first - low, high - last
    return all(isinstance(s, int) and s >= 0 for s in (before, behind))


def together(one: Sequence[Size], other: Sequence[Size]) -> Iterator[tuple[range, range]]:
    """The axes of two shapes of as many elements, a few of the one with those of the other that
    have as many elements as they have: `[B, T, 48]` and `[B, T, 4, 12]` are three such pairs."""
    i = j = 0
    while i < len(one) or j < len(other):
        counts = [(m, n) for m in range(i, len(one) + 1) for n in range(j, len(other) + 1)]
        alike = [c for c in counts[1:] if product(one[i : c[0]]) == product(other[j : c[1]])]
        # What only a check at run time says to be as many goes together as a whole.
        m, n = min(alike, key=sum, default=(len(one), len(other)))
        yield range(i, m), range(j, n)
        i, j = m, n


def is_packed(shape: Sequence[Size], steps: Sequence[Size]) -> bool:
    """Whether elements that are so far apart along axes lie one behind the other."""
    pairs = zip(shape, steps, strides(shape), strict=True)
    return all(step == stride or size == 1 for size, step, stride in pairs)


def is_reindexed(one: Value, other: Value) -> bool:
    """Whether shapes differ in axes of one element alone."""
    first, second = ([s for s in v.type.shape if s != 1] for v in (one, other))
    return first == second


def broadcast_index(operand: Value, index: Index) -> Index:
    """The position in an operand that is stretched to what has this position."""
    shape = operand.type.shape
    behind = index[len(index) - len(shape) :]
    return tuple([0 if s == 1 else i for s, i in zip(shape, behind, strict=True)])


def pointer(array: Array, reader: Reader) -> str:
    """Where an array begins."""
    begin = binary("+", Expr(array.name), reader.size(array.offset)).text
    return array.name if array.offset == 0 else begin


def cleared(array: Array, size: Size, reader: Reader) -> str:
    """The line that fills an array with zeros."""
    count = reader.size(size)
    times = f"{count.text} * " if count.text.isdigit() else f"{cast('size_t', count).text} * "
    return f"memset({pointer(array, reader)}, 0, {times}sizeof(*{array.name}));"
