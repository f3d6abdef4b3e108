"""Arguments of calls: bound to parameters, and held against the kinds that these are of.

Operations and functions of the library say of each parameter what it takes. This is the boundary:
what stands behind it (type rules, bodies, functions of shapes) is handed nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gradc.diagnostics import Help, Label, Replacement, error, near_miss, plural
from gradc.elaborate.bindings import Bound, describe
from gradc.ir.node import Value
from gradc.ir.operation import Formal
from gradc.ir.sizes import Poly
from gradc.ir.types import DTYPES
from gradc.source import Span
from gradc.syntax import tree


def bind(
    name: str, formals: Sequence[tuple[str, bool]], call: tree.Call, rest: str | None = None
) -> tuple[dict[str, tree.Argument], list[tree.Argument]]:
    """The argument of each parameter that was given one; `formals` are (name, required).

    Arguments beyond the parameter `rest` come second: those behind it have to be named.
    """
    names = [n for n, _ in formals]
    bound: dict[str, tree.Argument] = {}
    further: list[tree.Argument] = []
    for position, argument in enumerate(call.args):
        if argument.keyword is None:
            if rest is not None and position > names.index(rest):
                further.append(argument)
                continue
            if position >= len(names):
                raise error(
                    "E0206",
                    f"`{name}` takes {_count(len(names))}",
                    argument.span,
                    helps=[_too_many(names, call.args[position:])] if names else [],
                )
            target = names[position]
        else:
            target = argument.keyword.name
            if target not in names:
                raise error(
                    "E0206",
                    f"`{name}` has no parameter `{target}`",
                    argument.keyword.span,
                    helps=near_miss(target, names)
                    or _left(formals, call, argument)
                    or ([_parameters(names)] if names else []),
                )
        if target in bound:
            if argument.keyword is not None:
                taken = bound[target].span
                message = f"`{target}` is given twice: the argument at its place is `{taken.text}`"
                labels = [Label(taken, f"stands for `{target}`")]
                raise error("E0206", message, argument.span, labels=labels)
            raise error("E0206", f"`{target}` is given twice", argument.span)
        bound[target] = argument
    missing = [n for n, required in formals if required and n not in bound]
    if missing:
        raise error(
            "E0206",
            f"`{name}` needs an argument for `{missing[0]}`",
            call.span,
            helps=[_opened(call, len(names)) or _parameters(names)],
        )
    return bound, further


def _left(
    formals: Sequence[tuple[str, bool]], call: tree.Call, argument: tree.Argument
) -> list[str]:
    """`mean=mu` for `mu=mu`, where `mean` alone has no argument."""
    keyword = argument.keyword
    placed = sum(a.keyword is None for a in call.args)
    named = {a.keyword.name for a in call.args if a.keyword is not None}
    left = [n for n, required in formals[placed:] if required and n not in named]
    if len(left) != 1 or keyword is None:
        return []
    told = f"`{left[0]}` has no argument yet: write `{left[0]}={argument.value.span.text}`"
    return [Help(told, [Replacement(keyword.span, left[0])])]


def _opened(call: tree.Call, count: int) -> str | None:
    """`LSTMCell(x, [h, c])`: the call with the items of a list for what is missing."""
    lists = [a.value for a in call.args if isinstance(a.value, tree.ListExpr)]
    if len(lists) != 1 or len(call.args) - 1 + len(lists[0].items) > count:
        return None
    items = ", ".join(item.span.text for item in lists[0].items)
    given = ", ".join(items if a.value is lists[0] else a.span.text for a in call.args)
    text = " ".join(f"{call.callee.span.text}({given})".split())
    told = f"arguments are given one by one: `{text}`"
    return Help(told, [Replacement(lists[0].span, items)])


def _too_many(names: Sequence[str], further: Sequence[tree.Argument]) -> str:
    left_out = " and ".join(f"`{a.span.text}`" for a in further if a.keyword is None)
    return f"{_parameters(names)}: leave out {left_out}"


def _parameters(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names)
    return f"its parameter is {shown}" if len(names) == 1 else f"its parameters are {shown}"


def _count(number: int) -> str:
    return f"at most {plural(number, 'argument')}" if number else "no arguments"


Test: TypeAlias = Callable[[Bound], bool]


def _is_integer(bound: Bound) -> bool:
    """What counts axes or steps: NumPy takes 32 bits of it in places."""
    return _is_size(bound) and isinstance(bound, int) and -(2**31) <= bound < 2**31


def _is_size(bound: Bound) -> bool:
    return isinstance(bound, int | Poly) and not isinstance(bound, bool)


def _list_of(test: Test) -> Test:
    return lambda bound: isinstance(bound, tuple) and all(test(item) for item in bound)


def _or_list(test: Test) -> Test:
    return lambda bound: test(bound) or _list_of(test)(bound)


def _two(test: Test) -> Test:
    return lambda bound: _list_of(test)(bound) and len(bound) == 2  # type: ignore[arg-type]


_KINDS: dict[str, tuple[str, Test]] = {
    "flag": ("`true` or `false`", lambda k: isinstance(k, bool)),
    "int": ("an integer of 32 bits", _is_integer),
    "axis": ("an axis", _is_integer),
    "axes": ("an axis or a list of axes", _or_list(_is_integer)),
    "contraction": (
        "a number of axes or two lists of them",
        lambda k: _is_integer(k) or _two(_or_list(_is_integer))(k),
    ),
    "ints": ("a list of integers", _list_of(_is_integer)),
    "size": ("a size", _is_size),
    "sizes": ("a list of sizes", _or_list(_is_size)),
    "sections": ("a number of pieces or a list of positions", _or_list(_is_size)),
    "pairs": ("a list of pairs [before, after]", _list_of(_two(_is_size))),
    "scales": (
        "a number or a list of numbers",
        _or_list(lambda k: isinstance(k, int | float) and not isinstance(k, bool)),
    ),
    "string": ("a string", lambda k: isinstance(k, str)),
    "bound": ("a number or a size", lambda k: _is_size(k) or isinstance(k, float)),
    "pair": ("an integer or a list of two", _or_list(_is_integer)),
    "triple": ("an integer or a list of three", _or_list(_is_integer)),
    "outputs": (
        "a size, or a list of sizes and of `none` for axes that stay",
        _or_list(lambda k: k is None or _is_size(k)),
    ),
    "padding": (
        '"same", "valid", an integer, or a list of them',
        lambda k: k in ("same", "valid") or _or_list(_or_list(_is_integer))(k),
    ),
    "line": (
        '"same", "valid", an integer, or a list [before, after]',
        lambda k: k in ("same", "valid") or _or_list(_is_integer)(k),
    ),
    "order": (
        'a number, "fro" or "nuc"',
        lambda k: k in ("fro", "nuc") or (isinstance(k, int | float) and not isinstance(k, bool)),
    ),
    "number": ("a number", lambda k: isinstance(k, int | float)),
    "dtype": ('an element type such as "f32"', lambda k: isinstance(k, str) and k in DTYPES),
    "entries": ("an index", lambda k: isinstance(k, tuple)),
    "data": ("a compile-time value", lambda k: True),
}


def check_kind(formal: Formal, bound: Bound, span: Span, callee: str) -> None:
    """A diagnostic where a compile-time argument is not of the kind of its parameter."""
    if isinstance(bound, Value):
        message = f"`{formal.name}` of `{callee}` must be known at compile time"
        helps: list[str] = []
        if callee == "diff" and bound.type.is_float:
            from gradc.elaborate.habits.autograd import of_differences

            helps = of_differences(span)
        helps = helps or [
            f"it is {_KINDS[formal.kind][0]}, made of numbers, constants and dimensions"
        ]
        raise error("E0307", message, span, str(bound.type), helps=helps)
    if bound is None and not formal.required and (formal.default is None or formal.kind == "axes"):
        return
    what, test = _KINDS[formal.kind]
    if not test(bound):
        message = f"`{formal.name}` of `{callee}` is {what}, this is {describe(bound)}"
        from gradc.elaborate.habits.kinds import meant
        from gradc.elaborate.integers import made

        labels, helps = made(span) if _has_floats(bound) else ([], [])
        raise error("E0305", message, span, "", labels, helps or meant(formal.kind, bound))


def _has_floats(bound: Bound) -> bool:
    """Whether a number, or one of a list, is a float; a quotient of free sizes is an array."""
    items = bound if isinstance(bound, tuple) else (bound,)
    return any(isinstance(item, float | Value) for item in items)


def canonical(formal: Formal, bound: Bound) -> Bound:
    """A compile-time argument of an operation, as the node keeps it."""
    if formal.kind == "sizes" and bound is not None and not isinstance(bound, tuple):
        return (bound,)
    return _plain(bound)


def _plain(bound: Bound) -> Bound:
    """Without the user's spelling, which attributes do not keep."""
    if isinstance(bound, tuple):
        return tuple(_plain(item) for item in bound)
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return bound
    return int(bound) if isinstance(bound, int) else float(bound)
