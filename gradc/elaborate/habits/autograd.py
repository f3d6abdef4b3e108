"""Derivatives as torch, TensorFlow and JAX ask for them, said by `grad` and `jvp`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
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


def quotient_of_itself(span: Span) -> DiagnosticError | None:
    """`dw = dJ/dw`, at the second `dw`, where the file declares a loss `J` and a `w`."""
    text = span.source.text
    start = text.rfind("\n", 0, span.start) + 1
    for match in _QUOTIENT.finditer(text, start, span.end):
        of, by = match[2], match[4]
        declared = pattern(rf"(?m)^[ \t]*(?:param|input)[ \t]+{by}\b").search(text)
        is_loss = pattern(rf"(?m)^[ \t]*loss[ \t]+{of}\b").search(text)
        if of and by and match.end() == span.end and declared and is_loss:
            place = Span(span.source, match.start(), match.end())
            told = Help(f"write `grad({of}, {by})`", [Replacement(place, f"grad({of}, {by})")])
            return error("E0201", f"nothing is called `d{of}`", place, helps=[told])
    return None


def of_differences(span: Span) -> list[str]:
    """What is said of `diff(u, t)`, as SymPy and MATLAB call a derivative, at the `t`."""
    text = span.source.text
    call = pattern(r"\bdiff\(\s*([\w.]+)\s*,\s*\Z").search(text[: span.start])
    if call is None or text[span.end : span.end + 1] != ")":
        return []
    written = f"grad(sum({call[1]}), {span.text})"
    edit = Replacement(Span(span.source, call.start(), span.end + 1), written)
    return [Help(f"`diff` subtracts neighbours; a derivative is `{written}`", [edit])]


_QUOTIENT = pattern(
    r"(?<![\w.])(?:d(?:\(\s*(\w+)\s*\)|(\w+))\s*/\s*d(?:\(\s*(\w+)\s*\)|(\w+))"
    r"|d([^\W_]\w*?)_d(\w+))(?![\w(])"
)


def _names(text: str) -> list[str]:
    """The names of a list: `grad` takes them one by one."""
    listed = text[:1] in ("[", "(") and closing(text) == len(text) - 1
    return parts(text[1:-1]) if listed else [text]
