"""The table of forms: formulas that cancel or overflow, and for each one of the same value.

A formula is a nested tuple of operations over letters; a number stands for itself, `square` is
`x**2` and `x * x`. What is gained is worked out anew by a test, with 50 digits, and so is that the
stable form, taken at its word, is nowhere worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from gradc.records import dataclass, field

Formula: TypeAlias = "str | int | float | tuple[Any, ...]"


@dataclass(frozen=True, slots=True)
class Form:
    """A formula, its stable form, and a point where they differ.

    `left` are the digits of 16 that the plain one has there; none where it is no number, or 0. In
    f32 it has `left_single` of 7 at the point `single`, which is the same where it is not stated.
    """

    plain: Formula
    stable: Formula
    at: Mapping[str, float]
    left: int
    single: Mapping[str, float] = field(default_factory=dict)
    left_single: int = 0
    is_told_only: bool = False  # what it costs, or means elsewhere, is the user's to choose
    only: str = ""  # where the stable form is the better one, if not everywhere
    unless: frozenset[str] = frozenset()  # made by one of these, the letter `x` is never so

    def worst(self, dtype: str) -> tuple[Mapping[str, float], int, int]:
        """A point of an element type, the digits that are left there, and of how many."""
        if dtype == "f32":
            return self.single or self.at, self.left_single, 7
        return self.at, self.left, 16


def _square(x: Formula) -> Formula:
    return ("square", x)


def _plus(a: Formula, b: Formula) -> Formula:
    return ("add", a, b)


def _minus(a: Formula, b: Formula) -> Formula:
    return ("subtract", a, b)


def _times(a: Formula, b: Formula) -> Formula:
    return ("multiply", a, b)


def _over(a: Formula, b: Formula) -> Formula:
    return ("divide", a, b)


def _negated(x: Formula) -> Formula:
    return ("negative", x)


_EXP, _EXP_NEGATIVE = ("exp", "x"), ("exp", ("negative", "x"))
_ROOT_OF_2 = 1.4142135623730951
_TWICE, _HALF = _times(2, "x"), _over("x", 2)
_ROOT = ("sqrt", _plus(1, "x"))
_DISCRIMINANT = ("sqrt", _minus(_square("b"), "d"))
_FROM_MINUS_B = _negated(_over("d", _plus("b", _DISCRIMINANT)))

FORMS: tuple[Form, ...] = (
    # Differences of exponentials, and ratios of them.
    Form(_minus(_minus(_EXP, "x"), 1), _minus(("expm1", "x"), "x"), {"x": 1e-5}, 5,
         {"x": 1e-2}, 2, is_told_only=True),
    Form(_minus(_minus(_EXP, 1), "x"), _minus(("expm1", "x"), "x"), {"x": 1e-5}, 5,
         {"x": 1e-2}, 2, is_told_only=True),
    Form(_minus(_EXP, 1), ("expm1", "x"), {"x": 1e-8}, 8, {"x": 1e-4}, 3),
    Form(_minus(1, _EXP), _negated(("expm1", "x")), {"x": 1e-8}, 8, {"x": 1e-4}, 3),
    Form(_minus(_EXP, _EXP_NEGATIVE), _times(2, ("sinh", "x")), {"x": 1e-8}, 8, {"x": 1e-4}, 3),
    Form(_over(_minus(_EXP, _EXP_NEGATIVE), _plus(_EXP, _EXP_NEGATIVE)),
         ("tanh", "x"), {"x": 1e3}, 0),
    Form(_over(_minus(("exp", _TWICE), 1), _plus(("exp", _TWICE), 1)),
         ("tanh", "x"), {"x": 1e3}, 0),
    Form(_over(_minus(1, ("exp", _times(-2, "x"))), _plus(1, ("exp", _times(-2, "x")))),
         ("tanh", "x"), {"x": -1e3}, 0),
    Form(_over(_minus(_EXP, 1), _plus(_EXP, 1)), ("tanh", _HALF), {"x": 1e3}, 0),
    Form(_over(_EXP, _plus(1, _EXP)), ("sigmoid", "x"), {"x": 1e3}, 0),
    Form(_over(("exp", "a"), _plus(("exp", "a"), ("exp", "b"))), ("sigmoid", _minus("a", "b")),
         {"a": 1e3, "b": 999.0}, 0),
    Form(_over(("exp", "a"), ("exp", "b")), ("exp", _minus("a", "b")), {"a": 1e3, "b": 999.0}, 0),
    # Logarithms.
    Form(("log", _minus(1, _EXP)), ("log1mexp", "x"), {"x": -50.0}, 0),
    Form(("log", _minus(1, "x")), ("log1p", _negated("x")), {"x": 1e-8}, 8, {"x": 1e-4}, 3),
    Form(("log", _EXP), "x", {"x": 1e3}, 0, is_told_only=True),
    Form(("log", ("cosh", "x")),
         _minus(("logaddexp", "x", _negated("x")), 0.6931471805599453), {"x": 1e3}, 0),
    Form(("log", _over(_plus(1, "x"), _minus(1, "x"))), _times(2, ("arctanh", "x")),
         {"x": 1e-8}, 8, {"x": 1e-4}, 4),
    Form(("log", _plus("x", ("sqrt", _plus(_square("x"), 1)))), ("arcsinh", "x"),
         {"x": -1e5}, 7, {"x": -100.0}, 4),
    Form(("log", _plus("x", ("sqrt", _minus(_square("x"), 1)))), ("arccosh", "x"),
         {"x": 1e200}, 0, {"x": 1e30}),
    Form(_times("x", ("log", "x")), ("xlogy", "x", "x"), {"x": 0.0}, 0, is_told_only=True,
         unless=frozenset({"softmax", "sigmoid", "exp", "softplus", "add", "maximum"})),
    # Roots and powers.
    Form(_minus(_ROOT, 1), _over("x", _plus(_ROOT, 1)), {"x": 1e-8}, 8, {"x": 1e-4}, 3),
    Form(_minus(("sqrt", _plus("x", 1)), ("sqrt", "x")),
         _over(1, _plus(("sqrt", _plus("x", 1)), ("sqrt", "x"))), {"x": 1e10}, 6, {"x": 1e4}, 3),
    Form(_plus(_negated("b"), _DISCRIMINANT), _FROM_MINUS_B,
         {"b": 1e5, "d": 1.0}, 6, {"b": 100.0, "d": 1.0}, 3, True, "`b` is positive"),
    Form(_minus(_DISCRIMINANT, "b"), _FROM_MINUS_B,
         {"b": 1e5, "d": 1.0}, 6, {"b": 100.0, "d": 1.0}, 3, True, "`b` is positive"),
    Form(_minus(("power", _plus(1, "x"), "n"), 1), ("expm1", _times("n", ("log1p", "x"))),
         {"x": 1e-8, "n": 3.0}, 8, {"x": 1e-4, "n": 3.0}, 4, True, "`x` is above -1"),
    Form(_minus(_over(1, "x"), _over(1, _plus("x", 1))), _over(1, _times("x", _plus("x", 1))),
         {"x": 1e8}, 8, {"x": 1e4}, 3),
    # Circular and hyperbolic functions.
    Form(_minus(1, ("cos", "x")), _times(2, _square(("sin", _HALF))), {"x": 1e-6}, 4,
         {"x": 0.01}, 3),
    Form(_minus(("cos", "x"), 1), _times(-2, _square(("sin", _HALF))), {"x": 1e-6}, 4,
         {"x": 0.01}, 3),
    Form(_minus(1, _square(("cos", "x"))), _square(("sin", "x")), {"x": 1e-6}, 4, {"x": 0.01}, 3),
    Form(_minus(1, _square(("sin", "x"))), _square(("cos", "x")), {"x": 1.570796}, 4,
         {"x": 1.56}, 3),
    Form(_minus(("sin", _plus("a", "h")), ("sin", "a")),
         _times(2, _times(("cos", _plus("a", _over("h", 2))), ("sin", _over("h", 2)))),
         {"a": 1.0, "h": 1e-8}, 8, {"a": 1.0, "h": 1e-4}, 3, is_told_only=True),
    Form(_minus(("cos", _plus("a", "h")), ("cos", "a")),
         _times(-2, _times(("sin", _plus("a", _over("h", 2))), ("sin", _over("h", 2)))),
         {"a": 1.0, "h": 1e-8}, 8, {"a": 1.0, "h": 1e-4}, 3, is_told_only=True),
    Form(_minus(("cosh", "x"), 1), _times(2, _square(("sinh", _HALF))), {"x": 1e-6}, 4,
         {"x": 0.01}, 3),
    Form(_minus(_square(("cosh", "x")), _square(("sinh", "x"))), 1, {"x": 20.0}, 0,
         {"x": 10.0}, is_told_only=True),
    Form(_minus(1, _square(("tanh", "x"))),
         _times(4, _times(("sigmoid", _times(2, "x")), ("sigmoid", _times(-2, "x")))),
         {"x": 15.0}, 4, {"x": 6.0}, 3),
    # Distributions, and what is left.
    Form(_minus(1, ("sigmoid", "x")), ("sigmoid", _negated("x")), {"x": 30.0}, 3, {"x": 12.0}, 2),
    Form(_minus(("sigmoid", "a"), ("sigmoid", "b")), ("sigmoid_difference", "a", "b"),
         {"a": 31.0, "b": 30.0}, 3, {"a": 13.0, "b": 12.0}, 2),
    Form(_minus(1, ("erf", "x")), ("erfc", "x"), {"x": 5.0}, 5, {"x": 3.0}, 2),
    Form(("log", _times(0.5, _plus(1, ("erf", _over("x", _ROOT_OF_2))))), ("log_ndtr", "x"),
         {"x": -10.0}, 0, is_told_only=True),
    Form(("log", _over(_plus(1, ("erf", _over("x", _ROOT_OF_2))), 2)), ("log_ndtr", "x"),
         {"x": -10.0}, 0, is_told_only=True),
    Form(("log", _times(0.5, _plus(1, ("erf", "x")))), ("log_ndtr", _times(_ROOT_OF_2, "x")),
         {"x": -10.0}, 0, is_told_only=True),
    Form(_minus(_square("a"), _square("b")), _times(_minus("a", "b"), _plus("a", "b")),
         {"a": 1.00000001, "b": 1.0}, 8, {"a": 1.0001, "b": 1.0}, 4),
    Form(("sqrt", _plus(_square("a"), _square("b"))), ("hypot", "a", "b"),
         {"a": 1e200, "b": 1e200}, 0, {"a": 1e30, "b": 1e30}, is_told_only=True),
)  # fmt: skip
"""The first that fits holds: what is more special stands before what is less."""
