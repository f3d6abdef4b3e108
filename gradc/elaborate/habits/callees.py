"""What cannot be called: names that others have, methods of values, values themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.autograd import quotient
from gradc.elaborate.habits.chosen import kept
from gradc.elaborate.habits.methods import is_method
from gradc.elaborate.habits.near import near_name
from gradc.elaborate.habits.objects import made
from gradc.elaborate.habits.pairs import paired
from gradc.elaborate.habits.remedy import in_place
from gradc.elaborate.habits.rewriting import (
    Advice,
    advice_for,
    instead_of,
    method,
    written,
)
from gradc.elaborate.habits.transformed import transformed
from gradc.elaborate.integers import of_sizes
from gradc.elaborate.names import is_known, is_prefixed
from gradc.elaborate.order import subtrees
from gradc.ir.node import Value
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import parts, unwrapped, wrapped
from gradc.syntax.habits.indices import from_one
from gradc.syntax.habits.overwritten import made_with

_LIST = "`gradc ops` lists the operations"


def foreign_part(
    context: Context, part: tree.Call | tree.Member, scope: Scope
) -> DiagnosticError | None:
    """What is foreign in a part of a statement that failed before it came to it."""
    if isinstance(part, tree.Member):
        return prefixed(context, part, scope) if is_prefixed(context, part, scope) else None
    if not isinstance(part.callee, tree.Name):
        return foreign_callee(context, part, scope)
    if is_known(context, part.callee.name, scope):
        return None
    return unknown_function(context, part, part.callee, scope)


def prefixed(context: Context, expr: tree.Call | tree.Member, scope: Scope) -> DiagnosticError:
    """`np.pi`, `np.exp(x)`."""
    path = expr.callee if isinstance(expr, tree.Call) else expr
    if isinstance(expr, tree.Call) and (failure := transformed(context, expr, scope)) is not None:
        return failure
    advice = advice_for(context, expr, scope)
    helps = _told(context, expr, advice, scope) or _helps(
        made(context, expr, advice, scope) or advice, expr
    )
    taken = re.match(r"\[(\d+)\]", expr.span.source.text[expr.span.end :])
    of, *by = parts(advice.text[len("grad(") : -1]) if advice else [""]
    if taken and advice and advice.text.startswith("grad(") and int(taken[1][:3]) < len(by):
        text = f"grad({of}, {by[int(taken[1])]})"  # the one that is taken of a tuple
        place = Span(expr.span.source, expr.span.start, expr.span.end + taken.end())
        helps = (Help(f"write `{text}`", [Replacement(place, text)]), *helps[1:])
    message = f"names stand without a prefix: `{path.span.text}`"
    return error("E0201", message, expr.span, helps=helps)


def foreign_callee(context: Context, expr: tree.Call, scope: Scope) -> DiagnosticError | None:
    """What is wrong with a callee that is no name, as far as can be seen before it is evaluated."""
    callee = expr.callee
    if isinstance(callee, tree.Call) and (failure := transformed(context, expr, scope)) is not None:
        return failure
    if is_prefixed(context, callee, scope):
        return prefixed(context, expr, scope)
    if isinstance(callee, tree.Member) and is_method(context, callee, scope):
        return of_a_value(context, expr, callee, scope)
    if isinstance(callee, tree.Call) and re.search(r"\bgrad$", callee.callee.span.text):
        by_place = ([a for a in c.args if a.keyword is None] for c in (callee, expr))
        function, given = (", ".join(a.span.text for a in args) for args in by_place)
        is_value = isinstance(scope.values.get(function), Value)
        by = given if is_value else given.partition(",")[0]  # of JAX, the first is meant
        told = f"`grad({function if is_value else f'{function}({given})'}, {by})`"
        message = f"a call cannot be called: `{callee.span.text}`"
        return error("E0203", message, expr.span, helps=[f"a derivative is a value: write {told}"])
    if isinstance(callee, tree.Call) and (advice := advice_for(context, expr, scope)):
        message = f"a call cannot be called: `{callee.span.text}`"
        code = "E0201" if is_prefixed(context, callee.callee, scope) else "E0203"
        return error(code, message, expr.span, helps=advice.helps(expr.span))
    if isinstance(callee, tree.Number | tree.Binary | tree.Unary) and len(expr.args) == 1:
        return error("E0203", "this cannot be called", callee.span, helps=[_product(expr)])
    return None


def of_a_value(
    context: Context, expr: tree.Call, callee: tree.Member, scope: Scope
) -> DiagnosticError:
    """`h.sum()`: the method of a value."""
    advice = method(context, callee, written(context, expr, scope), scope)
    helps = _told(context, expr, advice, scope) or _helps(advice, expr)
    if changed := _at(expr, callee):
        helps = (changed,)
    return error("E0203", f"values have no methods: `.{callee.name.name}`", expr.span, helps=helps)


_CHANGES = {"set": "", "add": " + ", "subtract": " - ", "multiply": " * ", "divide": " / "}


def _at(expr: tree.Call, callee: tree.Member) -> str | None:
    """`z.at[0].set(0)` of JAX."""
    index, name = callee.base, callee.name.name
    if not isinstance(index, tree.Index) or not isinstance(index.base, tree.Member):
        return None
    base = index.base.base.span.text
    if index.base.name.name != "at" or name not in _CHANGES or len(expr.args) != 1:
        return None
    inside = index.span.text[len(index.base.span.text) :].strip()[1:-1]
    value = " ".join(expr.args[0].span.text.split())
    if name != "set":
        if not base.isidentifier():
            return None
        value = f"{base}[{inside}]{_CHANGES[name]}{wrapped(value)}"
    text = made_with(unwrapped(base), parts(inside), value)
    return f"values never change, another one is made: `{text}`" if text else None


def called_value(
    expr: tree.Call, callee: tree.Name, called: object, scope: Scope
) -> DiagnosticError:
    """`x(0)`, `b (w + 1)`, `h(W)`: `called` is what the name stands for."""
    inside = ", ".join(a.span.text for a in expr.args)
    names = [a.value.name if isinstance(a.value, tree.Name) else "" for a in expr.args]
    given = [scope.values.get(name) for name in names]
    floats = [g for g in given if isinstance(g, Value) and g.type.is_float]
    chosen = all(a.keyword is None and _may_choose(a.value, scope) for a in expr.args)
    has_axes = isinstance(called, tuple) or (isinstance(called, Value) and called.type.rank)
    helps: list[str] = []
    if expr.args and chosen and has_axes:
        shown = f"`{callee.name}[{_from_zero(callee, inside)}]`"
        helps = [f"an index stands in brackets and begins at 0: {shown}"]
    if len(floats) == len(expr.args) == 1 and _multiplies(called, floats[0]):
        text = in_place(f"{callee.name} @ {inside}", expr.span)
        helps = [f"a product of matrices is written with `@`: `{text}`"]
    elif len(floats) == len(expr.args) == 1 and _follows(floats[0], called):
        text = in_place(f"{inside} @ {callee.name}", expr.span)
        helps = [f"a product of matrices is written with `@`: `{text}`"]
    elif len(expr.args) == 1 and not isinstance(expr.args[0].value, tree.Number):
        helps.append(_product(expr))
    message = f"`{callee.name}` is a value, it cannot be called"
    return error("E0203", message, callee.span, helps=helps)


def _from_zero(callee: tree.Name, inside: str) -> str:
    """An index in parentheses, which begins at 1 unless the file has a 0 in another one."""
    zero = rf"(?<![\w.]){callee.name}\((?:[^()\n]*[,: ])?0[),: ]"
    return inside if re.search(zero, callee.span.source.text) else from_one(inside)


def _may_choose(expr: tree.Expr, scope: Scope) -> bool:
    """Whether an expression may be a position: an integer, as far as its names tell."""
    for part in subtrees(expr):
        known: object = None
        if isinstance(part, tree.Number):
            known = part.value
        elif isinstance(part, tree.Name):
            known = scope.values.get(part.name, scope.module.constants.get(part.name))
        divides = isinstance(part, tree.Binary) and part.op in ("/", "@")
        is_float = isinstance(known, float) or (isinstance(known, Value) and known.type.is_float)
        if divides or is_float or isinstance(part, tree.Call):
            return False
    return True


def _multiplies(a: object, b: Value) -> bool:
    """Whether `a @ b` fits, and elementwise it would not."""
    if not isinstance(a, Value) or not a.type.rank or not b.type.rank:
        return False
    inner = b.type.shape[-2 if b.type.rank > 1 else -1]
    return a.type.shape[-1] == inner and a.type.shape != b.type.shape


def _follows(a: Value, b: object) -> bool:
    """Whether `a @ b` fits, and the other way round nothing does."""
    return isinstance(b, Value) and a.type.rank > 1 and _multiplies(a, b)


def unknown_function(
    context: Context, expr: tree.Call, callee: tree.Name, scope: Scope
) -> DiagnosticError:
    """A call of a name that nothing here has."""
    name = callee.name
    if (failure := transformed(context, expr, scope)) is not None:
        return failure
    advice = instead_of(context, name, written(context, expr, scope), scope)
    if text := of_sizes(expr, scope):
        advice = Advice(text)
    advice = made(context, expr, advice, scope) or advice
    helps: Iterable[str] = kept(expr, scope) or (advice.helps(expr.span) if advice else ())
    if summed := _over_index(context, expr, name, scope):
        helps = [summed]
    layers = context.library.layer_module("nn")
    if layers is not None and name in layers.functions:
        helps = [f"`from nn import {name}` makes the layer available"]
    names = [*scope.module.functions, *context.library.callable_names()]
    owner = next((n for n, m in scope.module.modules.items() if name in m.functions), None)
    if owner is not None:
        helps = [f"write `{owner}.{' '.join(expr.span.text.split())}`"]
    message = f"there is no function or operation `{name}`"
    if name == "d" and (derived := quotient(callee.span, scope.values)) is not None:
        return error("E0203", message, derived[0], helps=[derived[1]])
    alike = [n for n in scope.module.functions if n.lower() == name.lower()]
    if alike:
        helps = [f"did you mean `{alike[0]}`?"]
    helps = tuple(helps) or near_name(name, names) or (_LIST,)
    place = expr.span if name in ("Sequential", "Chain") else callee.span
    return error("E0203", message, place, helps=helps)


def _over_index(context: Context, expr: tree.Call, name: str, scope: Scope) -> str:
    """`sum_i (w_i - x_i)**2`: an operation over an index, said of whole arrays."""
    function, _, index = name.rpartition("_")
    known = len(index) == 1 and context.library.find_callable(function, trusted=False)
    if not known or any(a.keyword for a in expr.args):
        return ""
    inside = ", ".join(a.span.text for a in expr.args)
    whole = re.sub(rf"(?<=[^\W_])_{index}\b", "", inside)
    power = re.match(r"\s*\*\*\s*\d+", expr.span.source.text[expr.span.end :])
    term = f"({whole}){power[0].strip()}" if power else whole
    text = f"{function}({term})"
    end = expr.span.end + (power.end() if power else 0)
    if whole == inside or not all(
        is_known(context, n, scope) for n in re.findall(r"(?<![\w.])[A-Za-z]\w*(?!\w|\()", whole)
    ):
        return ""
    place = Span(expr.span.source, expr.span.start, end)
    return Help(f"operations work on whole arrays: `{text}`", [Replacement(place, text)])


def _product(expr: tree.Call) -> str:
    inside = ", ".join(a.span.text for a in expr.args)
    return f"a product is written with `*`: `{wrapped(expr.callee.span.text)} * ({inside})`"


def _told(
    context: Context, expr: tree.Expr, advice: Advice | None, scope: Scope
) -> tuple[str, ...]:
    """What is written where others have two results, or positions."""
    if advice is None or not isinstance(expr, tree.Call):
        return ()
    return kept(expr, scope) or paired(context, expr, advice.text)


def _helps(advice: Advice | None, expr: tree.Expr) -> tuple[str, ...]:
    return advice.helps(expr.span) if advice else (_LIST,)
