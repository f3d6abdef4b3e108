"""From knowns to operands: numbers become constants, lists of numbers arrays, and folding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from gradc.diagnostics import error
from gradc.ir.builder import Builder, number_type, type_operation
from gradc.ir.graph import Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Poly, product
from gradc.ir.types import Type, TypeMismatch, promote
from gradc.passes.elaborate.bindings import Bound, Catalogue, Instance, Known, describe, is_number
from gradc.source import Span

_FOLD_LIMIT = 1024  # elements of an array that is worked out at compile time


class SpelledInt(int):
    """An integer that remembers how the user wrote it (`1_000`)."""

    text: str


class SpelledFloat(float):
    """A float that remembers how the user wrote it (`1e-3`)."""

    text: str


def spelled(number: int | float, text: str) -> int | float:
    """The number with its spelling, where that is not the canonical one."""
    if text == repr(number):
        return number
    kept = SpelledInt(number) if isinstance(number, int) else SpelledFloat(number)
    kept.text = text
    return kept


def array_shape(data: Known) -> tuple[int, ...] | None:
    """The shape of nested tuples of numbers; None where they are ragged or hold other things."""
    if not isinstance(data, tuple):
        return () if is_number(data) and not isinstance(data, Poly) else None
    shapes = {array_shape(item) for item in data}
    if len(shapes) > 1 or None in shapes:
        return None
    inner = shapes.pop() if shapes else ()
    return None if inner is None else (len(data), *inner)


def array_type(data: Known) -> Type | None:
    """The weak type of a list of numbers."""
    shape = array_shape(data)
    if shape is None:
        return None
    kinds = [number_type(item) for item in flatten(data)] or [Type("f64", weak=True)]
    return Type(promote(kinds)[0], shape, weak=True)


def flatten(data: Known) -> Iterable[Any]:
    """The numbers of nested tuples, in order."""
    if isinstance(data, tuple):
        for item in data:
            yield from flatten(item)
    else:
        yield data


_RANGES = {"i32": (-(2**31), 2**31), "i64": (-(2**63), 2**63)}
_LARGEST_F32 = 3.4028235677973366e38  # from here on a number rounds to infinity


def check_fits(dtype: str, data: Known, span: Span) -> None:
    """E0305 where an element type cannot hold numbers."""
    for item in flatten(data):
        if isinstance(item, Poly) or dtype == "f64":
            continue
        if dtype == "f32":
            fits = abs(item) < _LARGEST_F32 or not math.isfinite(item)
        elif dtype == "bool":
            fits = isinstance(item, bool)
        else:
            low, high = _RANGES[dtype]
            fits = isinstance(item, int) and low <= item < high
        if not fits:
            raise error("E0305", f"{dtype} cannot hold {describe(item)}", span)


class Converter:
    """Turns knowns into values of the graph being built."""

    library: Catalogue
    builder: Builder

    def as_value(self, bound: Bound, span: Span, dtype: str | None = None) -> Value:
        """A binding as an operand; lists become arrays of `dtype`, or of their own kind."""
        if isinstance(bound, Value):
            return bound
        if isinstance(bound, Instance) and isinstance(bound.value, Value):
            return bound.value
        if is_number(bound):
            return self.builder.constant(bound, getattr(bound, "text", ""))
        if isinstance(bound, tuple):
            kind = array_type(bound)
            if kind is not None:
                strong = dtype or kind.dtype
                check_fits(strong, bound, span)
                return self.builder.emit(
                    self.library.operation("array"), (), (bound, strong, kind.shape)
                )
            if any(isinstance(item, Value) for item in bound):
                raise error(
                    "E0305",
                    "a list of values is no array",
                    span,
                    helps=["`stack([…])` makes an array of them"],
                )
            raise error("E0305", "this list is ragged, or holds more than numbers", span)
        raise error("E0305", f"an array is expected here, this is {describe(bound)}", span)

    def strengthen(
        self, op: Operation, arguments: Sequence[Bound], spans: Sequence[Span]
    ) -> list[Bound]:
        """Lists among the operands, as arrays of the element type that the others ask for."""
        if not any(isinstance(a, tuple) for a in arguments):
            return list(arguments)
        types = [t for a in arguments if (t := self.operand_type(a)) is not None]
        dtype = promote(types)[0] if types else None
        operands = op.operands
        return [
            self.as_value(
                a, s, "i64" if operands[min(i, len(operands) - 1)].kind == "indices" else dtype
            )
            if isinstance(a, tuple)
            else a
            for i, (a, s) in enumerate(zip(arguments, spans, strict=True))
        ]

    def operand_type(self, bound: Bound) -> Type | None:
        """The type an argument would have as an operand."""
        if isinstance(bound, Value):
            return bound.type
        if is_number(bound):
            return number_type(bound)
        return array_type(bound) if isinstance(bound, tuple) else None

    def fold(
        self,
        op: Operation,
        arguments: Sequence[Bound],
        attrs: tuple[Any, ...],
        spans: Sequence[Span],
    ) -> Known:
        """The known that an operation makes of knowns, or NotImplemented."""
        types = [self.operand_type(a) for a in arguments]
        if op.evaluate is None or any(t is None for t in types):
            return NotImplemented
        if any(isinstance(n, Poly) for a in arguments for n in flatten(a)):
            return NotImplemented
        known_types = tuple(t for t in types if t is not None)
        try:
            typing = type_operation(op, known_types, attrs)
        except TypeMismatch as mismatch:
            blamed = [i for i in mismatch.operands if i < len(spans)]
            raise error(
                mismatch.code,
                mismatch.message,
                spans[blamed[-1] if blamed else 0],
                helps=mismatch.helps,
            ) from None
        result = typing.results[0]
        count = product(result.shape)
        if len(typing.results) > 1 or not result.weak:
            return NotImplemented
        if not isinstance(count, int) or count > _FOLD_LIMIT:
            return NotImplemented
        return fold_numbers(op, arguments, known_types, typing.casts, attrs, typing.attrs)

    def declarations_of(self, values: Iterable[Value]) -> list[str]:
        """Helps that say where the blamed values were declared; the file's elaborator knows."""
        return []


def fold_numbers(
    op: Operation,
    arguments: Sequence[Known],
    types: Sequence[Type],
    casts: Sequence[str | None],
    attrs: tuple[Any, ...],
    canonical: Any,
) -> Known:
    """Runs the operation's own NumPy spelling on numbers; lists come back as nested tuples."""
    assert op.evaluate is not None
    if canonical:
        attrs = tuple(canonical.get(f.name, a) for f, a in zip(op.attributes, attrs, strict=True))
    wanted = [c or t.dtype for c, t in zip([*casts, *[None] * len(types)], types)]  # noqa: B905
    result = op.evaluate(arguments, wanted, attrs)
    return _nested(result)


def _nested(data: Any) -> Known:
    return tuple(_nested(item) for item in data) if isinstance(data, list) else data
