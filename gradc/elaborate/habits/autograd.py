"""Derivatives as torch, TensorFlow and JAX ask for them, said by `grad` and `jvp`."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.elaborate.habits.remedy import Written
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


def _names(text: str) -> list[str]:
    """The names of a list: `grad` takes them one by one."""
    listed = text[:1] in ("[", "(") and closing(text) == len(text) - 1
    return parts(text[1:-1]) if listed else [text]
