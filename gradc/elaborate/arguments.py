"""Arguments of calls: bound to parameters, and compile-time ones checked against their kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gradc.diagnostics import error, near_miss
from gradc.elaborate.bindings import Bound, describe
from gradc.ir.operation import Formal
from gradc.ir.sizes import Poly
from gradc.ir.types import DTYPES
from gradc.source import Span
from gradc.syntax import tree


def bind(
    name: str, formals: Sequence[tuple[str, bool]], call: tree.Call, rest: str | None = None
) -> tuple[dict[str, tree.Argument], list[tree.Argument]]:
    """The argument of each parameter that was given one; `formals` are (name, required).

    Arguments beyond the last parameter come second, where that one, `rest`, takes them.
    """
    names = [n for n, _ in formals]
    bound: dict[str, tree.Argument] = {}
    further: list[tree.Argument] = []
    for position, argument in enumerate(call.args):
        if argument.keyword is None:
            if position >= len(names):
                if rest is not None:
                    further.append(argument)
                    continue
                raise error(
                    "E0206",
                    f"`{name}` takes {_count(len(names))}",
                    argument.span,
                    helps=[f"its parameters are {', '.join(names)}"] if names else [],
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
                    or ([f"its parameters are {', '.join(names)}"] if names else []),
                )
        if target in bound:
            raise error("E0206", f"`{target}` is given twice", argument.span)
        bound[target] = argument
    missing = [n for n, required in formals if required and n not in bound]
    if missing:
        raise error(
            "E0206",
            f"`{name}` needs an argument for `{missing[0]}`",
            call.span,
            helps=[f"its parameters are {', '.join(names)}"],
        )
    return bound, further


def _count(number: int) -> str:
    return "no arguments" if number == 0 else f"at most {number} argument" + "s" * (number > 1)


Test: TypeAlias = Callable[[Bound], bool]


def _is_integer(bound: Bound) -> bool:
    return isinstance(bound, int) and not isinstance(bound, bool)


def _is_size(bound: Bound) -> bool:
    return _is_integer(bound) or isinstance(bound, Poly)


def _list_of(test: Test) -> Test:
    return lambda bound: isinstance(bound, tuple) and all(test(item) for item in bound)


def _is_pair(bound: Bound) -> bool:
    return isinstance(bound, tuple) and _list_of(_is_size)(bound) and len(bound) == 2


def _nested_integers(bound: Bound) -> bool:
    return isinstance(bound, tuple) and all(_is_integer(k) or _nested_integers(k) for k in bound)


_KINDS: dict[str, tuple[str, Test]] = {
    "flag": ("`true` or `false`", lambda k: isinstance(k, bool)),
    "int": ("an integer", _is_integer),
    "axis": ("an axis", _is_integer),
    "axes": ("an axis or a list of axes", lambda k: _is_integer(k) or _list_of(_is_integer)(k)),
    "ints": ("a list of integers", _list_of(_is_integer)),
    "size": ("a size", _is_size),
    "sizes": ("a list of sizes", lambda k: _is_size(k) or _list_of(_is_size)(k)),
    "pairs": ("a list of pairs [before, after]", _list_of(_is_pair)),
    "string": ("a string", lambda k: isinstance(k, str)),
    "bound": ("a number or a size", lambda k: _is_size(k) or isinstance(k, float)),
    "pair": ("an integer or a list of two", lambda k: _is_integer(k) or _list_of(_is_integer)(k)),
    "padding": (
        '"same", "valid", an integer, or a list of them',
        lambda k: k in ("same", "valid") or _is_integer(k) or _nested_integers(k),
    ),
    "number": ("a number", lambda k: isinstance(k, int | float)),
    "dtype": ('an element type such as "f32"', lambda k: isinstance(k, str) and k in DTYPES),
    "entries": ("an index", lambda k: isinstance(k, tuple)),
    "data": ("a compile-time value", lambda k: True),
}


def check_kind(formal: Formal, bound: Bound, span: Span, operation: str) -> Bound:
    """The compile-time argument in canonical form, or a diagnostic."""
    if bound is None and not formal.required and formal.default is None:
        return None
    what, test = _KINDS[formal.kind]
    if not test(bound):
        raise error(
            "E0305", f"`{formal.name}` of `{operation}` is {what}, this is {describe(bound)}", span
        )
    if formal.kind == "sizes" and not isinstance(bound, tuple):
        return (bound,)
    return _plain(bound)


def _plain(bound: Bound) -> Bound:
    """Without the user's spelling, which attributes do not keep."""
    if isinstance(bound, tuple):
        return tuple(_plain(item) for item in bound)
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return bound
    return int(bound) if isinstance(bound, int) else float(bound)
