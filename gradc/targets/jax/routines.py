"""The functions of a module, one by one: what writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradc.ir.loop import all_nodes
from gradc.ir.node import Value
from gradc.ir.plan import Block, Plan, all_statements, depth
from gradc.passes.plan.variables import Variable, variables
from gradc.passes.target import Target
from gradc.records import replace
from gradc.targets.jax.lower import Lowering
from gradc.targets.python.identifiers import Names
from gradc.targets.python.shared import Shared
from gradc.targets.told.naming import Naming, cotangent_of, views_of


class Routines:
    """Writes the routines of a plan, each with names of its own."""

    def __init__(self, plan: Plan, target: Target, shared: Shared):
        self.blocks, self.target, self.shared = plan.blocks, target, shared
        graph = plan.program.graph
        self.parts = {p.backward: p for p in plan.program.parts}
        users = [r.name for n in all_nodes(graph.nodes) for r in n.results if r.named]
        users += graph.arguments
        self.naming = Naming(
            cotangent_of(graph),
            tuple(f"d{name}_d" for name in sorted(graph.differentiated, key=len, reverse=True)),
            frozenset(name.replace(".", "_") for name in users),
        )

    def lowering(
        self, name: str, known: Mapping[Value, str], typed: Callable[[Value], bool]
    ) -> Lowering:
        """What writes a function, its variables named; `known` are names that it was given."""
        block = self.blocks[name]
        space = Names(known.values(), self.shared.module)
        found = [*variables(block, self.target), *_elements(block)]
        part, naming = self.parts.get(name), self.naming
        if part is not None:
            naming = replace(naming, cotangent=cotangent_of(part.graph))
        names, counters = naming.named(found, known, space, depth(block), views_of(block))
        return Lowering(block, self.shared, names, space, typed=typed, counters=counters)


def _elements(block: Block) -> list[Variable]:
    """What the function of a loop is handed and returns has names there."""
    loops = [s.repetition for s in all_statements(block) if s.repetition is not None]
    found = [slot.parameter for loop in loops for slot in loop.scan.walked if slot in loop.inlined]
    found += [slot.value for loop in loops for slot in loop.placed]
    return [Variable((value,)) for value in dict.fromkeys(found)]
