"""What is written where an integer is needed and a quotient, a float or a range was given."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.diagnostics import Help, Label, Replacement
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.order import subtrees
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, shape_text
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.habits.enclosed import closing, parts, unwrapped, wrapped

_ROUNDED = pattern(r"(?<![\w.])(?:\w+\.)*(int|floor|round|rint|trunc|fix|astype|ceil)\(")
_DIVIDES = pattern(r"[ \t]*(?<!/)/(?!/)[ \t]*")
_WHOLE = pattern(r"(?<![\w.])(\d+)\.0*(?![\w.])")
_SIZE = pattern(r"[\w.]+\.shape\[-?\w+\]")
_NUMBER = pattern(r"(?<![\w.])(?:\d+\.\d*|\.\d+)|\de-?\d")
_CALLED = pattern(r"\w\(")
_NAME = pattern(r"(?<![\w.\"])[^\W\d]\w*(?!\w|\s*\()")
_STATEMENT = (
    r"(?m)^[ \t]*(?P<head>(?:const[ \t]+)?{}[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*)"
    r"(?P<value>[^\n#}}]*[^\s#}}])"
)
_BOUNDS = 2  # of a range
_FURTHEST = 8  # names behind names


def whole(expr: tree.Expr) -> list[str]:
    """What is said of a quotient, or a float without a fraction, that stands for an integer."""
    if isinstance(expr, tree.Number) and float(expr.value).is_integer():
        return [f"write `{int(expr.value)}`"]
    if not isinstance(expr, tree.Binary):
        return []
    quotients = [p for p in subtrees(expr) if isinstance(p, tree.Binary) and p.op == "/"]
    text, start = expr.span.text, expr.span.start
    for at in sorted((q.op_span.start - start for q in quotients), reverse=True):
        text = f"{text[:at]}/{text[at:]}"
    return [f"write `{' '.join(text.split())}`"] if quotients else []


def as_integer(text: str) -> str:
    """A quotient with `//`, rounded by a call or not; empty where that makes no integer of it."""
    while (call := _ROUNDED.search(text)) is not None:
        end = closing(text, call.end() - 1)
        if end is None:
            return ""
        inner = unwrapped(parts(text[call.end() : end])[0])
        divided = parts(inner, "/")
        if call[1] == "ceil" and len(divided) == 2 and all(divided):
            inner = f"-(-{wrapped(divided[0])} // {divided[1]})"
        inner = _DIVIDES.sub(" // ", inner)
        alone = text[: call.start()].rstrip()[-1:] in ("", "[", ",")
        alone = alone and text[end + 1 :].lstrip()[:1] in ("", "]", ",")
        text = f"{text[: call.start()]}{inner if alone else wrapped(inner)}{text[end + 1 :]}"
    text = _WHOLE.sub(r"\1", _DIVIDES.sub(" // ", text))
    return "" if _NUMBER.search(text) or _CALLED.search(text) else text


def of_sizes(expr: tree.Call, scope: Scope) -> str:
    """`int(n / 2)` of sizes and numbers as `n // 2`; empty for what is none, or of arrays."""
    text = " ".join(expr.span.text.split())
    rounded = _ROUNDED.match(text)
    if rounded is None or closing(text, rounded.end() - 1) != len(text) - 1:
        return ""
    for name in _NAME.findall(_SIZE.sub("1", text)):
        bound = scope.values.get(name, scope.module.constants.get(name))
        if isinstance(bound, bool) or not isinstance(bound, int | Poly):
            return ""
    return as_integer(text)


def count_of(text: str) -> str:
    """How many numbers `arange(5)` has, as a size; empty for what is no range."""
    if not text.startswith("arange(") or closing(text, 6) != len(text) - 1:
        return ""
    from gradc.syntax.habits.stepping import difference

    given = parts(text[7:-1])
    if len(given) == 1:
        return given[0]
    return difference(given[1], given[0]) if len(given) == _BOUNDS else ""


def made(span: Span) -> tuple[list[Label], list[str]]:
    """Where the float that stands at a place is made, and what makes an integer there."""
    own = " ".join(span.text.split())
    if _DIVIDES.search(mask(own)):
        text = as_integer(own)
        told = f"`/` gives a float: write `{text}`"
        return [], [Help(told, [Replacement(span, text)])] if text else []
    for start, head, value in _statements(span):
        text = as_integer(value)
        if text and text != value:
            place = Span(span.source, start + len(head), start + len(head) + len(value))
            reason = "`/` gives a float: " if _DIVIDES.search(value) else ""
            told = f"{reason}write `{' '.join(head.split())} {text}`"
            return [Label(place, "made here")], [Help(told, [Replacement(place, text)])]
    return [], []


def _statements(span: Span) -> Iterator[tuple[int, str, str]]:
    """The statements that bind the names at a place, and those behind them, nearest first."""
    text = mask(span.source.text)
    pending, seen = [(text[span.start : span.end], span.start)], set[str]()
    while pending and len(seen) < _FURTHEST:
        value, place = pending.pop(0)
        for name in _NAME.findall(value):
            if name in seen:
                continue
            seen.add(name)
            found = list(re.finditer(_STATEMENT.format(re.escape(name)), text))
            above = [m for m in found if m.start() < place]
            if not found:
                continue
            bound = above[-1] if above else found[0]
            yield bound.start("head"), bound["head"], bound["value"]
            pending.append((bound["value"], bound.start("value")))


def as_floats(context: Context, value: Value) -> list[str]:
    """The helps for what is differentiated and holds integers: how it is declared as floats."""
    from gradc.elaborate.fitting import declarations

    sizes = shape_text(value.type.shape) if value.type.shape else ""
    dtype = context.dtype_in(Scope(context.module))
    places = declarations([value], context.found)
    return [f"{place}; declare it `{dtype}{sizes}`" for place in places]
