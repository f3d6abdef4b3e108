"""Operations: rows of operands and operators, folded by how tightly the operators bind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from gradc.diagnostics import Diagnostic, error
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.characters import normal_name
from gradc.syntax.lalr import Token
from gradc.syntax.tree import MAX_DEPTH

# The larger number binds tighter. Two facts are not in the numbers: `**` is right associative,
# and comparisons do not chain.
NOT = 3
COMPARISON = 4
NEGATION = 7
RIGHT_ASSOCIATIVE = 8

BINDING = {
    "or": 1,
    "and": 2,
    # `not` stands here
    **dict.fromkeys(["<", "<=", ">", ">=", "==", "!="], COMPARISON),
    **dict.fromkeys(["+", "-"], 5),
    **dict.fromkeys(["*", "/", "//", "%", "@"], 6),
    # unary `-` stands here
    "**": RIGHT_ASSOCIATIVE,
}


class OperationBuilder:
    """Makes operations, and holds what every part of the builder needs.

    `found` collects the mistakes that do not stop the parse.
    """

    source: Source
    found: list[Diagnostic]
    kinds: bool  # whether parameters of functions may be of a kind: in the library

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos, token.end_pos)

    def reach(self, first: Any, last: Any) -> Span:
        """The stretch from the start of a token or node to the end of another."""
        start: Any = first.start_pos if type(first) is Token else first.span.start
        end: Any = last.end_pos if type(last) is Token else last.span.end
        return Span(self.source, start, end)

    def identifier(self, token: Token) -> tree.Identifier:
        name = token.value
        span = Span(self.source, token.start_pos, token.end_pos)
        return tree.Identifier(span, name if name.isascii() else normal_name(name))

    def report(
        self, code: str, message: str, span: Span, text: str = "", helps: tuple[str, ...] = ()
    ) -> None:
        self.found.append(Diagnostic(code, message, span, text, helps=helps))

    def too_deep(self, span: Span) -> NoReturn:
        # Raised, not collected: each further level would say the same.
        raise error(
            "E0116",
            f"this nests more than {MAX_DEPTH} levels deep",
            span,
            helps=("give a part of it a name in a statement of its own",),
        )

    def operation(self, c: list[Any]) -> Any:
        """Folds a row of operands and operators by their binding strengths.

        Operators wait in `waiting` until one that binds no tighter arrives. An explicit stack:
        a row may be as long as its file.
        """
        if len(c) == 3 and type(c[0]) is not Token and type(c[2]) is not Token:
            return self.binary(c[0], c[1], c[2])
        done: list[Any] = []
        waiting: list[tuple[int, Token]] = []
        expects_operand = True
        chained = False
        for place, item in enumerate(c):
            if type(item) is not Token:
                done.append(item)
                expects_operand = False
            elif expects_operand:
                strength = NOT if item.type == "NOT" else NEGATION
                if strength == NOT and waiting and waiting[-1][0] > NOT:
                    self.report(
                        "E0118",
                        f"`not` cannot stand after `{waiting[-1][1].value}`",
                        self.span(item),
                        helps=("put parentheses around `not` and its operand",),
                    )
                waiting.append((strength, item))
            else:
                strength = BINDING[item.value]
                least = strength + 1 if strength == RIGHT_ASSOCIATIVE else strength
                while waiting and waiting[-1][0] >= least:
                    if strength == COMPARISON == waiting[-1][0] and not chained:
                        chained = True
                        self.chained(done, waiting[-1][1], item, c[place + 1 :])
                    self.apply(done, waiting.pop())
                waiting.append((strength, item))
                expects_operand = True
        while waiting:
            self.apply(done, waiting.pop())
        return done[0]

    def apply(self, done: list[Any], operator: tuple[int, Token]) -> None:
        strength, token = operator
        if strength in (NOT, NEGATION):
            done.append(self.unary(token, done.pop()))
        else:
            right = done.pop()
            done.append(self.binary(done.pop(), token, right))

    def unary(self, operator: Token, operand: Any) -> tree.Unary:
        if operand.depth >= MAX_DEPTH:
            self.too_deep(self.span(operator))
        span = self.reach(operator, operand)
        return tree.Unary(span, operator.value, operand, operand.depth + 1)

    def binary(self, left: Any, operator: Token, right: Any) -> tree.Binary:
        depth = left.depth if type(left) is tree.Binary else left.depth + 1
        if right.depth >= depth:
            depth = right.depth + 1
        source = self.source
        op_span = Span(source, operator.start_pos, operator.end_pos)
        if depth > MAX_DEPTH:
            self.too_deep(op_span)
        span = Span(source, left.span.start, right.span.end)
        return tree.Binary(span, operator.value, op_span, left, right, depth)

    def operand(self, items: Sequence[Any]) -> str:
        """The text of what a comparison has on its right, at the beginning of the items."""
        start = end = None
        for item in items:
            is_sign = type(item) is Token
            if is_sign and end is not None and BINDING[item.value] <= COMPARISON:
                break
            span = self.span(item) if is_sign else item.span
            start = start or span
            end = span if not is_sign else None
        assert start
        assert end
        return self.source.text[start.start : end.end]

    def chained(self, done: list[Any], first: Token, second: Token, rest: Sequence[Any]) -> None:
        left, middle = done[-2].span.text, done[-1].span.text
        right = self.operand(rest)
        helps = (f"write `{left} {first.value} {middle} and {middle} {second.value} {right}`",)
        if second.value in ("==", "!=") and first.value not in ("==", "!="):
            helps = (f"write `({left} {first.value} {middle}) {second.value} {right}`",)
        short = len(left) + len(middle) < 60 and "\n" not in left + middle
        self.report(
            "E0117",
            "comparisons cannot be chained",
            self.span(second),
            helps=helps if short else ("join two comparisons with `and`",),
        )
