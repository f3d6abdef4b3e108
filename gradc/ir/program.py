"""Programs: a joint graph cut into routines, what `forward`, `backward` and `predict` make."""

from __future__ import annotations

from gradc.ir.graph import Graph, Output
from gradc.ir.node import Node, Value
from gradc.records import dataclass, field


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

    @property
    def backward(self) -> str:
        """What the routine is called that goes backward."""
        return f"backward{self.suffix}"

    @property
    def at_once(self) -> str:
        """What the routine is called that goes both ways."""
        return f"value_and_grad{self.suffix}"


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
