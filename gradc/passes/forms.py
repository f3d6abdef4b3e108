"""Forms: the formulas of the table as they are found in a graph, and as a user would write them.

`stabilise` writes the stable one for the other, and `warn` tells of it, with what is gained where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from gradc.ir.node import Apply, Node, Value, applies
from gradc.passes.form_table import FORMS, Form, Formula

Letters: TypeAlias = Callable[[str, bool], str]
Makers: TypeAlias = Mapping[Value, Node]

LAST = frozenset(form.plain[0] for form in FORMS if isinstance(form.plain, tuple))
"""The operations that the formulas end with."""

_EITHER_WAY = frozenset({"add", "multiply"})
_DEEPEST = 8  # operations, in two texts that are compared


def _makers(formula: Formula) -> frozenset[str] | None:
    """The operations that may make what a formula is of; None where any may."""
    if isinstance(formula, str):
        return None
    if not isinstance(formula, tuple):
        return frozenset({"constant"})
    return frozenset({"power", "multiply"} if formula[0] == "square" else {formula[0]})


_BY_END = {
    name: [
        (form, tuple(map(_makers, form.plain[1:])))
        for form in FORMS
        if isinstance(form.plain, tuple) and form.plain[0] == name
    ]
    for name in LAST
}


def _needed(formula: Formula) -> Iterator[frozenset[str]]:
    """For each operation of a formula, those of which one has to be there."""
    if (makers := _makers(formula)) is not None:
        yield makers
    if isinstance(formula, tuple):
        for part in formula[1:]:
            yield from _needed(part)


@cache
def ends_among(names: frozenset[str]) -> frozenset[str]:
    """The operations that end a form, of those of which all operations go by these names."""
    return frozenset(
        [
            end
            for end, forms in _BY_END.items()
            if any([not any(map(names.isdisjoint, _needed(form.plain))) for form, _ in forms])
        ]
    )


@cache
def _possible(end: str, *makers: str) -> tuple[Form, ...]:
    """The forms that an operation may end whose operands these make.

    Most of what is asked about is no formula: that is seen at once.
    """
    return tuple(
        [
            form
            for form, allowed in _BY_END[end]
            if all([a is None or name in a for a, name in zip(allowed, makers, strict=True)])
        ]
    )


def form_of(node: Apply, made: Makers) -> tuple[Form, dict[str, Value]] | None:
    """The form that a node ends, with what its letters stand for."""
    end = node.op.name
    if end not in _BY_END:
        return None
    makers = [made.get(v) for v in node.operands]
    for form in _possible(end, *[n.op.name if type(n) is Apply else "" for n in makers]):
        found: dict[str, Value] = {}
        assert isinstance(form.plain, tuple)
        if _fits_node(form.plain, node, made, found):
            return form, found
    return None


def _fits_node(
    formula: tuple[Any, ...], node: Apply, made: Makers, found: dict[str, Value]
) -> bool:
    operands = formula[1:]
    ways = [node.operands]
    if node.op.name in _EITHER_WAY:
        ways.append(node.operands[::-1])
    before = dict(found)
    for way in ways:
        # What is simplest says what its letters are: of a sum they may be either term.
        pairs = sorted(zip(operands, way, strict=True), key=lambda pair: len(repr(pair[0])))
        if all([_fits(f, v, made, found) for f, v in pairs]):
            return True
        found.clear()
        found.update(before)
    return False


def _fits(formula: Formula, value: Value, made: Makers, found: dict[str, Value]) -> bool:
    if isinstance(formula, str):
        return alike(found.setdefault(formula, value), value, made)
    node = made.get(value)
    if not isinstance(formula, tuple):
        return applies(node, "constant") and node.attrs[0] == formula
    if type(node) is not Apply:
        return False
    name, *operands = formula
    if name == "square":
        root = squared(node, made)
        return root is not None and _fits(operands[0], root, made, found)
    return node.op.name == name and _fits_node(formula, node, made, found)


def squared(node: Node | None, made: Makers) -> Value | None:
    """What a node is the square of."""
    if applies(node, "power"):
        exponent = made.get(node.operands[1])
        if applies(exponent, "constant") and exponent.attrs[0] == 2:
            return node.operands[0]
    if applies(node, "multiply") and alike(node.operands[0], node.operands[1], made):
        return node.operands[0]
    return None


def alike(a: Value, b: Value, made: Makers, depth: int = _DEEPEST) -> bool:
    """Whether two values are one, or made alike of the same."""
    if a is b:
        return True
    one, other = made.get(a), made.get(b)
    if type(one) is not Apply or type(other) is not Apply or not depth:
        return False
    if one.op is not other.op or one.attrs != other.attrs or one.traits.impure:
        return False
    pairs = zip(one.operands, other.operands, strict=True)
    return all([alike(x, y, made, depth - 1) for x, y in pairs])


# --- as text ---


def gain(form: Form, letters: Letters, dtype: str) -> str:
    """What the plain formula has at a point of an element type; `letters` as for `written`."""
    at, left, of = form.worst(dtype)
    names = {name: letters(name, False) for name in at}
    stated = [(text, at[name]) for name, text in names.items() if not text[:1].isdigit()]
    point = " and ".join(f"{text} is {value:.9g}" for text, value in stated)
    if not left:
        return f"where {point}, no digit"
    return f"where {point}, {left} of {of} digits"


_SIGNS = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2)}


def as_letters(name: str, beside: bool) -> str:
    """Letters that stand for themselves."""
    return name


def written(formula: Formula, letters: Letters, around: int = 0) -> str:
    """A formula as the user would write it.

    `letters` says what a letter stands for, and is told whether an operator is beside it.
    """
    if isinstance(formula, str):
        return letters(formula, around > 0)
    if not isinstance(formula, tuple):
        return repr(formula)
    name, *operands = formula
    if name in _SIGNS:
        sign, level = _SIGNS[name]
        right = level + (name in ("subtract", "divide"))
        first, second = written(operands[0], letters, level), written(operands[1], letters, right)
        text = f"{first} {sign} {second}"
        return f"({text})" if around > level else text
    if name == "negative":
        from gradc.passes.bracketed import negated

        text = f"-{written(operands[0], letters, 3)}"
        if isinstance(operands[0], str):
            text = negated(letters(operands[0], False))
        return f"({text})" if around > 1 or (around and text[:1] != "-") else text
    if name == "square":
        return f"{written(operands[0], letters, 4)}**2"
    if name == "power":
        return f"{written(operands[0], letters, 4)}**{written(operands[1], letters, 4)}"
    return f"{name}({', '.join(written(f, letters) for f in operands)})"
