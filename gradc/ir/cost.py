"""What a graph costs: operations, bytes moved, memory held, as formulas in its dimensions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.program import Program
from gradc.ir.sizes import Size, dimensions_of, product, substitute
from gradc.ir.types import BYTES, Type
from gradc.records import dataclass

_NOMINAL = 256  # what a free dimension counts for in an estimate


@dataclass(frozen=True, slots=True)
class Cost:
    """Arithmetic operations, and bytes read and written."""

    flops: Size
    bytes: Size

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flops + other.flops, self.bytes + other.bytes)

    def times(self, count: Size) -> Cost:
        return Cost(self.flops * count, self.bytes * count)


def count_of(value: Value) -> Size:
    """How many numbers a value holds."""
    return product(value.type.shape)


def bytes_of(value: Value) -> Size:
    return count_of(value) * BYTES[value.type.dtype]


def total(values: Iterable[Value]) -> Size:
    """The bytes of several values, each once."""
    found: Size = 0
    for value in dict.fromkeys(values):
        found = found + bytes_of(value)
    return found


def cost_of(nodes: Iterable[Node]) -> Cost:
    """The cost of running nodes once, one after the other."""
    cost = Cost(0, 0)
    for node in nodes:
        cost = cost + _node(node)
    return cost


def costs_of(joint: Graph, program: Program) -> dict[str, Cost]:
    """What forward costs, and what goes backward from each loss, by the names of routines."""
    found = {"forward": cost_of(joint.nodes)}
    return found | {part.backward: cost_of(part.graph.adjoints) for part in program.parts}


def _node(node: Node) -> Cost:
    if isinstance(node, Scan):
        if node.rows is not None:
            (name,) = dimensions_of(node.rows)
            cost = cost_of(node.nodes)
            there = {name: node.count}
            return Cost(substitute(cost.flops, there), substitute(cost.bytes, there))
        return cost_of(node.nodes).times(node.count)
    if not node.operands or node.traits.view is not None:
        return Cost(0, 0)
    return Cost(flops_of(node), total(node.operands) + total(node.results))


def flops_of(node: Node) -> Size:
    """The arithmetic operations of a node; one an element of its largest array by default."""
    traits = node.traits
    if isinstance(node, Apply) and traits.flops is not None:
        operands, results = [v.type for v in node.operands], [v.type for v in node.results]
        return traits.flops(operands, results, node.attrs)
    made: Size = 0
    for result in node.results:
        made = made + count_of(result)
    if traits.elementwise:
        return made
    return max([made, *map(count_of, node.operands)], key=nominal)


def nominal(size: Size) -> int:
    """A size where free dimensions count for a nominal number."""
    filled = substitute(size, dict.fromkeys(dimensions_of(size), _NOMINAL))
    return filled if isinstance(filled, int) else _NOMINAL


def nominal_bytes(value: Value) -> int:
    """The bytes of a value, free dimensions counted at a nominal number."""
    return _nominal_bytes(value.type)


@lru_cache(maxsize=4096)
def _nominal_bytes(kind: Type) -> int:
    return nominal(product(kind.shape)) * BYTES[kind.dtype]


# --- memory ---


def usage(lifetimes: Iterable[tuple[int, int, int]], count: int) -> list[int]:
    """The bytes held at each of so many statements, by pieces of memory: (bytes, first, last)."""
    change = [0] * (count + 1)
    for size, first, last in lifetimes:
        change[first] += size
        if last < count:
            change[last + 1] -= size
    return list(accumulate(change))[:count]
