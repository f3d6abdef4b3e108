"""Stated types: sizes as expressions, and patterns whose free names are bound by what they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn, TypeAlias

from gradc.diagnostics import Help, Label, Replacement, error
from gradc.elaborate.bindings import Binding, Poison, Scope, describe
from gradc.elaborate.called import Called
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.measures import FREE, coming_in, size, undeclared, undeclared_in
from gradc.elaborate.operands import operand_type
from gradc.ir.node import Value
from gradc.ir.sizes import Size, shape_text
from gradc.ir.types import Type, is_too_large
from gradc.patterns import pattern
from gradc.records import dataclass, replace
from gradc.source import Span
from gradc.syntax import tree

Pairs: TypeAlias = "list[tuple[tree.Expr, Size]]"

_LONGEST = 40  # characters of an expression that a help repeats


@dataclass(frozen=True, slots=True)
class Match:
    """A type that is held against a stated one; `what` it is the type of, and where that stands.

    `given` is the argument that has it, where it is one; `helps` say what to state of another.
    """

    stated: tree.TypeExpr
    found: Type
    what: str
    span: Span
    given: Binding = None
    helps: tuple[str, ...] = ()


def shape(context: Context, stated: tree.TypeExpr | None, scope: Scope) -> tuple[Size, ...]:
    """The shape of a declaration; `[]` and a missing one are a scalar's."""
    sizes: list[Size] = []
    items = (stated.sizes or ()) if stated else ()
    if len(places := undeclared_in(context, items, scope)) > 1:
        raise undeclared(places, coming_in(context, places, scope))
    for item in items:
        if isinstance(item, tree.EllipsisItem):
            if scope.rest is None:
                message = "`...` stands in patterns of functions only"
                raise error("E0306", message, item.span, helps=[FREE.format("K")])
            sizes += scope.rest
        else:
            sizes.append(size(context, item, scope))
    if stated is not None:
        kind = Type(stated.dtype or context.dtype_in(scope), tuple(sizes))
        if is_too_large(kind):
            raise error("E0309", f"64 bits cannot count the bytes of {kind}", stated.span)
    return tuple(sizes)


def match(
    context: Context, stated: tree.TypeExpr, bound: Binding, scope: Scope, span: Span, what: str
) -> None:
    """Checks a binding against a stated type, of which every size is known."""
    begun = _match_element(stated, bound, span, what, given=False)
    if scope.top:
        begun = replace(begun, helps=(f"state what it is, `{begun.found}`, or leave it out",))
    if (scope.top or scope.instance is not None) and isinstance(bound, int | float):
        begun = replace(begun, helps=_filled(stated, span) or begun.helps)
    if stated.sizes is not None:
        rest, pairs = _pair_sizes(begun, stated.sizes)
        if scope.rest is not None and rest is not None and rest != scope.rest:
            _other_rest(begun, scope.rest, rest)
        _match_sizes(context, begun, scope, pairs)


def _filled(stated: tree.TypeExpr, span: Span) -> tuple[str, ...]:
    """What is said of `w: [3] = 1`, a number that is stated to be an array."""
    source = stated.span.source
    start = source.line_starts[stated.span.line - 1]
    head = pattern(r"[ \t]*([^\W\d]\w*)[ \t]*:[ \t]*$").match(
        source.text[start : stated.span.start]
    )
    if head is None or not stated.sizes:
        return ()
    text, number = f"{head[1]}: {stated.span.text} = {span.text}", span.text
    at = start + head.start(1)
    declared = Replacement(Span(source, at, at), "param ")
    learned = Help(f"what is learned is declared: `param {text}`", [declared])
    sizes = stated.span.text[stated.span.text.index("[") :]
    filled = f"full({sizes}, {number})"
    return learned, Help(f"an array of one number is `{filled}`", [Replacement(span, filled)])


def begin_match(
    context: Context, stated: tree.TypeExpr, bound: Binding, scope: Scope, span: Span, what: str
) -> Callable[[], None]:
    """Binds the free names of a pattern; what comes back checks its sizes.

    Sizes may be made of names that other parameters bind, so they are checked last.
    """
    begun = _match_element(stated, bound, span, what, given=True)
    if stated.sizes is None:
        return lambda: None
    rest, pairs = _pair_sizes(begun, stated.sizes)
    if scope.rest is None:
        scope.rest = rest
    elif rest is not None and rest != scope.rest:
        _other_rest(begun, scope.rest, rest)
    for item, found in pairs:
        if isinstance(item, tree.Name) and not _is_bound(item.name, scope):
            scope.values[item.name] = found
    return lambda: _match_sizes(context, begun, scope, pairs)


