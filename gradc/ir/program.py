"""Programs: a joint graph cut into routines, what `forward`, `backward` and `predict` make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.graph import Graph, Output
from gradc.ir.node import Node, Value
from gradc.records import dataclass, field, replace


@dataclass(frozen=True, slots=True, eq=False)
class Routine:
    """The nodes of one function of the module, and the values that it returns.

    The first `given` of its results go to the caller, the others are the module's own.
    """

    name: str
    arguments: tuple[Value, ...]
    nodes: tuple[Node, ...]
    results: tuple[Value, ...]
    given: int

    def handing_out(self, results: Sequence[Value]) -> tuple[Routine, dict[Value, Value]]:
        """The routine with these values for its results, and which of its own they stand for."""
        pairs = zip(self.results, results, strict=True)
        there = {own: other for own, other in pairs if own is not other}
        nodes = self.nodes
        if there:
            nodes = tuple([_renamed(n, there) for n in nodes])
        return replace(self, nodes=nodes, results=tuple(results)), there


def _renamed(node: Node, there: Mapping[Value, Value]) -> Node:
    operands, results = [
        tuple([there.get(v, v) for v in values]) for values in (node.operands, node.results)
    ]
    return node.copied(operands, results, node.origin, node.adjoint_of, node.span)


@dataclass(frozen=True, slots=True)
class Part:
    """What a program differentiates: a loss, or its outputs where it has none.

    `graph` is the joint graph of this loss alone. Where there are several losses, `suffix` tells
    its routines from those of others.
    """

    graph: Graph
    suffix: str
    whole: Graph | None = None  # the joint graph of a `value_and_grad` of its own
    told: Graph | None = None  # that graph, with what its routine makes in place of its nodes
    told_backward: Graph | None = None  # `graph`, where `backward` has loops that are made short

    @property
    def backward(self) -> str:
        """What the routine is called that goes backward."""
        return f"backward{self.suffix}"

    @property
    def at_once(self) -> str:
        """What the routine is called that goes both ways."""
        return f"value_and_grad{self.suffix}"


TANGENT = "{}_dot"
"""What the tangent of a name is called."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A derivative that a module offers where it is asked for: a routine of its own.

    The last outputs of the graph are the `results` that it hands out, and the names that it takes
    a direction for are `along`, with the direction. What is a matrix has a `row` for each name that
    is differentiated, of those in `by`.
    """

    kind: str
    name: str
    graph: Graph
    results: tuple[Output, ...]
    along: tuple[Output, ...] = ()
    rows: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """What is planned. `saved` goes from `forward` to what goes backward."""

    graph: Graph
    parts: tuple[Part, ...]
    routines: tuple[Routine, ...]
    saved: tuple[Value, ...]
    level: int = 1
    predicted: tuple[str, ...] = field(default=())  # the outputs of `predict`
    predict_inputs: tuple[str, ...] = field(default=())
    offered: tuple[Offered, ...] = field(default=())
