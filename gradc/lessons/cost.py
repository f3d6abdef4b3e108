"""What a graph costs: operations, bytes moved, memory held, as formulas in its dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gradc.ir.graph import Graph, Node, Value
from gradc.ir.program import Program, Routine
from gradc.ir.sizes import Poly, Size, product, substitute

BYTES = {"f32": 4, "f64": 8, "i32": 4, "i64": 8, "bool": 1}
_FREE = frozenset(
    """constant size array zeros ones full eye reshape transpose index broadcast_to astype
    concatenate stack split swapaxes moveaxis expand_dims squeeze stop_gradient flip roll pad
    take take_along_axis guard""".split()
)


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
    if not node.operands or node.op.lowering.view:
        return Cost(0, 0)
    moved = total(node.operands) + total(node.results)
    return Cost(_flops(node), moved)


def _flops(node: Node) -> Size:
    """Multiplications and additions count one each; so does a call of a function such as `exp`."""
    name = node.op.name
    results: Size = 0
    for result in node.results:
        results = results + count_of(result)
    if name in _FREE:
        return 0
    if name == "matmul":
        return 2 * results * node.operands[0].type.shape[-1]
    if name.startswith("conv2d"):
        # Each number of the result is a sum over a window of the weights, forwards and backwards.
        weight = max(node.operands, key=lambda v: len([s for s in v.type.shape if s != 1]))
        return _windowed(node, weight, results)
    operands = [count_of(v) for v in node.operands]
    if "elementwise" in node.op.flags or node.op.lowering.ufunc or node.op.lowering.operator:
        return results
    return _larger([results, *operands])


def _windowed(node: Node, weight: Value, results: Size) -> Size:
    shapes = [v.type.shape for v in (*node.operands, *node.results) if v.type.rank == 4]
    kernel = next((s for s in shapes if all(isinstance(n, int) for n in s)), weight.type.shape)
    images = [s for s in shapes if s is not kernel]
    pixels = product((images[-1][0], *images[-1][2:])) if images else results
    return 2 * product(kernel) * pixels


def _larger(sizes: Iterable[Size]) -> Size:
    """The size that is larger where free dimensions are, the first of equals."""

    def rank(size: Size) -> int:
        names = size if isinstance(size, int) else substitute(size, _Nominal())
        return names if isinstance(names, int) else 0

    return max(sizes, key=rank)


class _Nominal(dict[str, Size]):
    """Every free dimension is taken to be large."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Size:
        return 1000

    def get(self, name: str, default: object = None) -> Size:
        return 1000


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
        if step.nested or step.node.op.lowering.view:
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
