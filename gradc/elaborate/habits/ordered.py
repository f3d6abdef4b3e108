"""Arguments in the order of other systems: what is known in front of an array, and the like."""

from __future__ import annotations

from gradc.diagnostics import Diagnostic, Help, Replacement
from gradc.elaborate.bindings import Instance, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.own import parameters_of, takes_axes
from gradc.elaborate.habits.remedy import in_place
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped

_TOGETHER = {"sum": " + ", "prod": " * ", "mean": " + ", "any": " or ", "all": " and "}

_OF_SCORES = ("softmax", "log_softmax", "logsumexp")


def of_several(name: str, call: tree.Call, found: Diagnostic) -> Help | None:
    """`sum(a, b)`: values one by one, where the second argument would be an axis."""
    texts = [" ".join(a.span.text.split()) for a in call.args]
    second = len(call.args) > 1 and call.args[1]
    if name not in _TOGETHER or not second or found.span is not second.value.span:
        return None
    first = call.args[0].value
    is_known = isinstance(first, tree.Number | tree.Unary | tree.ListExpr)
    if any(a.keyword is not None for a in call.args) or (is_known and "[" in found.text):
        return None  # an axis that stands first
    sign = _TOGETHER[name]
    text = sign.join(texts if sign == " + " else map(wrapped, texts))
    text = f"({text}) / {len(texts)}" if name == "mean" else text
    place = Span(call.span.source, call.span.start, call.span.end)
    text = in_place(text, place)
    told = f"the second argument of `{name}` is its axis; of several values it is `{text}`"
    return Help(told, [Replacement(place, text)])


def axes_apart(
    context: Context, name: str, call: tree.Call, scope: Scope, found: Diagnostic
) -> str | None:
    """`sum(x, 0, 1)`: axes one by one, where the second of them would be a flag."""
    flagged = found.code == "E0305" and " is `true` or `false`, this is the number" in found.message
    if not flagged and " takes at most " not in found.message:
        return None
    given = [" ".join(a.value.span.text.split()) for a in call.args[1:]]
    if any(a.keyword is not None for a in call.args) or len(set(given)) < len(given):
        return None
    numbers = pattern(r"-?\d{1,2}")
    if len(given) < 2 or not all(map(numbers.fullmatch, given)):
        return None
    if not takes_axes(context, name, scope):
        return None
    text = f"{name}({' '.join(call.args[0].span.text.split())}, axis=[{', '.join(given)}])"
    told = "both axes" if len(given) == 2 else f"all {len(given)} axes"
    place = Span(call.span.source, call.span.start, call.args[-1].span.end)
    return Help(f"write `{text}` for {told}", [Replacement(place, text.removesuffix(")"))])


def tempered(
    context: Context, name: str, call: tree.Call, scope: Scope, found: Diagnostic
) -> Help | None:
    """`softmax(z, T)`: a temperature in the place of the axis, which may follow it."""
    at_second = len(call.args) > 1 and found.span is call.args[1].value.span
    if name not in _OF_SCORES or len(call.args) < 2 or not (at_second or found.code == "E0206"):
        return None
    first, second, *rest = call.args
    if first.keyword is not None or second.keyword is not None or len(rest) > 1:
        return None
    value = second.value
    bound: object = value.value if isinstance(value, tree.Number) else None
    if isinstance(value, tree.Name):
        bound = scope.values.get(value.name, scope.module.constants.get(value.name))
    kind = bound.type if isinstance(bound, Value) else None
    is_broken = isinstance(bound, float) and not bound.is_integer()
    is_computed = found.code == "E0307" and bound is None
    if not (is_broken or is_computed or (kind is not None and kind.is_float and not kind.rank)):
        return None
    scores, by = (wrapped(" ".join(a.value.span.text.split())) for a in (first, second))
    axes = "".join(f", axis={a.value.span.text}" for a in rest)
    text = f"{name}({scores} / {by}{axes})"
    place = Span(call.span.source, call.span.start, call.args[-1].span.end)
    told = f"`{name}` takes an axis second; a temperature divides: `{text}`"
    return Help(told, [Replacement(place, text.removesuffix(")"))])


def swapped(name: str, call: tree.Call, found: Diagnostic) -> str | None:
    """`dropout(0.5, x)`, `softmax(-1, x)`: a number in front of the array that it is about."""
    last = call.args[-1].value
    if name == "einsum" and isinstance(last, tree.String):
        arrays = ", ".join(a.span.text for a in call.args[:-1])
        return f"the subscripts stand first: `einsum({last.span.text}, {arrays})`"
    if name in ("max", "min"):
        return None  # where the larger of two is meant
    if len(call.args) != 2 or any(a.keyword is not None for a in call.args):
        return None
    number, array = (a.value for a in call.args)
    digits = number.operand if isinstance(number, tree.Unary) else number
    if not isinstance(digits, tree.Number) or found.span is not array.span:
        return None
    return f"the array stands first: `{name}({array.span.text}, {number.span.text})`"


def array_first(
    context: Context, name: str, call: tree.Call, scope: Scope, found: Diagnostic
) -> str | None:
    """`reshape([3, 4], x)`, `take_along_axis(x, 1, i)`: what is known stands before an array."""
    values = [a.value for a in call.args if a.keyword is None]
    arrays = [i for i, v in enumerate(values) if may_be_array(v, scope)]
    if not arrays or arrays == [*range(len(arrays))] or name in ("max", "min"):
        return None
    if all(v.span is not found.span for v in values):
        return None
    texts = [" ".join(a.span.text.split()) for a in call.args]
    order = [*arrays, *(i for i in range(len(texts)) if i not in arrays)]
    told = "the array stands first"
    if len(arrays) > 1:
        is_word = any(isinstance(v, tree.String) and v.span is found.span for v in values)
        if arrays[0] or not (found.code == "E0307" or is_word):
            return None
        told = "what is known stands behind the arrays"
        formals = parameters_of(context, name, scope)
        told = "the positions stand second" if "indices" in formals[1:2] else told
    return f"{told}: `{name}({', '.join(texts[i] for i in order)})`"


def matrix_first(name: str, call: tree.Call, scope: Scope, found: Diagnostic) -> str | None:
    """`solve(b, A)`: the right-hand side in front of the matrix."""
    if len(call.args) < 2 or any(a.keyword is not None for a in call.args[:2]):
        return None
    first, second = (a.value for a in call.args[:2])
    given = scope.values.get(second.name) if isinstance(second, tree.Name) else None
    if "matrix is needed" not in found.message or found.span is not first.span:
        return None
    if isinstance(given, Value) and given.type.rank < 2:
        return None
    texts = [" ".join(a.span.text.split()) for a in call.args]
    texts[:2] = texts[1::-1]
    return f"the matrix stands first: `{name}({', '.join(texts)})`"


def may_be_array(expr: tree.Expr, scope: Scope) -> bool:
    """Whether an argument may be a value of the graph, as far as its names tell."""
    if isinstance(expr, tree.Call):
        return True
    return any(isinstance(scope.values.get(n), Value | Instance) for n, _ in used_names(expr))
