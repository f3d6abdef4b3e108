"""Lower: the steps of a routine to statements of Python, with names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradc.ir.graph import Node, Value
from gradc.ir.operation import Formal
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.types import Type
from gradc.targets.numpy import attributes, expression
from gradc.targets.numpy.expression import (
    Atom,
    Binary,
    Call,
    Expr,
    Items,
    Subscript,
    Unary,
    statement,
)
from gradc.targets.numpy.helpers import for_type
from gradc.targets.numpy.identifiers import Names
from gradc.targets.numpy.special import SPECIAL
from gradc.targets.numpy.spelling import spelling_of
from gradc.targets.numpy.templates import Default, statement_template, template

_GUARDED = "0 where the branch was not taken"
_AUGMENTED = frozenset({"+", "-", "*", "/", "//", "%"})


@dataclass(slots=True)
class Line:
    """The text of one statement."""

    statement: Statement
    lines: list[str]
    bare: str = ""  # the first line without its comment, where the statement is one line
    inner: list[Line] | None = None  # the statements of a loop's body, between heads and tails
    heads: Sequence[str] = ()
    tails: Sequence[str] = ()


@dataclass(slots=True)
class Shared:
    """What the functions of a module share: names, constants, helpers."""

    module: Names
    spelled: dict[Value, str] = field(default_factory=dict)  # names known in every function
    dims: dict[str, str] = field(default_factory=dict)  # what each dimension is called
    constants: dict[Any, tuple[str, Node]] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)

    def constant_array(self, node: Node) -> Expr:
        """A module-level constant; equal ones are one."""
        key = (repr(node.attrs), node.result.type)
        if key not in self.constants:
            self.constants[key] = (self.module.claim(node.result.name), node)
        return Atom(self.constants[key][0])


class Lowering:
    """Lowers one block. `used_dims` is what it refers to by name, known when it is done."""

    def __init__(
        self,
        block: Block,
        shared: Shared,
        names: Mapping[Value, str],
        *,
        typed: Callable[[Value], bool],
        margin: int = 0,
        counters: Sequence[str] = (),
    ):
        self.block, self.shared, self.names, self.typed = block, shared, names, typed
        self.counters = counters  # what counts steps, by how deep the loop stands
        self.margin = margin  # by which the lines will be moved to the right
        self.expressions: dict[Value, Expr] = {}  # of what has no name
        self.used_dims: set[str] = set()
        self.guarded: set[Value] = set()  # made by a statement that holds a guard
        self.bound: dict[str, Value] = {}  # which value each variable holds now

    def run(self) -> list[Line]:
        lines = []
        for planned in self.block.statements:
            for node in planned.inner:
                self._guards(node)
                self.expressions[node.results[0]] = self.expression(node)
            lines.append(self._line(planned))
            for result in planned.node.results:
                self.bound[self.name(result)] = result
            freed = self._let_go(planned.frees)
            if freed:
                lines.append(Line(planned, [f"    del {', '.join(freed)}"]))
        return lines

    def name(self, value: Value) -> str:
        """The variable of a value, or the place in a stack that it is written to."""
        place = self.expressions.get(value)
        return self.names[value] if place is None else expression.text(place)

    def reference(self, value: Value) -> Expr:
        """A value where it is used: its expression where that is nested, else its variable."""
        nested = self.expressions.get(value)
        return Atom(self.names[value]) if nested is None else nested

    def dimension(self, name: str) -> str:
        """What a dimension is called here; notes that the routine needs it."""
        self.used_dims.add(name)
        return self.shared.dims[name]

    def constant_array(self, node: Node) -> Expr:
        return self.shared.constant_array(node)

    def helper(self, name: str) -> None:
        self.shared.helpers.add(name)

    def _let_go(self, values: Sequence[Value]) -> list[str]:
        freed = dict.fromkeys(self.names[v] for v in values if v in self.names)
        return [n for n in freed if self.bound.get(n) in values]

    # --- statements ---

    def written(self, head: str, expr: Expr, comment: str = "") -> list[str]:
        """The lines of a statement, wrapped so that they fit once they are moved to the right."""
        lines = statement(head, expr, comment, indent=4 + self.margin)
        return [line[self.margin :] for line in lines]

    def _line(self, statement: Statement) -> Line:
        if statement.repetition is not None:
            return self.loop(statement, statement.repetition)
        return self._statement(statement)

    def loop(self, statement: Statement, repetition: Repetition) -> Line:
        """The statements of a scan; `loops.py` knows how."""
        raise NotImplementedError

    def _statement(self, statement: Statement) -> Line:
        node, into = statement.node, statement.into
        if len(node.results) > 1:
            target = ", ".join(self.name(r) for r in node.results)
        else:
            target = self.name(node.result)
        # What is written into a stack has its type where the stack is made.
        comment = str(node.result.type) if self.typed(node.result) and target[-1] != "]" else ""
        if self._guards(node):
            comment = f"{comment}, {_GUARDED}" if comment else _GUARDED
        if spelling_of(node.op).statements:
            return Line(statement, self._several(node, into, comment))
        if into is not None and self.name(into) == target:
            augmented = self._augmented(node, into, _GUARDED if self._guards(node) else "")
            return Line(statement, augmented)
        out = None if into is None else Atom(self.name(into))
        expr = self.expression(node) if out is None else self._with_out(node, out)
        lines = self.written(f"{target} = ", expr, comment)
        bare = self.written(f"{target} = ", expr)[0].strip() if len(lines) == 1 else ""
        return Line(statement, lines, bare)

    def _guards(self, node: Node) -> bool:
        """Whether the statement holds a guard, its own or a nested one."""
        if node.op.name == "guard":
            self.guarded.add(node.result)
        elif any(v in self.guarded and v in self.expressions for v in node.operands):
            self.guarded.add(node.results[0])
        return node.results[0] in self.guarded

    def _augmented(self, node: Node, out: Value, comment: str) -> list[str]:
        """`z += b`, or a call with `out=` whose result needs no name."""
        operator = spelling_of(node.op).operator
        if operator in _AUGMENTED and len(node.operands) == 2:
            x, y = node.operands
            if x is out and y is not out:
                return self.written(f"{self.name(out)} {operator}= ", self.reference(y), comment)
            if y is out and x is not out and operator in ("+", "*"):
                return self.written(f"{self.name(out)} {operator}= ", self.reference(x), comment)
        return self.written("", self._with_out(node, Atom(self.name(out))), comment)

    def _several(self, node: Node, into: Value | None, comment: str) -> list[str]:
        """A lowering of several statements; a copy of memory that dies is left out."""
        filler = self._filler(node, [self.reference(v) for v in node.operands])
        for formal, result in zip(node.op.result_names, node.results, strict=True):
            filler[formal] = Atom(self.name(result))
        lines: list[str] = []
        texts = spelling_of(node.op).statements
        if into is not None:
            texts = texts[1:]
            if self.name(into) != self.name(node.result):
                lines += self.written(
                    f"{self.name(node.result)} = ", Atom(self.name(into)), comment
                )
        for text in texts:
            filled = statement_template(text)
            head = "" if filled.target is None else expression.text(filled.target(filler))
            value = filled.value(filler)
            first = not lines and into is None
            lines += self.written(head + filled.head, value, comment if first else "")
        return lines

    # --- expressions ---

    def expression(self, node: Node) -> Expr:
        """A node where its value is used."""
        operands = [self.reference(v) for v in node.operands]
        special = SPECIAL.get(node.op.name)
        if special is not None:
            return special(node, operands, self)
        expr = self._plain(node, operands)
        kind = node.result.type
        if kind.weak:
            return _weakened(node, operands, kind, expr)
        if not kind.shape and spelling_of(node.op).boxed:
            return Subscript(expr, [Atom("()")])
        return expr

    def _plain(self, node: Node, operands: Sequence[Expr]) -> Expr:
        spelling = spelling_of(node.op)
        function = for_type(spelling.function, node.result.type.dtype)
        if function:
            self.helper(function)
        if spelling.operator:
            if len(operands) == 1:
                return Unary(spelling.operator, operands[0])
            return Binary(spelling.operator, operands[0], operands[1])
        if spelling.ufunc:
            return Call(Atom(spelling.ufunc), operands)
        filler = self._filler(node, operands)
        if function:
            filler[spelling.function] = Atom(function)
        return template(spelling.text)(filler)

    def _with_out(self, node: Node, out: Expr) -> Expr:
        operands = [self.reference(v) for v in node.operands]
        spelling = spelling_of(node.op)
        if spelling.ufunc:
            return Call(Atom(spelling.ufunc), operands, [("out", out)])
        call = template(spelling.text)(self._filler(node, operands))
        assert isinstance(call, Call)
        return Call(call.function, call.args, [*call.keywords, ("out", out)])

    def _filler(self, node: Node, operands: Sequence[Expr]) -> dict[str, Expr | Default | None]:
        """What the names of a stanza's template stand for at this node."""
        filler: dict[str, Expr | Default | None] = {}
        rest = len(operands) - len(node.op.operands) + 1
        position = 0
        for formal in node.op.operands:
            if formal.is_list:
                filler[formal.name] = Items(operands[position : position + rest], "[]")
                position += rest
            else:
                filler[formal.name] = operands[position]
                position += 1
        for formal, value in zip(node.op.attributes, node.attrs, strict=True):
            filler[formal.name] = self._attribute(formal, value)
        return filler

    def _attribute(self, formal: Formal, value: Any) -> Expr | Default | None:
        found = attributes.attribute(formal.kind, value, self.dimension)
        if found is not None and not formal.required and repr(value) == repr(formal.default):
            return Default(found)
        return found


_CASTS: Mapping[str, str] = {"f64": "float", "i64": "int", "bool": "bool"}


def _weakened(node: Node, operands: Sequence[Expr], kind: Type, expr: Expr) -> Expr:
    """A number made of sizes stays a Python number, so that it does not widen an f32 array."""
    if node.op.name in ("add", "subtract", "multiply", "negative"):
        return expr
    if spelling_of(node.op).ufunc:
        expr = Call(Atom(spelling_of(node.op).ufunc), operands)
    return Call(Atom(_CASTS[kind.dtype]), [expr])
