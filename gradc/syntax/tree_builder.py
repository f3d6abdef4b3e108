"""The builder: makes the tree while the parser reduces.

Its parts are `operators.py`, `expressions.py`, and here statements and the stanzas of operation
libraries. Methods are named after the rules of `grammars/graph.lark`.
"""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import Diagnostic
from gradc.records import dataclass
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.docs import Docs
from gradc.syntax.expressions import ExpressionBuilder
from gradc.syntax.lalr import Token


@dataclass(slots=True)
class Block:
    span: Span
    statements: tuple[tree.Statement, ...]


@dataclass(slots=True)
class _Rules:
    """The `vjp` statements of one line, or of one block, in an operation."""

    statements: tuple[tree.Statement, ...]


class Builder(ExpressionBuilder):
    """Makes the tree of one file at a time: `begin` before a parse, then the parser calls."""

    parsed: str
    docs: Docs

    def begin(self, source: Source, text: str, docs: Docs, *, kinds: bool) -> None:
        """Starts on a source. `text` is what is parsed: the source's, or parts of it blanked."""
        self.kinds = kinds
        self.source = source
        self.parsed = text
        self.docs = docs
        self.found: list[Diagnostic] = []

    def graph(self, c: list[Any]) -> tree.Module:
        return tree.Module(self.source, tuple(c), self.docs.module)

    library = graph

    # --- blocks and documentation ------------------------------------------------------------

    def block(self, c: list[Any]) -> Block:
        span = self.reach(c[0], c[-1])
        if len(c) == 2:
            self.empty_block(span)
        return Block(span, tuple(c[1:-1]))

    def empty_block(self, span: Span) -> None:
        # A block whose only statement was blanked out after an error has been reported already.
        if self.parsed[span.start : span.end] == span.text:
            self.report("E0115", "this block is empty", span)

    def doc(self, token: Token) -> str:
        return self.docs.by_offset.get(token.start_pos, "")

    # --- values ------------------------------------------------------------------------------

    def assign(self, c: list[Any]) -> tree.Assign:
        value = c.pop()
        if type(value) is Token:
            value = self.instance([c.pop(-2), c.pop(), value])
        start = c[0].name.span.start
        span = Span(self.source, start, value.span.end)
        doc = self.docs.by_offset.get(start, "")
        return tree.Assign(span, tuple(c), value, doc=doc)

    def role_assign(self, c: list[Any]) -> tree.Assign:
        targets = tuple(child for child in c if isinstance(child, tree.Target))
        span = self.reach(c[0], c[-1])
        by = self._clause(c)
        value, *rest = c[1 + len(targets) :]
        axis = rest[1] if rest else None
        if rest and c[0].type != "OUTPUT":
            self.report("E0123", "only an `output` has an `axis`", self.span(rest[0]))
        return tree.Assign(span, targets, value, c[0].value, axis, self.doc(c[0]), by)

    def mark(self, c: list[Any]) -> tree.Mark:
        names = []
        span = self.reach(c[0], c[-1])
        by = self._clause(c)
        for target in c[1:]:
            if target.type:
                message = "a type can be stated only where the value is given"
                self.report("E0123", message, target.type.span, helps=("add ` = …`",))
            if target.name.name == "_":
                self.report("E0111", "`_` is no value", target.span)
            names.append(target.name)
        return tree.Mark(span, c[0].value, tuple(names), by)

    def _clause(self, c: list[Any]) -> tree.WrtDecl | None:
        """Takes `wrt critic, s` from the end of a statement."""
        if not isinstance(c[-1], tree.WrtDecl):
            return None
        by: tree.WrtDecl = c.pop()
        if c[0].type != "LOSS":
            self.report("E0123", "only a `loss` has a `wrt`", by.span)
        return by

    def target(self, c: list[Any]) -> tree.Target:
        token = c[0]
        if token.type == "DISCARD" and token.value != "_":
            message = f"`{token.value}` begins with an underscore"
            name = token.value.lstrip("_")
            helps = (f"names begin with a letter: `{name}`",) if name[:1].isalpha() else ()
            self.report("E0111", message, self.span(token), helps=helps)
        return tree.Target(self.identifier(token), c[1] if len(c) > 1 else None)

    # --- declarations ------------------------------------------------------------------------

    def dim(self, c: list[Any]) -> tree.DimDecl:
        span = Span(self.source, c[0].start_pos, c[-1][-1].span.end)
        items = tuple((item[0], item[1] if len(item) > 1 else None) for item in c[1:])
        return tree.DimDecl(span, items, self.doc(c[0]))

    def dim_item(self, c: list[Any]) -> list[Any]:
        return [self.identifier(c[0]), *c[1:]]

    def dtype(self, c: list[Any]) -> tree.DtypeDecl:
        return tree.DtypeDecl(self.reach(c[0], c[1]), self.dtype_name(c[1]))

    def declaration(
        self, c: list[Any]
    ) -> tuple[Span, tree.Identifier, tree.TypeExpr | None, Any, str]:
        """Span, name, type, value and documentation: the parts that declarations share."""
        rest = c[2:]
        type_ = rest.pop(0) if rest and isinstance(rest[0], tree.TypeExpr) else None
        value = rest[-1] if rest else None
        return self.reach(c[0], c[-1]), self.identifier(c[1]), type_, value, self.doc(c[0])

    def input(self, c: list[Any]) -> tree.InputDecl:
        return tree.InputDecl(*self.declaration(c))

    def const(self, c: list[Any]) -> tree.ConstDecl:
        return tree.ConstDecl(*self.declaration(c))

    def state(self, c: list[Any]) -> tree.StateDecl:
        return tree.StateDecl(*self.declaration(c))

    def param(self, c: list[Any]) -> tree.ParamDecl:
        span, name, type_, value, doc = self.declaration(c)
        if len(c) > 3 and isinstance(c[-2], Token) and c[-2].type == "TILDE":
            if not isinstance(value, (tree.Name, tree.Call, tree.Member)):
                from gradc.syntax.habits.draws import undrawn  # noqa: PLC0415  help with it

                self.report(
                    "E0123",
                    "expected an initialiser after `~`",
                    value.span,
                    helps=undrawn(span.text, value, type_),
                )
            return tree.ParamDecl(span, name, type_, value, None, doc)
        return tree.ParamDecl(span, name, type_, None, value, doc)

    def wrt(self, c: list[Any]) -> tree.WrtDecl:
        return tree.WrtDecl(self.reach(c[0], c[-1]), tuple(c[1:]))

    by = wrt

    def path(self, c: list[Any]) -> tree.Identifier:
        parts = [self.identifier(token).name for token in c]
        return tree.Identifier(self.reach(c[0], c[-1]), ".".join(parts))

    def update(self, c: list[Any]) -> tree.Update:
        return tree.Update(self.reach(c[0], c[-1]), self.identifier(c[1]), c[2])

    def result(self, c: list[Any]) -> tree.Return:
        return tree.Return(self.reach(c[0], c[-1]), tuple(c[1:]))

    # --- definitions -------------------------------------------------------------------------

    def function(self, c: list[Any]) -> tree.FnDef:
        parameters = tuple(child for child in c if isinstance(child, tree.Parameter))
        results = tuple(child for child in c if isinstance(child, tree.TypeExpr))
        self.check_parameters(parameters)
        body = c[-1]
        statements = (
            body.statements if isinstance(body, Block) else (tree.Return(body.span, (body,)),)
        )
        return tree.FnDef(
            self.reach(c[0], body),
            c[0].value,
            self.identifier(c[1]),
            parameters,
            results or None,
            statements,
            self.doc(c[0]),
        )

    def parameter(self, c: list[Any]) -> tree.Parameter:
        type_ = default = kind = None
        for child in c[1:]:
            if isinstance(child, tree.TypeExpr):
                type_ = child
            elif isinstance(child, tree.Identifier):
                kind = child
            else:
                default = child
        span = self.reach(c[0], c[-1])
        return tree.Parameter(span, self.identifier(c[0]), type_, default, kind)

    op_parameter = parameter

    def check_parameters(self, parameters: tuple[tree.Parameter, ...]) -> None:
        defaulted, default = None, ""
        for parameter in parameters:
            if parameter.default is not None:
                defaulted, default = parameter, parameter.default.span.text
            elif defaulted:
                message = (
                    f"`{parameter.name.name}` needs a default,"
                    f" since it stands after `{defaulted.name.name}`, which has one"
                )
                own, first = parameter.span.text, defaulted.span.text
                help_ = f"write `{own}=0`, or put it before, here and in calls: `{own}, {first}`"
                idle = f"or leave out `= {default}`: each call says it then"
                self.report("E0121", message, parameter.span, helps=(help_, idle))

    def vjp(self, c: list[Any]) -> tree.VjpDef:
        name, *lists, block = c[1:]
        parameters, results, cotangents = lists if len(lists) == 3 else ((), *lists)
        return tree.VjpDef(
            self.reach(c[0], block),
            self.identifier(name),
            parameters,
            results,
            cotangents,
            block.statements,
        )

    def names(self, c: list[Any]) -> tuple[tree.Identifier, ...]:
        return tuple(map(self.identifier, c))

    # --- files -------------------------------------------------------------------------------

    def import_file(self, c: list[Any]) -> tree.Import:
        return tree.Import(self.reach(c[0], c[-1]), self.string_of(c[1]), self.identifier(c[3]))

    def import_names(self, c: list[Any]) -> tree.FromImport:
        path = self.string_of(c[1]) if c[1].type == "STRING" else self.name([c[1]])
        names = tuple(c[3:])
        span = Span(self.source, c[0].start_pos, names[-1][1].span.end)
        return tree.FromImport(span, path, names)

    def import_item(self, c: list[Any]) -> tuple[tree.Identifier, tree.Identifier]:
        return self.identifier(c[0]), self.identifier(c[-1])

    # --- loops -------------------------------------------------------------------------------

    def scan(self, c: list[Any]) -> tree.Scan:
        over = tuple(child for child in c if isinstance(child, tree.ScanOver))
        times = next((child[0] for child in c[3:] if isinstance(child, list)), None)
        unshared = any(isinstance(child, Token) and child.type == "UNSHARED" for child in c)
        span = self.reach(c[0], c[-1])
        return tree.Scan(span, c[1], c[2], over, times, unshared, c[-1].statements)

    def values(self, c: list[Any]) -> tuple[tree.Expr, ...]:
        return tuple(c)

    def over(self, c: list[Any]) -> tree.ScanOver:
        axis = c[4] if len(c) > 3 else None
        return tree.ScanOver(self.identifier(c[0]), c[2], axis)

    def times(self, c: list[Any]) -> list[Any]:
        return [c[1]]

    # --- stanzas of operation libraries -----------------------------------------------------

    def op(self, c: list[Any]) -> tree.OpDef:
        body: Block = c[-1]
        lines: tuple[Any, ...] = body.statements
        rules = tuple(s for line in lines if isinstance(line, _Rules) for s in line.statements)
        parameters = tuple(child for child in c if isinstance(child, tree.Parameter))
        self.check_parameters(parameters)
        return tree.OpDef(
            self.reach(c[0], body),
            self.identifier(c[1]),
            parameters,
            tuple(child for child in c if isinstance(child, tree.OpResult)),
            rules,
            tuple(line for line in lines if isinstance(line, tree.Clause)),
            self.doc(c[0]),
        )

    op_body = block

    def op_kind(self, c: list[Any]) -> tree.Identifier:
        return self.identifier(c[0])

    def op_dtype(self, c: list[Any]) -> tree.Argument:
        name = self.name(c)
        return tree.Argument(name.span, None, name)

    def op_result(self, c: list[Any]) -> tree.OpResult:
        call = self.call([self.name([c[1]]), *c[3:]])
        return tree.OpResult(self.identifier(c[0]), call)

    def rule(self, c: list[Any]) -> _Rules:
        return _Rules(c[1].statements if isinstance(c[1], Block) else (self.assign(c[1:]),))

    def clause(self, c: list[Any]) -> tree.Clause:
        items = tuple(
            self.string_of(token).value if token.type == "STRING" else str(token.value)
            for token in c[1:]
        )
        return tree.Clause(self.reach(c[0], c[-1]), c[0].value, items)

    def example(self, c: list[Any]) -> tree.ExampleDef:
        return tree.ExampleDef(self.reach(c[0], c[-1]), self.identifier(c[1]), tuple(c[2:-1]))

    def example_argument(self, c: list[Any]) -> tree.ExampleArgument:
        type_ = low = high = value = None
        for child in c[1:]:
            if isinstance(child, tree.TypeExpr):
                type_ = child
            elif isinstance(child, list):
                low, high = child
            else:
                value = child
        return tree.ExampleArgument(self.identifier(c[0]), type_, low, high, value)

    def example_range(self, c: list[Any]) -> list[Any]:
        return c[1:]
