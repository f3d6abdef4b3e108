"""Derivatives as torch, TensorFlow and JAX ask for them, said by `grad` and `jvp`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.habits.remedy import Written
from gradc.ir.node import Value
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.habits.enclosed import closing, parts, unwrapped, wrapped

GRADIENTS = ("gradients", "derivative", "deriv")
"""What others call `grad`."""
AGAIN = "every derivative may be differentiated again"
_OF = ("outputs", "output", "ys", "y", "target", "loss", "func", "fun", "f")
_BY = ("inputs", "input", "sources", "xs", "x", "wrt", "by", "primals")
_ALONG = ("v", "tangents", "tangent", "direction", "vector")
_GRAPHS = ("create_graph", "retain_graph", "persistent")


def derivative(name: str, arguments: Sequence[Written]) -> tuple[str, str]:
    """A call of `grad` or `jvp` with its arguments at their places, and what is said of the rest.

    The call is empty where an argument has no place in it.
    """
    by_place = [a.text for a in arguments if a.keyword is None]
    named = {a.keyword: a.text for a in arguments if a.keyword is not None}
    places = (_OF, _BY, _ALONG) if name == "jvp" else (_OF, _BY)
    taken: list[str] = []
    if not arguments:
        return "", ""
    for names in places[len(by_place) :]:
        found = next((n for n in names if n in named), None)
        if found is None:
            return "", ""
        taken.append(named.pop(found))
    given = [*by_place, *taken]
    weights = named.get("grad_outputs", "none")
    if name == "grad" and weights != "none" and given:
        given[0] = f"sum({wrapped(weights)} * {wrapped(given[0])})"
    if name == "grad":
        given = [given[0], *(n for text in given[1:] for n in _names(text))]
    text = f"{name}({', '.join(unwrapped(t) for t in given)})"
    return text, AGAIN if any(key in _GRAPHS for key in named) else ""


def quotient(span: Span, values: Mapping[str, object]) -> tuple[Span, Help] | None:
    """`dJ/dw`, `d(u)/d(x)` and `du_dx`, around a name or the head of a call; with its place."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    for match in _QUOTIENT.finditer(text, start):
        if match.start() > span.start:
            break
        if match.end() <= span.start:
            continue
        of, by = (next(filter(None, g)) for g in (match.group(1, 2, 5), match.group(3, 4, 6)))
        known = values.get(of)
        is_loss = pattern(rf"(?m)^[ \t]*loss[ \t]+{of}\b").search(text)
        if not (is_loss or isinstance(known, Value)) or not isinstance(values.get(by), Value):
            return None
        whole = is_loss or not isinstance(known, Value) or not known.type.rank
        written = f"grad({of if whole else f'sum({of})'}, {by})"
        place = Span(span.source, match.start(), match.end())
        return place, Help(f"write `{written}`", [Replacement(place, written)])
    return None


_QUOTIENT = pattern(
    r"(?<![\w.])(?:d(?:\(\s*(\w+)\s*\)|(\w+))\s*/\s*d(?:\(\s*(\w+)\s*\)|(\w+))"
    r"|d([^\W_]\w*?)_d(\w+))(?![\w(])"
)


def _names(text: str) -> list[str]:
    """The names of a list: `grad` takes them one by one."""
    listed = text[:1] in ("[", "(") and closing(text) == len(text) - 1
    return parts(text[1:-1]) if listed else [text]