def _match_element(
    stated: tree.TypeExpr, bound: Binding, span: Span, what: str, *, given: bool
) -> Match:
    found = operand_type(bound)
    if found is None:
        raise error("E0305", f"{what} is {describe(bound)}, not {stated.span.text}", span)
    if stated.dtype is not None and not _same_element(stated.dtype, found):
        raise error(
            "E0305",
            f"{what} is {found}, not {stated.span.text}",
            span,
            str(found),
            [Label(stated.span, "stated here")],
            [_of_element(stated, stated.dtype, found, span, given=given)],
        )
    return Match(stated, found, what, span, bound if given else None)


def _of_element(stated: tree.TypeExpr, dtype: str, found: Type, span: Span, *, given: bool) -> str:
    """What makes a value and its stated element type agree."""
    text = " ".join(span.text.split())
    converts = f'`astype({text if len(text) <= _LONGEST else "…"}, "{dtype}")` converts'
    if given or found.weak:
        return converts
    sizes = stated.span.text.removeprefix(dtype)
    return f"state what it is, `{found.dtype}{sizes}`; {converts}"


def _pair_sizes(
    begun: Match, sizes: tuple[tree.Expr | tree.EllipsisItem, ...]
) -> tuple[tuple[Size, ...] | None, Pairs]:
    """The sizes that `...` stands for, if it stands there, and each other beside its own."""
    found = begun.found
    dots = [s for s in sizes if isinstance(s, tree.EllipsisItem)]
    fixed = len(sizes) - len(dots)
    if len(dots) > 1:
        raise error("E0306", "a type has at most one `...`", dots[1].span)
    if found.rank < fixed or (not dots and found.rank != fixed):
        _disagree(begun)
    pairs: Pairs = []
    rest: tuple[Size, ...] | None = None
    position = 0
    for item in sizes:
        if isinstance(item, tree.EllipsisItem):
            rest = found.shape[position : position + found.rank - fixed]
            position += len(rest)
        else:
            pairs.append((item, found.shape[position]))
            position += 1
    return rest, pairs


def _other_rest(begun: Match, bound: tuple[Size, ...], rest: tuple[Size, ...]) -> NoReturn:
    message = f"`...` is {shape_text(bound)} here, {begun.what} has {shape_text(rest)}"
    labels = [Label(begun.stated.span, "stated here")]
    raise error("E0306", message, begun.span, str(begun.found), labels)


def _match_sizes(context: Context, begun: Match, scope: Scope, pairs: Pairs) -> None:
    for axis, (item, found) in enumerate(pairs):
        meant = size(context, item, scope)
        if meant != found:
            why = f": `{item.span.text}` is {meant}, not {found}"
            labels = _binding(item, meant, begun, scope)
            helps: list[str] = []
            if isinstance(begun.given, Value) and len(pairs) == begun.found.rank:
                from gradc.elaborate.fitting import declared_so

                helps = declared_so(begun.given, axis, meant, context.found)
            stated = item.span.text == str(meant)
            _disagree(begun, "" if stated else why, labels, helps)


def _binding(item: tree.Expr, size: Size, begun: Match, scope: Scope) -> list[Label]:
    """The argument that bound a dimension of a function, where another does not agree."""
    called = scope.called
    if not isinstance(item, tree.Name) or not isinstance(called, Called):
        return []
    for parameter in called.function.definition.parameters:
        sizes = parameter.type.sizes if parameter.type is not None else None
        names = [s.name for s in sizes or () if isinstance(s, tree.Name)]
        place = called.arguments.get(parameter.name.name)
        if item.name in names and place is not None:
            named = f"`{item.name}` is {size} here"
            return [Label(place, named)] if place is not begun.span else []
    return []


def _is_bound(name: str, scope: Scope) -> bool:
    try:
        binding = scope.find(name)
    except KeyError:
        return False
    if isinstance(binding, Poison):
        raise Poisoned
    return True


def _disagree(
    begun: Match, why: str = "", labels: Iterable[Label] = (), helps: Iterable[str] = ()
) -> NoReturn:
    raise error(
        "E0306",
        f"{begun.what} is {begun.found}, not {begun.stated.span.text}{why}",
        begun.span,
        str(begun.found),
        [*labels, Label(begun.stated.span, "stated here")],
        tuple(helps) or begun.helps,
    )


def _same_element(stated: str, found: Type) -> bool:
    if not found.weak:
        return stated == found.dtype
    kinds = {"bool": 0, "i32": 1, "i64": 1, "f32": 2, "f64": 2}
    return kinds[found.dtype] <= kinds[stated] and (found.dtype == "bool") == (stated == "bool")
