"""The textual form of a plan: statements, the memory that they share, and what is let go.

    forward(%w: f64[B]) {
        with %two: weak i64 = constant() {value=2, text="2"}
        %x: f64[B] = multiply(%w, %two)
        %y: f64[B] = exp(%x) into %x
        return %y
    }

What stands behind `with` is written within the statement that follows. `into %x` says that the
result takes over the memory of an operand, `over %x` that it is written where a value was that
nothing reads any more, `frees %x` that the memory of a value is let go. Of a
scan `owns %h` says what its body may overwrite, `handed 0` in which slots the memory of the initial
value is the loop's, `copied 0` in which a step copies what it carries on, `inlined 3` which
arguments are read where they are used, `placed 2` which results go straight into their stacks.
Behind what a routine returns, `copied 0` says which of that it hands out as copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gradc.ir.library import Library
from gradc.ir.node import Fragment, Node, Scan, Value
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.text import Printer, Reader, parse

_SLOTS = ("handed", "copied", "inlined", "placed", "kept")


def _slots(scan: Scan, word: str) -> tuple[object, ...]:
    """The slots that the numbers behind a word mean: those of results, or of operands."""
    if word in ("placed", "kept"):
        return (*scan.carried, *scan.collected)
    return (*scan.carried, *scan.walked, *scan.captured)


def print_plan(blocks: dict[str, Block]) -> str:
    """The blocks by their names; a value goes by one name in all of them."""
    printer = _Printer()
    return "\n".join(printer.routine(name, block) for name, block in blocks.items())


class _Printer(Printer):
    def routine(self, name: str, block: Block) -> str:
        arguments = ", ".join(map(self.typed, block.arguments))
        lines = [*map(self.statement, block.statements), self.said("return", block.results)]
        lines[-1] += self.numbered("copied", sorted(block.copied))
        inside = "\n".join(map(self.indented, lines))
        return f"{name}({arguments}){self.noted('owns', block.owned)} {{\n{inside}\n}}\n"

    def said(self, word: str, values: Iterable[Value]) -> str:
        return f"{word} {self.listed(values)}".rstrip()

    def noted(self, word: str, values: Iterable[Value]) -> str:
        listed = sorted(map(self.name, values))
        return f" {word} {', '.join(listed)}" if listed else ""

    def statement(self, statement: Statement) -> str:
        lines = [f"with {self.head(node)}" for node in statement.inner]
        text = self.head(statement.node)
        if statement.repetition is not None:
            text += self.repetition(statement.repetition)
        if statement.into is not None:
            text += f" into {self.name(statement.into)}"
        if statement.over is not None:
            text += f" over {self.name(statement.over)}"
        if statement.frees:
            text += f" frees {self.listed(statement.frees)}"
        return "\n".join([*lines, text])

    def repetition(self, repetition: Repetition) -> str:
        body = repetition.body
        parameters = ", ".join(map(self.typed, body.arguments))
        lines = [*map(self.statement, body.statements), self.said("yield", body.results)]
        inside = "\n".join(map(self.indented, lines))
        text = f" do ({parameters}){self.noted('owns', body.owned)}\n{inside}\nend"
        for word in _SLOTS:
            slots = getattr(repetition, word)
            positions = [i for i, s in enumerate(_slots(repetition.scan, word)) if s in slots]
            text += self.numbered(word, positions)
        return text

    def numbered(self, word: str, positions: Sequence[int]) -> str:
        return f" {word} {', '.join(map(str, positions))}" if positions else ""


def read_plan(text: str, library: Library) -> dict[str, Block]:
    """The blocks of a text. Raises ValueError where it makes no sense."""
    reader = _Reader(library)
    return dict(reader.routine(tree.children) for tree in parse(text, start="plan").children)


class _Reader(Reader):
    """A value that a routine makes or takes may be that of a routine before it."""

    def __init__(self, library: Library):
        super().__init__(library)
        self.earlier: dict[str, Value] = {}
        self.inner: dict[str, Node] = {}  # what stands within several statements is one node

    def result(self, parts: list[Any]) -> Value:
        value = super().result(parts)
        known = self.earlier.get(value.name)
        if known is not None and known.type == value.type:
            self.values[value.name] = value = known
        return value

    def routine(self, parts: list[Any]) -> tuple[str, Block]:
        self.earlier |= self.values
        self.values, self.inner = {}, {}
        name, *rest = parts
        return str(name), self.block([p for p in rest if p is not None])

    def block(self, parts: list[Any]) -> Block:
        arguments = tuple(self.result(p.children) for p in parts if p.data == "result")
        statements = tuple(self.statement(p.children) for p in parts if p.data == "statement")
        results = tuple(self.operand(p) for p in parts if p.data == "operand")
        owned = frozenset(self.operand(v) for p in parts if p.data == "owns" for v in p.children)
        copied = frozenset(int(n) for p in parts if p.data == "copied" for n in p.children)
        return Block(arguments, statements, results, owned, copied)

    def statement(self, parts: list[Any]) -> Statement:
        inner = tuple(self.within(p.children[0].children) for p in parts if p.data == "within")
        notes = {p.data: p.children for p in parts if p.data not in ("within", "planned")}
        (planned,) = (p.children for p in parts if p.data == "planned")
        bodies = [p for p in planned if getattr(p, "data", "") == "repetition"]
        repetition = None
        if bodies:
            repetition = self.repetition(planned, bodies[0].children)
            node: Node = repetition.scan
        else:
            node = self.node(planned)
        into = self.operand(notes["into"][0]) if "into" in notes else None
        over = self.operand(notes["over"][0]) if "over" in notes else None
        frees = tuple(self.operand(v) for v in notes.get("frees", ()))
        return Statement((*inner, node), into, over, frees, repetition)

    def within(self, parts: list[Any]) -> Node:
        name = str(parts[0].children[0].children[0])
        if name not in self.inner:
            self.inner[name] = self.node(parts)
        return self.inner[name]

    def repetition(self, planned: list[Any], parts: list[Any]) -> Repetition:
        results, _, *rest = planned
        operands = tuple(self.operand(p) for p in rest if p is not None and p.data == "operand")
        block = self.block([p for p in parts if p is not None and p.data not in _SLOTS])
        body = Fragment(block.arguments, block.nodes, block.results)
        scan = self.scan(operands, self.attrs(rest), body, self.results(results))
        listed = {
            str(p.data): [int(n) for n in p.children]
            for p in parts
            if p is not None and p.data in _SLOTS
        }
        slots: dict[str, Any] = {
            word: frozenset(_slots(scan, word)[i] for i in positions)
            for word, positions in listed.items()
        }
        return Repetition(scan, block, **slots)
