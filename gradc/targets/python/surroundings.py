"""What a function takes beside parameters and inputs: state, a generator, the mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Scan
from gradc.ir.plan import Block
from gradc.records import dataclass
from gradc.targets.python.door import Argument, Door
from gradc.targets.python.expression import Atom, Expr, Items
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import taken_apart, without_parentheses
from gradc.targets.python.statements import statement


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a routine reads of the caller's state, generator and mode."""

    state: bool
    draws: str  # "", "training" or "always"
    training: bool
    workspace: bool = False
    generator: str = "int | np.random.Generator | None = None"  # what numbers are drawn from
    idle: str = "None"  # what stands for it where nothing is drawn

    def keywords(self) -> dict[str, str]:
        """The keyword arguments: their types and defaults."""
        found = {"state": "State | None = None"} if self.state else {}
        found |= {"rng": self.generator} if self.draws else {}
        found |= {"training": "bool = False"} if self.training else {}
        return found | ({"workspace": "Workspace | None = None"} if self.workspace else {})

    def door(self, states: Sequence[str]) -> list[str]:
        """The statements that let them in; `states` are the variables of the state."""
        lines = []
        if self.state:
            lines += taken_apart(states, "_state(state)")
        if self.training:
            lines.append("    training = bool(training)")
        if self.draws == "always":
            lines.append("    rng = _generator(rng)")
        elif self.draws:
            lines.append(f"    rng = _generator(rng) if training else {self.idle}")
        return lines


def surroundings_of(graph: Graph, block: Block, *, whole: bool) -> Surroundings:
    """What a block needs; `whole` is `forward`, which hands all state on."""
    nodes = list(all_nodes(block.nodes))
    drawing = [n.traits for n in nodes if n.traits.impure and not isinstance(n, Scan)]
    draws = ""
    if drawing:
        draws = "training" if all(t.in_training for t in drawing) else "always"
    states = {s.value for s in graph.states}
    read = set(block.results)
    if states or graph.training is not None:
        read.update([v for n in nodes for v in n.operands])
    return Surroundings(
        bool(states) if whole else bool(states & read), draws, graph.training in read
    )


def keys_looked_at(given: str, nothing: str) -> list[str]:
    """The statements that refuse what is no mapping of the `expected` names; `nothing` is what
    is not called by another one."""
    return [
        f'    if not hasattr({given}, "keys"):',
        f"        kind = type({given}).__name__",
        f'        raise TypeError(f"{given}: expected a mapping of names to arrays, got {{kind}}")',
        f"    if {given}.keys() != expected:",
        f"        for name in sorted({given}.keys() - expected, key=str):",
        f'            raise ValueError(f"{given}: {nothing} is called {{name!r}}")',
        f'        raise ValueError(f"{given}: {{min(expected - {given}.keys())!r}} is missing")',
    ]


def admit_state(
    graph: Graph, starting: Sequence[Expr], door: Door, spelled: Callable[[str], str]
) -> list[str]:
    """The body of `_state`: the starting values, or what the caller has of an earlier call."""
    if not graph.states:
        return []
    first = without_parentheses(statement("return ", Items(starting)))
    arguments = [
        Argument(s.name, spelled(s.name), f"state[{string(s.name)}]", s.value.type)
        for s in graph.states
    ]
    found: list[Expr] = [Atom(a.variable) for a in arguments]
    names: list[Expr] = [Atom(string(s.name)) for s in graph.states]
    return [
        "    if state is None:",
        *(f"    {line}" for line in first),
        *statement("expected = ", Items(names, "{}")),
        *keys_looked_at("state", "nothing"),
        *door.admit(arguments),
        *without_parentheses(statement("return ", Items(found))),
    ]
