"""What graphs hand to functions of the library: arguments of the kinds that parameters ask for.

A parameter without a kind takes an array: a value, a number, or a list of numbers, which becomes
one here, so that bodies and functions of shapes never meet a list where an array is meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gradc.diagnostics import Help, Label, Replacement, error
from gradc.elaborate.arguments import check_kind
from gradc.elaborate.bindings import Bound, Function, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.fitting import as_integers, of_classes
from gradc.elaborate.habits.kinds import meant
from gradc.elaborate.literals import flatten
from gradc.elaborate.operands import as_value, operand_type
from gradc.ir.node import Value
from gradc.ir.operation import Formal
from gradc.ir.sizes import Poly, shape_text
from gradc.ir.types import Type, promote
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree

ARRAYS = ("value", "labels", "classes")
"""The kinds of arrays: of anything, of integers that choose, of those or of probabilities."""


def formal_of(parameter: tree.Parameter) -> Formal:
    """The parameter of a function as a formal, by which arguments are checked."""
    kind = parameter.kind.name if parameter.kind else "value"
    default = parameter.default
    # Whether it may be left out, and whether that means `none`, is all that is asked of a default.
    known = None if default is None or _is_none(default) else default
    return Formal(parameter.name.name, kind, known, required=default is None)


def _is_none(default: tree.Expr) -> bool:
    return isinstance(default, tree.Keyword) and default.value is None


def receive(
    context: Context, function: Function, given: Mapping[str, tuple[Bound, Span]]
) -> dict[str, tuple[Bound, Span]]:
    """The arguments, with arrays in the place of lists; a diagnostic where one is neither."""
    formals = {p.name.name: formal_of(p) for p in function.definition.parameters}
    arrays = [
        item
        for n, (bound, _) in given.items()
        if (kind := formals[n].kind) in ARRAYS or kind == "rest"
        for item in (bound if kind == "rest" and isinstance(bound, tuple) else (bound,))
    ]
    types = [t for a in arrays if (t := operand_type(a)) is not None]
    dtype = promote(types)[0] if types else None
    received = dict(given)
    ignored, _ = given.get("ignore_index", (None, None))
    learned = {p.value for _, p in context.found.params}
    _check_order(function.name, formals, given, learned)
    for name, (bound, span) in given.items():
        formal = formals[name]
        if formal.kind == "classes":
            _check_counts(context, bound, span, next(iter(given.values())))
            _check_classes(function.name, name, bound, span, arrays[0])
            _check_rows(bound, span, next(iter(given.values())))
        if formal.kind == "rest":
            assert isinstance(bound, tuple)
            items = [_operand(context, function.name, formal, b, span, dtype) for b in bound]
            received[name] = (tuple(items), span)
        elif formal.kind in ARRAYS:
            if formal.kind != "value":
                _check_labels(bound, span, ignored)
            received[name] = (_operand(context, function.name, formal, bound, span, dtype), span)
        else:
            check_kind(formal, bound, span, function.name)
    return received


def _operand(
    context: Context, callee: str, formal: Formal, bound: Bound, span: Span, dtype: str | None
) -> Bound:
    """An argument that is an array or a number."""
    if isinstance(bound, str):
        message = (
            f"`{formal.name}` of `{callee}` is an array or a number, this is {describe(bound)}"
        )
        raise error("E0305", message, span, helps=meant("value", bound))
    return _array(context, formal, bound, span, dtype)


def _check_order(
    callee: str,
    formals: Mapping[str, Formal],
    given: Mapping[str, tuple[Bound, Span]],
    learned: Collection[Bound],
) -> None:
    """Scores stand first, and then the labels: the other way round is told as that.

    What is `learned` holds no integers.
    """
    named = list(given.items())
    if len(named) > 1 and formals[named[0][0]].kind == "labels":
        (first, (ids, at)), (_, (table, span)), *_ = named
        floats, counted = operand_type(ids), operand_type(table)
        is_array = counted is not None and counted.rank and counted.dtype in ("i32", "i64")
        is_table = counted is not None and counted.is_float and ids in learned
        if floats and floats.is_float and (is_array or is_table):
            message = f"`{first}` of `{callee}` are integers, this is {floats}"
            helps = [f"they stand first: `{callee}({span.text}, {at.text})`"]
            if is_table and counted is not None and counted.rank:
                helps.append(integers(counted, span, f"`{span.text}`"))
            raise error("E0305", message, at, str(floats), helps=helps)
        return
    if len(named) < 2 or formals[named[1][0]].kind not in ("labels", "classes"):
        return
    (first, (scores, at)), (_, (labels, span)), *others = named
    counted, floats = operand_type(scores), operand_type(labels)
    if counted is None or floats is None or counted.is_float or not floats.is_float:
        return
    if floats.rank > counted.rank:
        further = [f"{name}={place.text}" for name, (_, place) in others]
        call = f"{callee}({', '.join([span.text, at.text, *further])})"
        message = f"`{first}` of `{callee}` are floats, this is {counted}"
        raise error("E0305", message, at, helps=[f"labels stand second: `{call}`"])


def _check_classes(callee: str, name: str, bound: Bound, span: Span, scores: Bound) -> None:
    """Labels are integers; floats are probabilities, as many as there are scores."""
    kind, scored = operand_type(bound), operand_type(scores)
    if kind is None or scored is None:
        return
    if not kind.is_float and kind.rank and kind.shape == scored.shape:
        declared = f"`{scored.dtype}{shape_text(kind.shape)}`"
        raise error(
            "E0303",
            f"one label for each row of {scored} is needed",
            span,
            str(kind),
            helps=[
                f"probabilities, or zeros and a one, are floats: declare {declared}",
                f"labels are positions: `argmax({span.text}, axis=-1)`",
            ],
        )
    if not kind.is_float and kind.shape[:-1] == scored.shape[:-1] and kind.rank:
        rows = shape_text(scored.shape[:-1])
        helps = [f"a row has one label: declare `i64{rows}`"]
        if kind.shape == (*scored.shape[:-1], 1):
            helps = [f"a row has one label: `{span.text}[..., 0]` is `i64{rows}`"]
        else:
            helps += [f"several are zeros and ones, `{scored}`: `binary_cross_entropy_with_logits`"]
        message = f"one label for each row of {scored} is needed"
        raise error("E0303", message, span, str(kind), helps=helps)
    if not kind.is_float or kind.rank + 1 != scored.rank:
        return
    raise error(
        "E0305",
        f"`{name}` of `{callee}` are integers, or probabilities of the shape {scored}",
        span,
        str(kind),
        helps=[integers(kind, span)],
    )


def _check_counts(context: Context, bound: Bound, span: Span, scores: tuple[Bound, Span]) -> None:
    """There are as many probabilities as scores."""
    labels, scored = bound, scores[0]
    if not isinstance(labels, Value) or not isinstance(scored, Value):
        return
    shapes = labels.type.shape, scored.type.shape
    if not labels.type.is_float or len(shapes[0]) != len(shapes[1]) or not shapes[0]:
        return
    count, classes = shapes[0][-1], shapes[1][-1]
    if not isinstance(count, int) or not isinstance(classes, int) or count in (1, classes):
        return
    from gradc.elaborate.remade import sized_by_layer

    nodes, found = context.builder.nodes, context.found
    helps: list[str] = list(sized_by_layer((labels, scored), (-1, -1), nodes, found))
    helps = helps or of_classes((labels, scored), nodes, found)
    raise error(
        "E0305",
        f"the scores have {classes} classes, and the probabilities {count}",
        span,
        str(labels.type),
        labels=[Label(scores[1], str(scored.type))],
        helps=helps or [f"there are as many probabilities as scores: declare `{scored.type}`"],
    )


def _check_rows(bound: Bound, span: Span, scores: tuple[Bound, Span]) -> None:
    """Scores that kept the axes of an image have more rows than there are labels."""
    kind, scored = operand_type(bound), operand_type(scores[0])
    if kind is None or scored is None or kind.is_float or kind.rank != 1 or scored.rank < 3:
        return
    if kind.shape != scored.shape[:1]:
        return
    source, text = span.source, scores[1].text
    made = (
        rf"(?m)^[ \t]*{text}[ \t]*=[^=\n]*\bDense\((\w+)(,[^()\n]*\))"
        if text.isidentifier()
        else ""
    )
    found = pattern(made).search(source.text) if made else None
    if found is None:
        found = pattern(r"\bDense\((\w+)(,[^()\n]*\))").search(
            source.text, scores[1].start, scores[1].end
        )
    size = shape_text(kind.shape)[1:-1]
    told = f"there is one for each of {size}, and `{' '.join(text.split())}` kept the axes between"
    if found is not None:
        flat = f"reshape({found[1]}, [{size}, -1])"
        told = f"{told}: write `Dense({flat}{found[2]}`"
        told = Help(told, [Replacement(Span(source, *found.span(1)), flat)])
    message = f"one label for each row of {scored} is needed"
    raise error("E0303", message, span, str(kind), helps=[told])


def integers(kind: Type, span: Span, what: str = "labels") -> str:
    """How what is a float becomes an integer."""
    declared = f"`i64{shape_text(kind.shape)}`"
    return f'declare {what} as integers, {declared}, or convert them: `astype({span.text}, "i64")`'


def _array(context: Context, formal: Formal, bound: Bound, span: Span, dtype: str | None) -> Bound:
    if bound is None and not formal.required and formal.default is None:
        return None
    kind = operand_type(bound)
    if formal.kind == "labels" and kind is not None and kind.is_float and not is_number(bound):
        what = "labels" if formal.name in ("labels", "target") else f"`{formal.name}`"
        helps = as_integers(bound, context.found, context.builder.nodes, span.text)
        if formal.name in ("labels", "target") and kind.rank > 1:
            told = f"rows of zeros and a one are positions: `argmax({span.text}, axis=-1)`"
            edit = Replacement(span, f"argmax({span.text}, axis=-1)")
            helps = [*helps[:-1], Help(told, [edit])]
        raise error("E0305", f"{what} are integers", span, str(kind), helps=helps)
    if formal.kind in ("labels", "classes") and _are_labels(bound):
        dtype = "i64"
    # A number stays one: what a function makes of numbers is worked out at compile time.
    number = is_number(bound) and not isinstance(bound, Poly)
    return bound if number else as_value(context, bound, span, dtype)


def _check_labels(bound: Bound, span: Span, ignored: Bound) -> None:
    """Labels of the text count from 0, but for the one that does not count."""
    if _are_labels(bound):
        low = min((n for n in flatten(bound) if isinstance(n, int) and n != ignored), default=0)
        if low < 0:
            raise error("E0304", f"labels count from 0, this is {int(low)}", span)


def _are_labels(bound: Bound) -> bool:
    """Whether these are integers that stand in the text."""
    kind = None if isinstance(bound, Value) else operand_type(bound)
    return kind is not None and kind.dtype == "i64"
