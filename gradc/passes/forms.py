"""Forms: formulas that cancel or overflow, each with one of the same value that does not.

`stabilise` writes the one for the other, and `warn` tells of it, with what is gained where. A
formula is a nested tuple of operations over `a` `b` or `x`; a number stands for itself, `square` is
`x**2` and `x * x`. What is gained is worked out anew by a test, with 50 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gradc.ir.node import Apply, Node, Value, applies
from gradc.records import dataclass

Formula: TypeAlias = "str | int | float | tuple[Any, ...]"
Letters: TypeAlias = Callable[[str, bool], str]
Makers: TypeAlias = Mapping[Value, Node]


@dataclass(frozen=True, slots=True)
class Form:
    """A formula, its stable form, and a point where they differ.

    `left` are the digits of 16 that the plain one has there; none where it is no number, or 0.
    """

    plain: Formula
    stable: Formula
    at: Mapping[str, float]
    left: int
    is_told_only: bool = False  # what it costs, or means elsewhere, is the user's to choose

    def gain(self, letters: Letters) -> str:
        """What the plain formula has at the point, in words; `letters` as for `written`."""
        point = " and ".join(
            f"{letters(name, False)} is {value:.9g}" for name, value in self.at.items()
        )
        kept = f"{self.left} of 16 digits are" if self.left else "no digit is"
        return f"where {point}, {kept} left here"


def _square(x: Formula) -> Formula:
    return ("square", x)


_EXP, _EXP_NEGATIVE = ("exp", "x"), ("exp", ("negative", "x"))
_ROOT = ("sqrt", ("add", 1, "x"))

FORMS: tuple[Form, ...] = (
    Form(("subtract", _EXP, 1), ("expm1", "x"), {"x": 1e-8}, 8),
    Form(("subtract", 1, _EXP), ("negative", ("expm1", "x")), {"x": 1e-8}, 8),
    Form(("subtract", _EXP, _EXP_NEGATIVE), ("multiply", 2, ("sinh", "x")), {"x": 1e-8}, 8),
    Form(("log", ("subtract", 1, _EXP)), ("log1mexp", "x"), {"x": -50.0}, 0),
    Form(("log", ("subtract", 1, "x")), ("log1p", ("negative", "x")), {"x": 1e-8}, 8),
    Form(("log", _EXP), "x", {"x": 1e3}, 0, is_told_only=True),
    Form(
        ("log", ("cosh", "x")),
        ("subtract", ("logaddexp", "x", ("negative", "x")), 0.6931471805599453),
        {"x": 1e3}, 0,
    ),
    Form(
        ("log", ("divide", ("add", 1, "x"), ("subtract", 1, "x"))),
        ("multiply", 2, ("arctanh", "x")), {"x": 1e-8}, 8,
    ),
    Form(
        ("log", ("add", "x", ("sqrt", ("add", _square("x"), 1)))), ("arcsinh", "x"), {"x": -1e5}, 7,
    ),
    Form(
        ("log", ("add", "x", ("sqrt", ("subtract", _square("x"), 1)))), ("arccosh", "x"),
        {"x": 1e200}, 0,
    ),
    Form(("subtract", _ROOT, 1), ("divide", "x", ("add", _ROOT, 1)), {"x": 1e-8}, 8),
    Form(
        ("subtract", 1, ("cos", "x")),
        ("multiply", 2, _square(("sin", ("divide", "x", 2)))), {"x": 1e-6}, 4,
    ),
    Form(
        ("subtract", ("cos", "x"), 1),
        ("multiply", -2, _square(("sin", ("divide", "x", 2)))), {"x": 1e-6}, 4,
    ),
    Form(("subtract", 1, _square(("cos", "x"))), _square(("sin", "x")), {"x": 1e-6}, 4),
    Form(("subtract", 1, _square(("sin", "x"))), _square(("cos", "x")), {"x": 1.570796}, 4),
    Form(
        ("subtract", 1, _square(("tanh", "x"))),
        ("multiply", 4, ("multiply", ("sigmoid", ("multiply", 2, "x")),
                         ("sigmoid", ("multiply", -2, "x")))),
        {"x": 15.0}, 4,
    ),
    Form(("subtract", 1, ("sigmoid", "x")), ("sigmoid", ("negative", "x")), {"x": 30.0}, 3),
    Form(
        ("subtract", ("sigmoid", "a"), ("sigmoid", "b")), ("sigmoid_difference", "a", "b"),
        {"a": 31.0, "b": 30.0}, 3,
    ),
    Form(("subtract", 1, ("erf", "x")), ("erfc", "x"), {"x": 5.0}, 5),
    Form(
        ("subtract", _square("a"), _square("b")),
        ("multiply", ("subtract", "a", "b"), ("add", "a", "b")), {"a": 1.00000001, "b": 1.0}, 8,
    ),
    Form(
        ("divide", ("subtract", _EXP, _EXP_NEGATIVE), ("add", _EXP, _EXP_NEGATIVE)),
        ("tanh", "x"), {"x": 1e3}, 0,
    ),
    Form(("divide", _EXP, ("add", 1, _EXP)), ("sigmoid", "x"), {"x": 1e3}, 0),
    Form(("divide", ("exp", "a"), ("exp", "b")), ("exp", ("subtract", "a", "b")),
         {"a": 1e3, "b": 999.0}, 0),
    Form(
        ("sqrt", ("add", _square("a"), _square("b"))), ("hypot", "a", "b"),
        {"a": 1e200, "b": 1e200}, 0, is_told_only=True,
    ),
)  # fmt: skip
"""The first that fits holds: what is more special stands before what is less."""

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


def form_of(node: Apply, made: Makers) -> tuple[Form, dict[str, Value]] | None:
    """The form that a node ends, with what its letters stand for."""
    if node.op.name not in _BY_END:
        return None
    makers = [made.get(v) for v in node.operands]
    names = [n.op.name if type(n) is Apply else "" for n in makers]
    for form, allowed in _BY_END[node.op.name]:
        # Most of what is asked about is no formula: that is seen at once.
        if not all([a is None or n in a for a, n in zip(allowed, names, strict=True)]):
            continue
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
        if all([_fits(f, v, made, found) for f, v in zip(operands, way, strict=True)]):
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
        text = f"-{written(operands[0], letters, 3)}"
        return f"({text})" if around > 1 else text
    if name == "square":
        return f"{written(operands[0], letters, 4)}**2"
    return f"{name}({', '.join(written(f, letters) for f in operands)})"
