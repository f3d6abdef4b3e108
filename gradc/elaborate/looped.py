"""Bodies of scans: what is elaborated of them, and the state that is carried beside the rest."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.elaborate.bindings import Instance
from gradc.elaborate.unshared import Unshared
from gradc.ir.builder import Builder
from gradc.ir.node import Value
from gradc.records import dataclass, field
from gradc.syntax import tree


@dataclass(slots=True, eq=False)
class Stacked:
    """An output of a scan's body, which is stacked along an axis."""

    name: tree.Identifier
    value: Value
    axis: int


@dataclass(slots=True, eq=False)
class Looped:
    """A scan whose body is being elaborated: state that is read or updated there is carried.

    In an unshared scan, state of which each step has its own is walked along, and stacked.
    """

    unshared: Unshared | None = None
    carried: dict[Value, tree.Identifier] = field(default_factory=dict)
    states: dict[str, tuple[Value, Value]] = field(default_factory=dict)  # before, and in a step
    updates: dict[str, Value] = field(default_factory=dict)
    sliced: set[str] = field(default_factory=set)  # the states of which each step has its own

    def current(self, path: str) -> Value:
        """What a state is by now in a step."""
        return self.updates.get(path, self.states[path][1])


@dataclass(slots=True, eq=False)
class Body:
    """A scan's body, elaborated for the types that are carried into it."""

    builder: Builder
    carried: list[Value]
    nexts: list[Value]
    collected: list[Stacked]
    instances: dict[str, Instance]  # of layers, made by this body
    looped: Looped


def other_starts(operands: Sequence[Value], loops: Sequence[Looped]) -> list[str]:
    """Where an operand of `a @ b` starts that a loop carries, if it meets a square matrix."""
    names = {v: n for loop in loops for v, n in loop.carried.items()}
    for i, (value, other) in enumerate((operands, operands[::-1])):
        rank, shape = value.type.rank, other.type.shape
        if value not in names or len(shape) != 2 or shape[0] != shape[1]:
            continue
        which = "last size" if i == 0 else "first size" if rank == 2 else f"size {rank - 1}"
        which = "size" if rank == 1 else which
        name = names[value]
        return [f"`{name.name}` starts on line {name.span.line}; its {which} should be {shape[0]}"]
    return []
