"""Expressions and types: the half of the builder that makes values.

Methods are named after the rules and aliases of `grammars/graph.lark` and get the list of their
children; the parser calls them as it reduces, so no intermediate tree exists.
"""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import Help, Replacement, near_miss
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import normal_name
from gradc.syntax.lalr import Token
from gradc.syntax.numerals import grouped, read_number
from gradc.syntax.operators import OperationBuilder
from gradc.syntax.tree import MAX_DEPTH

_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_SIZES = pattern(r"\[[^\[\]\n]*\]")
_TYPED = pattern(r"\s*(\w+)\s*:\s*")
_ESCAPE = pattern(r"\\(.)")
_DTYPES = ("f32", "f64", "i32", "i64", "bool")
_OTHER_DTYPES = {
    "float": "f64", "float32": "f32", "float64": "f64", "single": "f32", "double": "f64",
    "real": "f64", "fp32": "f32", "fp64": "f64", "number": "f64", "num": "f64", "floating": "f64",
    "int": "i64", "int32": "i32", "int64": "i64", "integer": "i64", "long": "i64", "short": "i32",
    "int8": "i32", "int16": "i32", "uint8": "i64", "uint32": "i64", "uint64": "i64", "index": "i64",
    "boolean": "bool", "bool_": "bool", "logical": "bool",
}  # fmt: skip
_HALVES = ("half", "float16", "f16", "fp16", "bfloat16", "bf16")
_FLOATS = ("float", "real", "number", "num", "floating")
_ARRAYS = ("tensor", "array", "ndarray", "matrix", "vector", "list", "variable")
_LAST = "`{0}` is an argument by its name, and those stand last; `==` compares"


class ExpressionBuilder(OperationBuilder):
    """Makes expressions and types."""

    # --- atoms -------------------------------------------------------------------------------

    def name(self, c: list[Any]) -> tree.Name:
        token = c[0]
        name = token.value
        span = Span(self.source, token.start_pos, token.end_pos)
        return tree.Name(span, name if name.isascii() else normal_name(name))

    def number(self, c: list[Any]) -> tree.Number:
        token = c[0]
        span = Span(self.source, token.start_pos, token.end_pos)
        value, message, helps = read_number(token.value)
        if message and (number := grouped(self.source.line_text(span.line), span.column - 1)):
            comma, helps = number
            start = span.start - span.column + 1 + comma
            place = Span(self.source, start, start + 1)
            self.report("E0123", "a number has no `,`", place, helps=helps)
        elif message:
            self.report("E0109", message, span, helps=helps)
        return tree.Number(span, token.value, value)

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

    def list_expr(self, c: list[Any]) -> tree.ListExpr:
        items = tuple(c[1:-1])
        depth = 1 + max((item.depth for item in items), default=0)
        if depth > MAX_DEPTH:
            self.too_deep(self.span(c[0]))
        return tree.ListExpr(self.reach(c[0], c[-1]), items, depth)

    def row(self, c: list[Any]) -> Any:
        """What several targets are bound to: a list without brackets, or what gives several."""
        if len(c) == 1:
            return c[0]
        # No brackets, no level: it nests as far as its parts do.
        return tree.ListExpr(self.reach(c[0], c[-1]), tuple(c), max(item.depth for item in c))

    # --- postfixes ---------------------------------------------------------------------------

    def _named_last(self, node: Any, c: list[Any]) -> tuple[Help, ...]:
        """`x + Dense(x, 3) as att`: the name is of the last call, in parentheses with it."""
        last = node.right if isinstance(node, tree.Binary) else None
        if not isinstance(last, tree.Call) or last.instance:
            return ()
        before = node.span.text[: last.span.start - node.span.start]
        text = f"{before}({last.span.text} as {c[2].value})"
        return (Help(f"write `{text}`", [Replacement(self.reach(c[0], c[2]), text)]),)

    def instance(self, c: list[Any]) -> Any:
        node, _, name = c
        if not isinstance(node, tree.Call):
            message = "`as` names a call, and this is not one"
            self.report("E0119", message, node.span, helps=self._named_last(node, c))
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
                    before = args[args.index(arg) - 1]
                    helps = (_LAST.format(before.span.text),)
                    self.report("E0121", message, arg.span, helps=helps)
                    return
            elif arg.keyword.name in seen:
                self.report("E0121", f"`{arg.keyword.name}` is given twice", arg.keyword.span)
            else:
                seen.add(arg.keyword.name)

    def argument(self, c: list[Any]) -> tree.Argument:
        if len(c) == 1:
            value = c[0]
            return tree.Argument(value.span, None, value)
        if len(c) == 3:
            value = self.instance(c)
            return tree.Argument(value.span, None, value)
        value = c[1]
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

    # --- types -------------------------------------------------------------------------------

    def type(self, c: list[Any]) -> tree.TypeExpr | tree.Identifier:
        if self.kinds and len(c) == 1 and c[0].value not in _DTYPES:
            return self.identifier(c[0])
        dtype, rest = None, c
        if c[0].type == "NAME":
            dtype, rest = self.dtype_name(c[0]), c[1:]
        sizes = tuple(rest[1:-1]) if rest else None
        return tree.TypeExpr(self.reach(c[0], c[-1]), dtype, sizes)

    def dtype_name(self, token: Token) -> str:
        name: str = token.value
        if name not in _DTYPES:
            message = f"`{name}` is not an element type"
            self.report("E0120", message, self.span(token), helps=self.meant(name, token))
        return name

    def meant(self, name: str, token: Token) -> tuple[str, ...]:
        """What to say of a type that is none."""
        low = name.lower()
        sizes = _SIZES.match(self.source.text, token.end_pos or 0)
        line = self.source.text[: token.start_pos].rpartition("\n")[2]
        value = self.source.text[token.end_pos :].partition("\n")[0].partition("#")[0]
        bound = _TYPED.fullmatch(line)
        if bound and low in ("float", "real", "number") and value.lstrip()[:1] == "=":
            return (f"leave it out: `{bound[1]} {value.strip()}`",)
        from gradc.syntax.habits.shapes import headed, stated_element  # noqa: PLC0415  as above

        if (declared := headed(self.source, self.span(token))) is not None:
            return (declared,)
        element = stated_element(self.source.text)
        if low in _HALVES:
            return ("write `f32`: there is no half precision",)
        if meant := _OTHER_DTYPES.get(low):
            own = element if low in _FLOATS else ""
            return (f"did you mean `{own or meant}`?",)
        if low in _ARRAYS:
            shown = sizes[0] if sizes else "[3]"
            types = (f"`f32{shown}`",) if element else (f"`{shown}`", f"`f32{shown}`")
            return (f"the type of an array is its shape: {', or '.join(types)}",)
        if low == "scalar":
            return ("leave it out: a value without a shape is a scalar",)
        if low.startswith("complex"):
            return ("there are no complex numbers: the element types are real, `f64` or `f32`",)
        near = near_miss(name, _DTYPES)
        return near or ("the element types are `f32`, `f64`, `i32`, `i64` and `bool`",)


def _item_depth(item: Any) -> int:
    if isinstance(item, tree.Slice):
        parts = (item.start, item.stop, item.step)
        return 1 + max((part.depth for part in parts if part is not None), default=0)
    depth: int = getattr(item, "depth", 1)
    return depth
