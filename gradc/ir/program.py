"""Programs: a joint graph cut into what `forward`, `backward` and `predict` do."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradc.ir.graph import Graph, Node, Value


@dataclass(slots=True, eq=False)
class Step:
    """A node in its place. `out` is the operand whose memory the result takes over.

    `frees` are the values whose memory is let go after the step. A step that is `nested` is
    written within the one statement that uses it.
    """

    node: Node
    out: Value | None = None
    frees: tuple[Value, ...] = ()
    nested: bool = False
    body: Routine | None = None  # of a scan
    consumed: frozenset[Value] = frozenset()  # of a scan: initial values that nothing else reads
    copied: frozenset[int] = frozenset()  # of a scan: carried values that are others' memory


@dataclass(slots=True, eq=False)
class Routine:
    """The steps of one function of the module and the values that it returns."""

    arguments: tuple[Value, ...]
    steps: list[Step]
    results: tuple[Value, ...]
    owned: frozenset[Value] = frozenset()  # arguments whose memory may be overwritten


@dataclass(frozen=True, slots=True)
class Program:
    """What is lowered. `saved` goes from `forward` to `backward`."""

    graph: Graph
    forward: Routine
    backward: Routine
    predict: Routine | None
    saved: tuple[Value, ...]
    level: int = 1
    predicted: tuple[str, ...] = field(default=())  # the outputs of `predict`
    predict_inputs: tuple[str, ...] = field(default=())
