"""The textual form of a graph, so that a pass is shown and tested alone.

    input %x: f64[B]
    param %w: f64
    %y: f64[B] = multiply(%w, %x)
    output y = %y

Printing and reading are inverse but for spans and documentation. Values get unique names.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from functools import cache
from typing import Any

import lark

from gradc import resources
from gradc.ir.graph import Dim, Graph, Initialiser, Input, Loss, Output, Param
from gradc.ir.library import Library
from gradc.ir.node import Apply, Captured, Carried, Collected, Fragment, Node, Scan, Value, Walked
from gradc.ir.origin import Origin
from gradc.ir.sizes import Poly, Size, dimension, floor_divide, maximum, minimum, size_text
from gradc.ir.types import Check, Type


def print_graph(graph: Graph) -> str:
    """The text of a graph."""
    return Printer().graph(graph)


class Printer:
    """Writes nodes, each value under a name of its own."""

    def __init__(self) -> None:
        self.names: dict[Value, str] = {}
        self.taken: set[str] = set()
        self.numbers: dict[str, int] = {}  # the last one behind each name

    def name(self, value: Value) -> str:
        if value not in self.names:
            made, number = value.name or "v", self.numbers.get(value.name, 1)
            while made in self.taken:
                number += 1
                made = f"{value.name}.{number}"
            self.numbers[value.name] = number
            self.taken.add(made)
            self.names[value] = made
        return f"%{self.names[value]}"

    def typed(self, value: Value) -> str:
        return f"{self.name(value)}: {'weak ' if value.type.weak else ''}{value.type}"

    def graph(self, graph: Graph) -> str:
        lines = [
            f"dim {d.name}" + ("" if d.size is None else f" = {size_text(d.size)}")
            for d in graph.dims
        ]
        lines += [f"input {self.typed(i.value)}" for i in graph.inputs]
        lines += [f"param {self.typed(p.value)}" for p in graph.params]
        lines += [self.node(n) for n in graph.nodes]
        lines += [f"output {o.name} = {self.name(o.value)}" for o in graph.outputs]
        if graph.further:
            by = [f" wrt {', '.join(loss.wrt)}" * bool(loss.wrt) for loss in graph.losses]
            lines += [f"loss {x.name}{y}" for x, y in zip(graph.losses, by, strict=True)]
        elif graph.loss:
            lines.append(f"loss {graph.loss}")
        if graph.wrt and not graph.further:
            lines.append(f"wrt {', '.join(graph.wrt)}")
        lines += [
            f"check {c.relation}({size_text(c.left)}, {size_text(c.right)}) {_quoted(c.text)}"
            for c in graph.checks
        ]
        if graph.gradients:
            lines.append("adjoints")
            lines += [f"seed {s.name} = {self.typed(s.value)}" for s in graph.seeds]
            lines += [self.node(n) for n in graph.adjoints]
            lines += [f"gradient {g.name} = {self.name(g.value)}" for g in graph.gradients]
        return "\n".join(lines) + "\n"

    def listed(self, values: Iterable[Value]) -> str:
        return ", ".join(map(self.name, values))

    def node(self, node: Node) -> str:
        if not isinstance(node, Scan):
            return self.head(node)
        body = node.body
        lines = [self.node(n) for n in body.nodes]
        lines.append(f"yield {self.listed([r for r in body.results if r is not None])}")
        parameters = ", ".join(map(self.typed, body.parameters))
        inside = "\n".join(map(self.indented, lines))
        return f"{self.head(node)} do ({parameters})\n{inside}\nend"

    def head(self, node: Node) -> str:
        """A node without the body that it may have."""
        results = ", ".join(map(self.typed, node.results))
        line = f"{results} = {node.name}({self.listed(node.operands)})"
        stated = ", ".join(f"{name}={_value(value)}" for name, value in _attributes(node).items())
        return f"{line} {{{stated}}}" if stated else line

    @staticmethod
    def indented(text: str) -> str:
        return "\n".join(f"    {line}" for line in text.splitlines())


def _attributes(node: Node) -> dict[str, Any]:
    """What a node says beside its operands, by name."""
    match node:
        case Apply():
            return dict(zip((f.name for f in node.op.attributes), node.attrs, strict=True))
        case Scan():
            kept = tuple([i for i, slot in enumerate(node.carried) if slot.states is not None])
            starts = tuple([slot.start for slot in node.walked])
            return {
                "carried": len(node.carried),
                "axes": tuple(slot.axis for slot in node.walked),
                "stacked": tuple(slot.axis for slot in node.collected),
                "count": node.count,
                "reverse": node.reverse,
            } | (
                ({"starts": starts} if any(starts) else {})
                | ({"states": kept} if kept else {})
                | ({"block": node.block, "rows": node.rows} if node.rows is not None else {})
            )
    return {}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, Poly):
        return f"<{size_text(value)}>"
    if value is ...:
        return "..."
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    return int.__repr__(value) if isinstance(value, int) else float.__repr__(value)


def read_graph(text: str, library: Library) -> Graph:
    """The graph of a text. Raises ValueError where it makes no sense."""
    tree = parse(text)
    return Reader(library).graph(tree.children)


def parse(text: str, start: str = "start") -> Any:
    """The tree of a text."""
    return _parser(start).parse(text.strip() + "\n")


@cache
def _parser(start: str) -> Any:
    grammar = resources.text("grammars/ir.lark")
    return lark.Lark(grammar, parser="lalr", lexer="contextual", start=start)


class Reader:
    """Makes graphs of parsed text."""

    def __init__(self, library: Library):
        self.library = library
        self.values: dict[str, Value] = {}
        self.origin = Origin(None, "")

    def graph(self, items: Iterable[Any]) -> Graph:
        found: dict[str, list[Any]] = {
            k: []
            for k in "dim input param node output loss wrt seed gradient check adjoint".split()
        }
        kind = "node"
        for item in items:
            if item.data == "adjoints":
                kind = "adjoint"
            elif item.data == "node":
                found[kind].append(self.node(item.children))
            else:
                data = str(item.data)
                method = "argument" if data in ("input", "param") else data
                found[data].append(getattr(self, method)(item.children))
        loss, *further = found["loss"] or [None]
        wrt = tuple(name for names in found["wrt"] for name in names)
        return Graph(
            dims=tuple(found["dim"]),
            inputs=tuple(Input(v.name, v, None) for v in found["input"]),
            params=tuple(Param(v.name, v, Initialiser("zeros"), None) for v in found["param"]),
            nodes=tuple(found["node"]),
            outputs=tuple(found["output"]),
            loss=loss and loss.name,
            wrt=wrt or (loss.wrt if loss else ()),
            checks=tuple(found["check"]),
            adjoints=tuple(found["adjoint"]),
            seeds=tuple(found["seed"]),
            gradients=tuple(found["gradient"]),
            further=tuple(further),
        )

    def dim(self, parts: list[Any]) -> Dim:
        return Dim(str(parts[0]), self.size(parts[1]) if len(parts) > 1 else None)

    def argument(self, parts: list[Any]) -> Value:
        return self.result(parts)

    def result(self, parts: list[Any]) -> Value:
        name = str(parts[0])
        if name in self.values:
            raise ValueError(f"%{name} is made twice")
        self.values[name] = Value(name, self.type(parts[1]), named=True)
        return self.values[name]

    def operand(self, tree: Any) -> Value:
        name = str(tree.children[0])
        if name not in self.values:
            raise ValueError(f"%{name} is used before it is made")
        return self.values[name]

    def node(self, parts: list[Any]) -> Node:
        results, name, *rest = parts
        bodies = [r for r in rest if r is not None and r.data == "body"]
        operands = tuple(self.operand(r) for r in rest if r is not None and r.data == "operand")
        given = self.attrs(rest)
        if bodies:
            body = self.body([p for p in bodies[0].children if p is not None])
            return self.scan(operands, given, body, self.results(results))
        op = self.library.operation(str(name))
        attrs = tuple(given.get(f.name, f.default) for f in op.attributes)
        return Apply(op, operands, attrs, self.results(results), self.origin)

    def results(self, tree: Any) -> tuple[Value, ...]:
        return tuple(self.result(r.children) for r in tree.children)

    def attrs(self, parts: list[Any]) -> dict[str, Any]:
        """The attributes among the parts of a node."""
        return {
            str(a.children[0]): self.value(a.children[1])
            for part in parts
            if part is not None and part.data == "attrs"
            for a in part.children
            if a is not None
        }

    def body(self, parts: list[Any]) -> Fragment:
        parameters = tuple(self.result(p.children) for p in parts if p.data == "result")
        nodes = tuple(self.node(p.children) for p in parts if p.data == "node")
        results = tuple(self.operand(p) for p in parts if p.data == "operand")
        return Fragment(parameters, nodes, results)

    def scan(
        self,
        operands: tuple[Value, ...],
        given: dict[str, Any],
        body: Fragment,
        results: tuple[Value, ...],
    ) -> Scan:
        """A scan of what `given` says: how many operands are carried, the axes of the next ones."""
        carried, axes = given["carried"], given["axes"]
        places = list(zip(axes, given.get("starts", (0,) * len(axes)), strict=True))
        walked = carried + len(axes)
        values = [r for r in body.results if r is not None]
        handed = list(zip(body.parameters, operands, strict=True))
        left = list(zip(values, results, strict=False))
        states = dict(zip(given.get("states", ()), results[len(values) :], strict=True))
        return Scan(
            tuple(Carried(*handed[i], *left[i], states.get(i)) for i in range(carried)),
            tuple(Walked(*s, *at) for s, at in zip(handed[carried:walked], places, strict=True)),
            tuple(Captured(*slot) for slot in handed[walked:]),
            tuple(
                Collected(*slot, axis)
                for slot, axis in zip(left[carried:], given["stacked"], strict=True)
            ),
            body.nodes, given["count"], self.origin, reverse=given["reverse"],
            block=given.get("block"), rows=given.get("rows"),
        )  # fmt: skip

    def output(self, parts: list[Any]) -> Output:
        return Output(str(parts[0]), self.operand(parts[1]), None)

    gradient = output

    def seed(self, parts: list[Any]) -> Output:
        return Output(str(parts[0]), self.result(parts[1].children), None)

    def loss(self, parts: list[Any]) -> Loss:
        name, *by = map(str, parts)
        return Loss(name, tuple(by))

    def wrt(self, parts: list[Any]) -> list[str]:
        return [str(p) for p in parts]

    def check(self, parts: list[Any]) -> Check:
        relation, left, right, text = parts
        return Check(str(relation), self.size(left), self.size(right), ast.literal_eval(text))

    def type(self, tree: Any) -> Type:
        parts = list(tree.children)
        weak = str(parts[0]) == "weak"
        if weak:
            parts.pop(0)
        shape = parts[1].children if len(parts) > 1 else []
        return Type(str(parts[0]), tuple(self.size(s) for s in shape if s is not None), weak)

    def size(self, tree: Any) -> Size:
        parts = tree.children
        match str(tree.data):
            case "integer":
                return int(parts[0])
            case "dimension":
                return dimension(str(parts[0]))
            case "negated":
                return -self.size(parts[0])
            case "called":
                function = {"max": maximum, "min": minimum}[str(parts[0])]
                return function(self.size(parts[1]), self.size(parts[2]))
        left, right = self.size(parts[0]), self.size(parts[1])
        match str(tree.data):
            case "added":
                return left + right
            case "subtracted":
                return left - right
            case "multiplied":
                return left * right
        return floor_divide(left, right)

    def value(self, tree: Any) -> Any:
        parts = tree.children
        match str(tree.data):
            case "number":
                return ast.literal_eval(parts[0])
            case "string":
                return ast.literal_eval(parts[0])
            case "size_value":
                return self.size(parts[0])
            case "ellipsis":
                return ...
            case "items":
                return tuple(self.value(p) for p in parts if p is not None)
        words = {"true": True, "false": False, "none": None, "inf": math.inf, "-inf": -math.inf}
        return words.get(str(parts[0]), math.nan)
