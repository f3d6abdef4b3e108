"""What a graph costs: operations, bytes moved, memory held, as formulas in its dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gradc.ir.graph import Graph, Node, Value
from gradc.ir.program import Program, Routine
from gradc.ir.sizes import Poly, Size, dimensions_of, product, substitute

BYTES = {"f32": 4, "f64": 8, "i32": 4, "i64": 8, "bool": 1}
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


def _node(node: Node) -> Cost:
    loop = node.op.loop
    if loop is not None:
        return cost_of(loop.body.nodes).times(loop.count)
    if not node.operands or node.op.traits.view is not None:
        return Cost(0, 0)
    return Cost(flops_of(node), total(node.operands) + total(node.results))


def flops_of(node: Node) -> Size:
    """The arithmetic operations of a node; one an element of its largest array by default."""
    op = node.op
    if op.traits.flops is not None:
        operands, results = [v.type for v in node.operands], [v.type for v in node.results]
        return op.traits.flops(operands, results, node.attrs)
    made: Size = 0
    for result in node.results:
        made = made + count_of(result)
    if op.traits.elementwise:
        return made
    return max([made, *map(count_of, node.operands)], key=nominal)


def nominal(size: Size) -> int:
    """A size where free dimensions count for a nominal number."""
    filled = substitute(size, dict.fromkeys(dimensions_of(size), _NOMINAL))
    return filled if isinstance(filled, int) else _NOMINAL


def nominal_bytes(value: Value) -> int:
    """The bytes of a value, free dimensions counted at a nominal number."""
    return nominal(count_of(value)) * BYTES[value.type.dtype]


def halves(graph: Graph) -> tuple[Cost, Cost]:
    """What a joint graph costs forwards and backwards."""
    return cost_of(graph.nodes), cost_of(graph.adjoints)


# --- memory ---


def peak(program: Program, dims: Mapping[str, int]) -> int:
    """The most bytes held at once by what forward and backward make, arguments not counted."""
    forward, kept = _walk(program.forward, dims, 0)
    arguments = set(program.graph.arguments.values())
    saved = sum(_known(bytes_of(v), dims) for v in program.saved if v not in arguments)
    backward, _ = _walk(program.backward, dims, max(saved, 0))
    return max(forward, backward, kept)


def _walk(routine: Routine, dims: Mapping[str, int], start: int) -> tuple[int, int]:
    held, most = start, start
    sizes: dict[Value, int] = {}
    for step in routine.steps:
        if step.nested or step.node.op.traits.view is not None:
            continue
        inner = 0
        if step.body is not None:
            inner, _ = _walk(step.body, dims, 0)
        if step.out is None:
            for result in step.node.results:
                sizes[result] = _known(bytes_of(result), dims)
                held += sizes[result]
        else:
            sizes[step.node.results[0]] = sizes.pop(step.out, 0)
        most = max(most, held + inner)
        for value in step.frees:
            held -= sizes.pop(value, 0)
    return most, held


def _known(size: Size, dims: Mapping[str, int]) -> int:
    known = substitute(size, dict(dims))
    if isinstance(known, Poly):
        raise ValueError(f"the size {size} is not known")
    return known
