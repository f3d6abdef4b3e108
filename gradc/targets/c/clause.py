"""The `c` clauses of stanzas: a C expression over the names of operands and attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from gradc.patterns import pattern
from gradc.targets.c.expression import (
    LEVELS,
    TERNARY,
    UNARY,
    Expr,
    binary,
    call,
    ternary,
    unary,
)

_TOKEN = pattern(r"\s*([A-Za-z_]\w*|[0-9][0-9.]*(?:e[+-]?[0-9]+)?|&&|\|\||[<>=!]=|[-+*/%<>!?:(),])")

Spell = Callable[[str], str]


@cache
def tokens(text: str) -> tuple[str, ...]:
    """The words of a clause."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, f"no C expression: {text!r}"
        found.append(match[1])
        at = match.end()
    return tuple(found)


def filled(text: str, names: Mapping[str, Expr], function: Spell, number: Spell) -> Expr:
    """A clause with expressions for its names; `function` and `number` spell the rest."""
    filler = _Filler(tokens(text), names, function, number)
    expr = filler.expression(TERNARY)
    assert filler.at == len(filler.tokens), f"no C expression: {text!r}"
    return expr


class _Filler:
    """Reads by precedence, and writes what it has read at once."""

    def __init__(
        self, tokens: tuple[str, ...], names: Mapping[str, Expr], function: Spell, number: Spell
    ):
        self.tokens, self.names, self.function, self.number = tokens, names, function, number
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def expression(self, level: int) -> Expr:
        left = self.operand()
        while (binds := LEVELS.get(self.peek(), 0)) >= level > 0 and binds:
            op = self.take()
            left = binary(op, left, self.expression(binds + 1))
        if level == TERNARY and self.peek() == "?":
            self.take()
            then = self.expression(TERNARY)
            assert self.take() == ":"
            left = ternary(left, then, self.expression(TERNARY))
        return left

    def operand(self) -> Expr:
        token = self.take()
        if token in ("-", "!"):
            return unary(token, self.expression(UNARY))
        if token == "(":
            inner = self.expression(TERNARY)
            assert self.take() == ")"
            return inner
        if token[0].isdigit():
            return Expr(self.number(token))
        if self.peek() != "(":
            return self.names[token] if token in self.names else Expr(self.function(token))
        self.take()
        arguments = []
        while self.peek() != ")":
            arguments.append(self.expression(TERNARY))
            if self.peek() == ",":
                self.take()
        self.take()
        return call(self.function(token), arguments)
