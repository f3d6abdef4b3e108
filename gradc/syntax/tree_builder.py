"""The builder: makes the tree while the parser reduces.

Its parts are `operators.py`, `expressions.py`, `statements.py`, and here files and the stanzas of
operation libraries. Methods are named after the rules of `grammars/graph.lark`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradc.diagnostics import Diagnostic
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.docs import Docs
from gradc.syntax.statements import Block, StatementBuilder


@dataclass(slots=True)
class _Rules:
    """The `vjp` statements of one line, or of one block, in an operation."""

    statements: tuple[tree.Statement, ...]


class Builder(StatementBuilder):
    """Makes the tree of one file at a time: `begin` before a parse, then the parser calls."""

    def begin(self, source: Source, text: str, docs: Docs) -> None:
        """Starts on a source. `text` is what is parsed: the source's, or parts of it blanked."""
        self.source = source
        self.parsed = text
        self.docs = docs
        self.found: list[Diagnostic] = []

    def graph(self, c: list[Any]) -> tree.Module:
        return tree.Module(self.source, tuple(c), self.docs.module)

    library = graph

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

    op_body = StatementBuilder.block

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
