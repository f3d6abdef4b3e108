"""Expressions and types: the half of the builder that makes values.

Methods are named after the rules and aliases of `grammars/graph.lark` and get the list of their
children; the parser calls them as it reduces, so no intermediate tree exists.
"""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

from lark import Token

from gradc.diagnostics import Diagnostic, error, near_miss
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.operators import BINDING, COMPARISON, NEGATION, NOT, RIGHT_ASSOCIATIVE
from gradc.syntax.text import normal_name
from gradc.syntax.tree import MAX_DEPTH

_NUMBER = re.compile(
    r"(?P<int>[0-9]+(?:_[0-9]+)*)?"
    r"(?P<fraction>\.(?:[0-9]+(?:_[0-9]+)*)?)?"
    r"(?P<exponent>[eE][+-]?[0-9]+(?:_[0-9]+)*)?"
)
_MAX_DIGITS = 300  # a size or an index needs 19; Python itself refuses 4300
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_ESCAPE = re.compile(r"\\(.)")
_DTYPES = ("f32", "f64", "i32", "i64", "bool")
_OTHER_DTYPES = {
    "float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "float": "f64",
    "double": "f64", "int": "i64", "boolean": "bool", "bool_": "bool",
}  # fmt: skip


class ExpressionBuilder:
    """Makes expressions and types. `found` collects the mistakes that do not stop the parse."""

    source: Source
    found: list[Diagnostic]

    # --- helpers -----------------------------------------------------------------------------

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start_pos or 0, token.end_pos or 0)

    def reach(self, first: Any, last: Any) -> Span:
        """The stretch from the start of a token or node to the end of another."""
        start = first.start_pos if isinstance(first, Token) else first.span.start
        end = last.end_pos if isinstance(last, Token) else last.span.end
        return Span(self.source, start, end)

    def identifier(self, token: Token) -> tree.Identifier:
        name = token.value
        span = Span(self.source, token.start_pos, token.end_pos)  # type: ignore[arg-type]
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

    # --- atoms -------------------------------------------------------------------------------

    def name(self, c: list[Any]) -> tree.Name:
        token = c[0]
        name = token.value
        span = Span(self.source, token.start_pos, token.end_pos)
        return tree.Name(span, name if name.isascii() else normal_name(name))

    def number(self, c: list[Any]) -> tree.Number:
        token = c[0]
        span = Span(self.source, token.start_pos, token.end_pos)
        return tree.Number(span, token.value, self.number_value(token.value, span))

    def number_value(self, text: str, span: Span) -> int | float:
        match = _NUMBER.fullmatch(text)
        if not match:
            self.report("E0109", f"`{text}` is not a number", span, helps=_number_help(text))
            return 0
        whole = match["int"] or ""
        if len(whole) > 1 and whole[0] == "0":
            hint = text.lstrip("0_")
            hint = hint if hint[:1].isdigit() else "0" + hint
            message = f"`{text}` begins with a zero"
            self.report("E0109", message, span, helps=(f"write `{hint}`",))
            return 0
        if match["fraction"] or match["exponent"]:
            value = float(text)
            if math.isinf(value):
                self.report("E0109", f"`{text}` is too large for a float", span, helps=("`inf`?",))
            return value
        if len(text) > _MAX_DIGITS:
            self.report("E0109", f"a number of {len(text)} digits is too long", span)
            return 0
        return int(text)

    def string(self, c: list[Any]) -> tree.String:
        return self.string_of(c[0])

    def string_of(self, token: Token) -> tree.String:
        span = self.span(token)
        body = token.value[1:-1]
        if "\\" not in body:
            return tree.String(span, body)
        for match in _ESCAPE.finditer(body):
            if match[1] not in _ESCAPES:
                place = span.start + 1 + match.start()
                self.report(
                    "E0110",
                    f"`{match[0]}` is no escape in a string",
                    Span(self.source, place, place + 2),
                    helps=("write `\\\\` for a backslash; `\\n`, `\\t` and quotes work too",),
                )
        return tree.String(span, _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), body))

    def keyword(self, c: list[Any]) -> tree.Keyword:
        return tree.Keyword(self.span(c[0]), {"true": True, "false": False}.get(c[0].value))

    def next(self, c: list[Any]) -> tree.Next:
        return tree.Next(self.reach(c[0], c[1]), self.identifier(c[1]))

    def group(self, c: list[Any]) -> Any:
        """Parentheses leave no node: what they hold is widened to them, one level deeper."""
        node = c[1]
        node.span = Span(self.source, c[0].start_pos, c[2].end_pos)
        node.depth += 1
        if node.depth > MAX_DEPTH:
            self.too_deep(self.span(c[0]))
        return node

    def list(self, c: list[Any]) -> tree.ListExpr:
        items = tuple(c[1:-1])
        depth = 1 + max((item.depth for item in items), default=0)
        if depth > MAX_DEPTH:
            self.too_deep(self.span(c[0]))
        return tree.ListExpr(self.reach(c[0], c[-1]), items, depth)

    # --- postfixes ---------------------------------------------------------------------------

    def instance(self, c: list[Any]) -> Any:
        node, _, name = c
        if not isinstance(node, tree.Call):
            self.report("E0119", "`as` names a call, and this is none", node.span)
        elif node.instance:
            message = f"this call already has the name `{node.instance.name}`"
            self.report("E0119", message, self.span(name))
        else:
            node.instance = self.identifier(name)
            node.span = self.reach(node, name)
        return node

    def call(self, c: list[Any]) -> tree.Call:
        callee = c[0]
        args = tuple(c[1:-1])
        depth = callee.depth
        for arg in args:
            if arg.value.depth > depth:
                depth = arg.value.depth
        if depth >= MAX_DEPTH:
            self.too_deep(self.span(c[-1]))
        if len(args) > 1:
            self.check_order(args)
        span = Span(self.source, callee.span.start, c[-1].end_pos)
        return tree.Call(span, callee, args, None, depth + 1)

    def check_order(self, args: tuple[tree.Argument, ...]) -> None:
        seen: set[str] = set()
        for arg in args:
            if arg.keyword is None:
                if seen:
                    message = "a positional argument stands after a keyword argument"
                    self.report("E0121", message, arg.span)
            elif arg.keyword.name in seen:
                self.report("E0121", f"`{arg.keyword.name}` is given twice", arg.keyword.span)
            else:
                seen.add(arg.keyword.name)

    def argument(self, c: list[Any]) -> tree.Argument:
        value = c[-1]
        if len(c) == 1:
            return tree.Argument(value.span, None, value)
        keyword = self.identifier(c[0])
        return tree.Argument(self.reach(c[0], value), keyword, value)

    def member(self, c: list[Any]) -> tree.Member:
        base, name = c
        if base.depth >= MAX_DEPTH:
            self.too_deep(self.span(name))
        span = self.reach(base, name)
        return tree.Member(span, base, self.identifier(name), base.depth + 1)

    def index(self, c: list[Any]) -> tree.Index:
        base, end = c[0], c[-1]
        items = tuple(c[1:-1])
        depth = max([base.depth, *map(_item_depth, items)]) + 1
        if depth > MAX_DEPTH:
            self.too_deep(self.span(end))
        return tree.Index(self.reach(base, end), base, items, depth)

    def slice(self, c: list[Any]) -> tree.Slice:
        parts: list[Any] = [None]
        for child in c:
            if isinstance(child, Token):
                parts.append(None)
            else:
                parts[-1] = child
        start, stop, step = (*parts, None)[:3]
        return tree.Slice(self.reach(c[0], c[-1]), start, stop, step)

    def ellipsis(self, c: list[Any]) -> tree.EllipsisItem:
        return tree.EllipsisItem(self.span(c[0]))

    def newaxis(self, c: list[Any]) -> tree.NewAxis:
        return tree.NewAxis(self.span(c[0]))

    # --- operators ---------------------------------------------------------------------------

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
        for item in c:
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
                    if strength == COMPARISON and waiting[-1][0] == COMPARISON:
                        self.chained(done, waiting[-1][1], item)
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
        op_span = Span(source, operator.start_pos, operator.end_pos)  # type: ignore[arg-type]
        if depth > MAX_DEPTH:
            self.too_deep(op_span)
        span = Span(source, left.span.start, right.span.end)
        return tree.Binary(span, operator.value, op_span, left, right, depth)

    def chained(self, done: list[Any], first: Token, second: Token) -> None:
        left, middle = done[-2].span.text, done[-1].span.text
        helps = (f"write `{left} {first.value} {middle} and {middle} {second.value} …`",)
        short = len(left) + len(middle) < 60 and "\n" not in left + middle
        self.report(
            "E0117",
            "comparisons cannot be chained",
            self.span(second),
            helps=helps if short else ("join two comparisons with `and`",),
        )

    # --- types -------------------------------------------------------------------------------

    def type(self, c: list[Any]) -> tree.TypeExpr:
        dtype, rest = None, c
        if c[0].type == "NAME":
            dtype, rest = self.dtype_name(c[0]), c[1:]
        sizes = tuple(rest[1:-1]) if rest else None
        return tree.TypeExpr(self.reach(c[0], c[-1]), dtype, sizes)

    def dtype_name(self, token: Token) -> str:
        name: str = token.value
        if name not in _DTYPES:
            meant = _OTHER_DTYPES.get(name.lower())
            helps = (f"did you mean `{meant}`?",) if meant else near_miss(name, _DTYPES)
            helps = helps or ("the element types are `f32`, `f64`, `i32`, `i64` and `bool`",)
            self.report("E0120", f"`{name}` is not an element type", self.span(token), helps=helps)
        return name


def _item_depth(item: Any) -> int:
    if isinstance(item, tree.Slice):
        parts = (item.start, item.stop, item.step)
        return 1 + max((part.depth for part in parts if part is not None), default=0)
    depth: int = getattr(item, "depth", 1)
    return depth


def _number_help(text: str) -> tuple[str, ...]:
    if re.fullmatch(r"[0-9][0-9_]*[A-Za-z_Α-ω]\w*", text) and not text.endswith("_"):
        digits = re.match(r"[0-9_]+", text)
        assert digits
        rest = text[digits.end() :]
        return (f"a product is written `{digits.group().rstrip('_')} * {rest}`",)
    if "_" in text:
        return ("`_` stands between two digits",)
    return ()
