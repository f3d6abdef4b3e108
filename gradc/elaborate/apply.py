"""Apply an operation: its arguments as operands, then a node, or a known where it folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from gradc.diagnostics import DiagnosticError, Label, error
from gradc.elaborate.bindings import Attribute, Bound, Results, is_runtime
from gradc.elaborate.context import Context
from gradc.elaborate.literals import check_fits, flatten
from gradc.elaborate.operands import as_value, strengthen
from gradc.ir.node import Apply, Value
from gradc.ir.operation import Operation
from gradc.ir.positions import positions_at
from gradc.ir.types import TypeMismatch
from gradc.source import Span
from gradc.syntax.habits.enclosed import unwrapped

T = TypeVar("T")

_SCALARS = {Value, int, float, bool}
"""What is an operand, or becomes one, whatever it stands beside."""


def apply_named(
    context: Context,
    name: str,
    arguments: Sequence[Bound],
    spans: Sequence[Span],
    span: Span,
    **attributes: Attribute,
) -> Bound:
    """Applies an operation that the syntax itself stands for."""
    op = context.library.operation(name)
    attrs = tuple([attributes.get(f.name, f.default) for f in op.attributes])
    return apply(context, op, arguments, attrs, spans, span)


def apply(
    context: Context,
    op: Operation,
    arguments: Sequence[Bound],
    attrs: tuple[Attribute, ...],
    spans: Sequence[Span],
    span: Span,
    places: Mapping[str, Span] | None = None,
) -> Bound:
    """A node of this operation, or a known where every operand is one.

    `places` are those of the attributes that were written.
    """
    kinds = set(map(type, arguments))
    if Value in kinds and kinds <= _SCALARS:
        pass  # as they are: most that is applied
    elif arguments and not any([is_runtime(a) for a in arguments]):
        from gradc.elaborate.fold import fold

        folded = fold(op, arguments, attrs, spans)
        if folded is not None:
            return folded
    else:
        arguments = strengthen(context, op, arguments, spans)
    builder = context.builder
    outer, builder.span = builder.span, span
    operands: list[Value] = []
    try:
        operands = [
            a if isinstance(a, Value) else as_value(context, a, s)
            for a, s in zip(arguments, spans, strict=True)
        ]
        results = builder.emit_all(op, operands, attrs)
        if results[0].type.dtype in ("i32", "i64"):
            known = [context.numbers.get(v, a) for v, a in zip(operands, arguments, strict=True)]
            _check_numbers(op, results[0].type.dtype, known, spans)
    except TypeMismatch as mismatch:
        stated = (places or {}).get(mismatch.attribute)
        raise _mismatch(context, op, mismatch, operands, spans, stated, span) from None
    finally:
        builder.span = outer
    if op.name == "reshape" and operands[0] in context.numbers:
        context.numbers[results[0]] = context.numbers[operands[0]]
    node = builder.nodes[-1]
    if op.positions and isinstance(node, Apply):
        _check_positions(context, node, arguments, spans)
    return results[0] if len(results) == 1 else Results(results)


def _check_positions(
    context: Context, node: Apply, arguments: Sequence[Bound], spans: Sequence[Span]
) -> None:
    """Positions that are known are within the axis that they choose from, where its size is."""
    for i, position in positions_at(node):
        known = context.numbers.get(node.operands[i], arguments[i])
        size, least = position.size, position.least
        if isinstance(known, Value) or not (isinstance(size, int) and isinstance(least, int)):
            continue
        for n in flatten(known):
            if isinstance(n, int) and not least <= n < size:
                message = f"the index {int(n)} is outside an axis of {size}"
                from gradc.elaborate.advice import positions

                helps = positions(size, "-1" if least < 0 else "")
                raise error("E0304", message, spans[i], helps=helps)


def _check_numbers(
    op: Operation, dtype: str, arguments: Sequence[Bound], spans: Sequence[Span]
) -> None:
    """A number takes the element type of what it meets, which has to hold it."""
    for argument, span in zip(arguments, spans, strict=True):
        if isinstance(argument, int) and not isinstance(argument, bool):
            check_fits(dtype, argument, span, _wider(dtype, argument, arguments, spans))
    exponents = flatten(arguments[1]) if op.name == "power" else ()
    if any(isinstance(n, int) and n < 0 for n in exponents):
        from gradc.elaborate.fold import no_negative_powers

        raise no_negative_powers(spans[1])


def _wider(dtype: str, number: int, arguments: Sequence[Bound], spans: Sequence[Span]) -> list[str]:
    """The help for a number that i32 cannot hold, and i64 can."""
    if dtype != "i32" or not -(2**63) <= number < 2**63:
        return []
    met = [s for a, s in zip(arguments, spans, strict=True) if isinstance(a, Value)]
    if not met or any(s.source is not spans[0].source for s in spans):
        return []
    first, last = min(s.start for s in spans), max(s.end for s in spans)
    text, widened = met[0].source.text, f'astype({unwrapped(met[0].text)}, "i64")'
    whole = f"{text[first : met[0].start]}{widened}{text[met[0].end : last]}"
    return [f"what it meets holds it as i64: `{' '.join(whole.split())}`"]


def guard(action: Callable[[], T], span: Span) -> T:
    """Runs compile-time arithmetic; a mismatch becomes a diagnostic at this place."""
    try:
        return action()
    except TypeMismatch as mismatch:
        raise error(mismatch.code, mismatch.message, span, helps=mismatch.helps) from None


def _mismatch(
    context: Context,
    op: Operation,
    mismatch: TypeMismatch,
    operands: Sequence[Value],
    spans: Sequence[Span],
    stated: Span | None,
    span: Span,
) -> DiagnosticError:
    """A diagnostic at what is to blame, with the types of the operands that are.

    `stated` is the argument that the mismatch names, if it was given: what is wrong is there.
    """
    from gradc.elaborate.advice import stretched, worded, written
    from gradc.elaborate.fitting import (
        agreeing,
        as_integers,
        declarations,
        fitting,
        of_images,
        redeclared,
    )

    blamed = [i for i in mismatch.operands if i < len(spans)]
    marks = {spans[i]: str(operands[i].type) for i in blamed}
    place = stated or (spans[blamed[-1]] if blamed else span)
    text = marks.pop(place, "")
    labels = [Label(at, words) for at, words in marks.items()]
    nodes, found = context.builder.nodes, context.found
    helps = worded(context, mismatch.helps, spans)
    accused = [operands[i] for i in blamed]
    if op.name == "conv2d_output":
        helps = [*of_images(operands, helps, nodes, found)]
    elif op.name == "matmul" and len(blamed) == 1:
        from gradc.elaborate.shapeless import unshaped

        helps = [*unshaped(accused[0], operands[1 - blamed[0]], found), *helps]
    elif op.name == "matmul" and len(blamed) == 2:
        from gradc.elaborate.looped import other_starts
        from gradc.elaborate.remade import of_several, products_fit, remade

        helps += remade(operands, products_fit, nodes) or of_several(operands, nodes)
        helps += other_starts(operands, context.looped) or fitting(
            operands, written(context, spans), nodes, found
        )
    elif not helps and op.traits.elementwise and len(blamed) == 2 and mismatch.code == "E0302":
        texts = written(context, [spans[i] for i in blamed])
        types = [v.type for v in accused]
        in_body = context.builder.origin.calling is not None
        helps = [] if in_body else redeclared(accused, found)
        wider = stretched(types, texts, product=op.name == "multiply")
        # Of an image, a vector is mostly one of channels.
        helps = (wider or helps) if max(t.rank for t in types) > 2 else [*helps, *wider]
        from gradc.elaborate.beside import crossed, lagged, multiplied, opened, shortened, stretches

        helps = [*multiplied(accused, nodes), *helps]
        parts, places = opened(types, texts), [spans[i] for i in blamed]
        of_one = stretches(parts, places)
        helps = helps or [*(of_one or lagged(parts, places))]
        if not helps and of_one is None:
            helps = [*shortened(types, places)]
        from gradc.elaborate.remade import alike, as_its_neighbour, remade

        helps = [*as_its_neighbour(accused, nodes), *helps] if helps else helps
        helps = helps or [*remade(accused, alike, nodes)]
        if not helps and of_one is None:
            each, helps = (
                [*crossed(op.name, types, texts)],
                agreeing(accused, nodes, found, in_body),
            )
            helps = [h for h in helps if ";" in h or not each]
            # Rows of two arrays are mostly compared each with each.
            helps = [*each, *helps] if types[0].rank > 1 else [*helps, *each]
    elif op.name == "reshape" and len(helps) > 1:
        from gradc.elaborate.met import first_fitting

        helps = first_fitting(helps, span, found)
    elif op.name == "concatenate" and not helps and mismatch.code == "E0302":
        from gradc.elaborate.remade import joined

        helps = [*joined(operands, span)]
    if mismatch.code == "E0305" and "integers" in mismatch.message and accused and not helps:
        helps = as_integers(accused[0], found, nodes, written(context, [spans[blamed[0]]])[0])
    helps = helps or declarations(accused, found)
    if mismatch.code == "E0302" and nodes:
        from gradc.elaborate.spread import spread

        helps = spread(operands, nodes, found) or helps
    if mismatch.code != "E0302":
        return error(mismatch.code, mismatch.message, place, text, labels, helps)
    from gradc.elaborate.beside import unfloored

    labels = [Label(label.span, unfloored(label.text)) for label in labels]
    return error(mismatch.code, unfloored(mismatch.message), place, unfloored(text), labels, helps)
