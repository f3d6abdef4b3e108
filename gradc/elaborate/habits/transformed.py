"""Transformations of functions, as JAX has them: `grad(f)`, `value_and_grad(f)(w)`, `hessian(f)`.

A derivative here is of a value, so the call of the function stands where its value is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import is_function
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import closing, parts

_KINDS = {
    "grad": "grad", "gradient": "grad", "value_and_grad": "both", "hessian": "hessian",
    "jacfwd": "jacobian", "jacrev": "jacobian", "jacobian": "jacobian",
}  # fmt: skip
_BOUND = pattern(r"(?P<name>\w+)[ \t]*=[ \t]*$")
_PAIR = pattern(r"(?P<first>\w+)[ \t]*,[ \t]*(?P<second>\w+)[ \t]*=[ \t]*$")


def transformed(context: Context, expr: tree.Call, scope: Scope) -> DiagnosticError | None:
    """What is said of `T(f)` or of `T(f)(w)`, where `f` is a function."""
    inner = expr.callee if isinstance(expr.callee, tree.Call) else expr
    word = inner.callee.span.text.rpartition(".")[2]
    kind = _KINDS.get(word, "")
    of = inner.args[0].value if inner.args and inner.args[0].keyword is None else None
    if not kind or not isinstance(of, tree.Name) or of.name in scope.values:
        return None
    if not is_function(context, of.name, scope.module):
        return None
    places = _places(inner.args[1:])
    if places is None:
        return None
    message = f"`{word}` is of a value, not of a function"
    if inner is not expr:
        given = [" ".join(a.span.text.split()) for a in expr.args]
        help_ = _at_once(kind, of.name, given, places, expr.span)
    else:
        help_ = _kept(kind, of.name, places, expr.span)
    if not help_:
        return None
    code = "E0206" if kind == "grad" and inner is expr else "E0203"
    return error(code, message, expr.span, helps=[help_])


def _places(args: Sequence[tree.Argument]) -> list[int] | None:
    """The positions of `argnums`, the first where none are said; None for other arguments."""
    if not args:
        return [0]
    value = args[0].value
    if len(args) > 1 or (args[0].keyword is not None and args[0].keyword.name != "argnums"):
        return None
    listed = value.items if isinstance(value, tree.ListExpr) else [value]
    numbers = [item.value for item in listed if isinstance(item, tree.Number)]
    if len(numbers) < len(listed):
        return None
    return [int(number) for number in numbers if isinstance(number, int)] or None


def _derivative(kind: str, of: str, names: Sequence[str]) -> str:
    """What stands for a derivative of a value by names; `v` is a direction."""
    if kind == "hessian":
        return f"jvp(grad({of}, {names[0]}), {names[0]}, v)"
    if kind == "jacobian":
        return f"jvp({of}, {names[0]}, v)"
    return f"grad({of}, {', '.join(names)})"


def _told(kind: str, function: str, given: Sequence[str], names: Sequence[str]) -> str:
    """What is said of matrices, which stand as products with a direction."""
    what = "a Hessian" if kind == "hessian" else "a Jacobian"
    product = _derivative(kind, f"{function}({', '.join(given)})", names)
    return f"{what} stands as its product with a direction `v`, `{product}`"


def _at_once(
    kind: str, function: str, given: Sequence[str], places: Sequence[int], span: Span
) -> str:
    """`T(f)(w)`: the derivative of `f(w)`."""
    names = _names(given, places)
    if not names:
        return ""
    if kind not in ("grad", "both"):
        return _told(kind, function, given, names)
    value = f"{function}({', '.join(given)})"
    text, start = span.source.text, span.start
    pair = _PAIR.search(text, text.rfind("\n", 0, start) + 1, start)
    if kind == "both" and pair is not None:
        first, derived = pair["first"], _derivative("grad", pair["first"], names)
        lines = f"{first} = {value}", f"{pair['second']} = {derived}"
        margin = " " * (pair.start() - text.rfind("\n", 0, start) - 1)
        edit = Replacement(Span(span.source, pair.start(), span.end), f"\n{margin}".join(lines))
        return Help(f"write `{lines[0]}` and `{lines[1]}`", [edit])
    derived = _derivative("grad", value, names)
    if kind == "both":
        return f"the value is `{value}`, and its gradient `{derived}`"
    return Help(f"write `{derived}`", [Replacement(span, derived)])


def _kept(kind: str, function: str, places: Sequence[int], span: Span) -> str:
    """`df = T(f)`, and calls of `df` further down."""
    text, start = span.source.text, span.start
    line = text.rfind("\n", 0, start) + 1
    bound = _BOUND.search(text, line, start)
    calls = _calls(text, bound["name"], span.end) if bound else []
    given = [parts(text[c.end() : end]) for c, end in calls]
    named = [_names(g, places) for g in given]
    if not calls or not all(named):
        return _sketched(kind, function, text)
    if kind not in ("grad", "both"):
        return _told(kind, function, given[0], named[0])
    assert bound is not None
    name, value = bound["name"], f"{function}({', '.join(given[0])})"
    derived = _derivative("grad", value, named[0])
    read = text[calls[0][0].start() : calls[0][1] + 1]
    if kind == "both":
        return f"where `{read}` stands, the value is `{value}`, and its gradient `{derived}`"
    sources = [Span(span.source, c.start(), end + 1) for c, end in calls]
    if all(g == given[0] for g in given):
        edits = [Replacement(span, derived), *(Replacement(s, name) for s in sources)]
        told = f"write `{name} = {derived}`; below it write `{name}` for `{read}`"
        return Help(told, edits)
    texts = [
        _derivative("grad", f"{function}({', '.join(g)})", n)
        for g, n in zip(given, named, strict=True)
    ]
    whole = Span(span.source, line, min(text.find("\n", span.end) + 1 or len(text), len(text)))
    shown = ", ".join(
        f"`{t}` for `{s.text}`" for t, s in dict(zip(texts, sources, strict=True)).items()
    )
    edits = [Replacement(whole, ""), *map(Replacement, sources, texts)]
    return Help(f"leave the line out, and write {shown}", edits)


def _names(given: Sequence[str], places: Sequence[int]) -> list[str]:
    """The arguments at positions; empty where one of them is no name."""
    chosen = [given[at] for at in places if -len(given) <= at < len(given)]
    is_named = all(re.fullmatch(r"[^\W\d][\w.]*", name) for name in chosen)
    return chosen if is_named and len(chosen) == len(places) else []


def _calls(text: str, name: str, start: int) -> list[tuple[re.Match[str], int]]:
    """The calls of a name behind a place, and where each closes."""
    found = pattern(rf"(?<![\w.]){re.escape(name)}\(").finditer(mask(text), start)
    closed = ((call, closing(text, call.end() - 1)) for call in found)
    return [(call, end) for call, end in closed if end is not None]


def _sketched(kind: str, function: str, text: str) -> str:
    """What is said where no call tells the arguments: in the names of the parameters."""
    head = re.search(rf"(?m)^[ \t]*fn[ \t]+{function}[ \t]*\(([^()]*)\)", text)
    formals = [re.split(r"[:=]", part)[0].strip() for part in parts(head[1])] if head else ["x"]
    formals = [formal for formal in formals if formal] or ["x"]
    if kind not in ("grad", "both"):
        return _told(kind, function, formals, formals)
    derived = _derivative("grad", f"{function}({', '.join(formals)})", formals[:1])
    return f"the derivative by a value `{formals[0]}` is `{derived}`"
