"""From what expressions evaluate to, to operands: numbers become constants, lists arrays."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import error
from gradc.elaborate.bindings import (
    Binding,
    Bound,
    Instance,
    Results,
    describe,
    is_number,
    is_runtime,
)
from gradc.elaborate.context import Context
from gradc.elaborate.literals import array_type, check_fits, ragged
from gradc.ir.builder import number_type
from gradc.ir.node import Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Poly
from gradc.ir.types import Type, promote
from gradc.source import Span


def as_value(
    context: Context, bound: Binding, span: Span | None, dtype: str | None = None
) -> Value:
    """A binding as an operand; lists become arrays of `dtype`, or of their own kind."""
    if isinstance(bound, Value):
        return bound
    if isinstance(bound, Instance) and isinstance(bound.value, Value):
        return bound.value
    if is_number(bound):
        return context.builder.constant(bound, getattr(bound, "text", ""))
    if isinstance(bound, tuple):
        if isinstance(bound, Results) and span is not None:
            from gradc.elaborate.habits.several import one_expected

            raise one_expected(context, len(bound), span)
        return _array(context, bound, span, dtype)
    from gradc.elaborate.habits.kinds import meant

    message = f"an array is expected here, this is {describe(bound)}"
    helps = meant("value", bound)
    if isinstance(bound, str) and not helps:
        helps = ('a string is a word that an option takes, as in `reduction="sum"`',)
    raise error("E0305", message, span, helps=helps)


def _array(
    context: Context, items: tuple[Bound, ...], span: Span | None, dtype: str | None
) -> Value:
    kind = array_type(items)
    if kind is not None:
        strong = dtype or kind.dtype
        check_fits(strong, items, span)
        return context.emit("array", (), (items, strong, kind.shape))
    kind = stack_type(items)
    if kind is not None and kind.rank > 1:
        return stacked(context, items, span, dtype)
    if any(isinstance(item, Value) for item in items):
        helps = ["`stack([…])` makes an array of them"]
        listed = span is not None and span.text[:1] == "["
        if span is not None and listed and kind is not None and _is_listed(span):
            helps = [f"write `stack({span.text})`"]
        elif len(items) == 1 and listed and span is not None:
            helps = [f"parentheses go around a value: `({span.text[1:-1].strip()})`"]
        raise error("E0305", "a list of values is no array", span, helps=helps)
    sizes = [item for item in items if is_number(item)]
    if len(sizes) == len(items) and span is not None and span.text[:1] != "[":
        message = f"`{span.text}` is a list of sizes, and no array"
        raise error("E0305", message, span, helps=[one_size(span, len(items))])
    if len(sizes) == len(items) and span is not None:
        message, helps = "a list with dimensions is no array", [f"write `stack({span.text})`"]
        raise error("E0305", message, span, helps=helps)
    message = "this list is ragged, or holds more than numbers"
    raise error("E0305", message, span, helps=ragged(items))


def _is_listed(span: Span) -> bool:
    """Whether what stands at a place is an item of a list."""
    depth = 0
    for c in reversed(span.source.text[: span.start]):
        depth += (c in ")]") - (c in "([")
        if depth < 0:
            return c == "["
    return False


def stack_type(bound: Binding) -> Type | None:
    """The type of nested lists of scalars, some of which are values; None where it is no such."""
    if not isinstance(bound, tuple) or isinstance(bound, Results) or not is_runtime(bound):
        return None
    kinds = [
        (stack_type(i) or array_type(i)) if isinstance(i, tuple) else operand_type(i) for i in bound
    ]
    found = [k for k in kinds if k is not None]
    scalars = all(
        isinstance(i, tuple) or k is None or not k.shape for i, k in zip(bound, kinds, strict=True)
    )
    if not scalars or len(found) < len(bound) or len({k.shape for k in found}) > 1:
        return None
    dtype, weak = promote(found)
    return Type(dtype, (len(bound), *found[0].shape), weak)


def stacked(context: Context, bound: Bound, span: Span | None, dtype: str | None = None) -> Value:
    """A binding as an operand, where lists of scalars are arrays too."""
    kind = stack_type(bound)
    if kind is None or not isinstance(bound, tuple):
        return as_value(context, bound, span, dtype)
    strong = dtype if dtype is not None and kind.weak else kind.dtype
    return context.emit("stack", [stacked(context, i, span, strong) for i in bound], (0,))


def one_size(span: Span, count: int) -> str:
    """What is written instead of a list of sizes: one of them, or their product."""
    from gradc.elaborate.habits.remedy import in_place

    text = " ".join(span.text.split())
    product = in_place(" * ".join(f"{text}[{i}]" for i in range(count)), span)
    return f"write `{text}[0]`" + (f", or their product `{product}`" if count > 1 else "")


def operand_type(bound: Binding) -> Type | None:
    """The type that a binding would have as an operand; None where it cannot be one."""
    if isinstance(bound, Value):
        return bound.type
    if is_number(bound):
        return number_type(bound)
    if not isinstance(bound, tuple):
        return None
    kind = stack_type(bound)
    return kind if kind is not None and kind.rank > 1 else array_type(bound)


def strengthen(
    context: Context, op: Operation, arguments: Sequence[Bound], spans: Sequence[Span]
) -> Sequence[Bound]:
    """Lists among the operands, as arrays of the element type that the others ask for."""
    if not any([isinstance(a, tuple) for a in arguments]):
        return arguments
    types = [t for a in arguments if (t := operand_type(a)) is not None]
    dtype = promote(types)[0] if types else None
    last = len(op.operands) - 1
    found = list(arguments)
    for i, (bound, span) in enumerate(zip(arguments, spans, strict=True)):
        formal = op.operands[min(i, last)]
        if isinstance(bound, tuple):
            asked = "i64" if formal.is_position else None if formal.is_condition else dtype
            found[i] = as_value(context, bound, span, asked)
    return found


def strong_value(context: Context, bound: Binding, span: Span) -> Value:
    """A value of a definite element type, for an output."""
    if isinstance(bound, Value):
        if not bound.type.weak:
            return bound
        return context.emit("astype", [bound], (bound.type.dtype,))
    if isinstance(bound, Poly):
        return strong_value(context, as_value(context, bound, span), span)
    if is_number(bound):
        return context.emit("array", (), (bound, number_type(bound).dtype, ()))
    if isinstance(bound, tuple):
        return as_value(context, bound, span)
    raise error("E0305", "an output is an array or a number", span)
