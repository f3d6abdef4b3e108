"""C expressions: parentheses are right by construction."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.records import dataclass

TERNARY, OR, AND, EQUAL, COMPARE, ADD, MULTIPLY, UNARY, POSTFIX = range(1, 10)

LEVELS = {
    "||": OR,
    "&&": AND,
    **dict.fromkeys(("==", "!="), EQUAL),
    **dict.fromkeys(("<", "<=", ">", ">="), COMPARE),
    **dict.fromkeys(("+", "-"), ADD),
    **dict.fromkeys(("*", "/", "%"), MULTIPLY),
}
"""How tightly operators bind."""


@dataclass(frozen=True, slots=True)
class Expr:
    """A text, and how tightly what it says binds."""

    text: str
    level: int = POSTFIX

    @property
    def is_short(self) -> bool:
        """Whether it may be written twice: a name, a number, an element of an array."""
        return self.level == POSTFIX and "(" not in self.text

    def within(self, level: int) -> str:
        """The text as an operand of something that binds so tightly."""
        return self.text if self.level >= level else f"({self.text})"


def binary(op: str, left: Expr, right: Expr) -> Expr:
    level = LEVELS[op]
    # `a && b || c` and `a < b == c` are right, and compilers warn of them.
    lowest = {OR: EQUAL, EQUAL: ADD, COMPARE: ADD}
    first = left.within(lowest.get(level, level))
    return Expr(f"{first} {op} {right.within(lowest.get(level, level + 1))}", level)


def unary(op: str, operand: Expr) -> Expr:
    text = operand.within(UNARY)
    return Expr(f"{op}({text})" if text.startswith(op) else f"{op}{text}", UNARY)


def ternary(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    texts = condition.within(OR), then.within(OR), otherwise.within(TERNARY)
    return Expr("{} ? {} : {}".format(*texts), TERNARY)


def call(function: str, arguments: Iterable[Expr]) -> Expr:
    return Expr(f"{function}({', '.join(a.text for a in arguments)})")


def cast(kind: str, operand: Expr) -> Expr:
    return Expr(f"({kind}){operand.within(UNARY)}", UNARY)


def both(conditions: Iterable[Expr]) -> Expr | None:
    """That all of them hold; None where there are none."""
    whole: Expr | None = None
    for condition in conditions:
        whole = condition if whole is None else binary("&&", whole, condition)
    return whole
