"""Fold: what an operation makes of compile-time numbers is one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.diagnostics import DiagnosticError, error
from gradc.elaborate.bindings import Attribute, Bound, Numbers
from gradc.elaborate.literals import flatten
from gradc.elaborate.operands import operand_type
from gradc.ir.operation import Operation
from gradc.ir.sizes import Poly, product
from gradc.ir.types import Type, TypeMismatch
from gradc.source import Span

_LIMIT = 1024  # elements of an array that is worked out at compile time


def fold(
    op: Operation, arguments: Sequence[Bound], attrs: tuple[Attribute, ...], spans: Sequence[Span]
) -> Numbers | None:
    """The numbers that an operation makes of numbers, or None."""
    types = [t for a in arguments if (t := operand_type(a)) is not None]
    if op.evaluate is None or len(types) < len(arguments):
        return None
    if any(isinstance(n, Poly) for a in arguments for n in flatten(a)):
        return None
    try:
        typing = op.type_rule(tuple(types), attrs)
    except TypeMismatch:
        return None  # told where the operation is applied
    if op.name == "power":
        _check_powers(arguments, types, spans)
    result = typing.results[0]
    count = product(result.shape)
    if len(typing.results) > 1 or not result.weak:
        return None
    if not isinstance(count, int) or count > _LIMIT:
        return None
    if 0 in result.shape[:-1]:
        return None  # a list of nothing does not say how long what it lacks would be
    return _run(op, arguments, types, typing.casts, attrs, typing.attrs)


def _check_powers(arguments: Sequence[Bound], types: Sequence[Type], spans: Sequence[Span]) -> None:
    """NumPy's arrays of integers have no negative powers."""
    if all(t.dtype != "f64" for t in types):
        for exponent in flatten(arguments[1]):
            if isinstance(exponent, int) and exponent < 0:
                raise no_negative_powers(spans[1])


def no_negative_powers(span: Span) -> DiagnosticError:
    """What is wrong with an integer to a negative power."""
    helps = ['`astype(x, "f64")` has them']
    return error("E0305", "integers have no negative powers", span, helps=helps)


def _run(
    op: Operation,
    arguments: Sequence[Bound],
    types: Sequence[Type],
    casts: Sequence[str | None],
    attrs: tuple[Attribute, ...],
    canonical: Mapping[str, Attribute] | None,
) -> Numbers | None:
    """What the operation makes of the numbers; None where that is not known before run time."""
    assert op.evaluate is not None
    if canonical:
        attrs = tuple(canonical.get(f.name, a) for f, a in zip(op.attributes, attrs, strict=True))
    wanted = [c or t.dtype for c, t in zip([*casts, *[None] * len(types)], types)]  # noqa: B905
    found: Numbers | None = op.evaluate(arguments, wanted, attrs)
    return found
