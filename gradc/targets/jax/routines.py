"""The functions of a module, one by one: what writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, all_statements
from gradc.passes.plan.variables import Variable, variables
from gradc.records import replace
from gradc.targets.assembly import routines as assembly
from gradc.targets.assembly.aside import Aside
from gradc.targets.jax.declared import KINDS
from gradc.targets.jax.lower import Lowering
from gradc.targets.jax.operations import spelled_out
from gradc.targets.python.expression import Atom, Call, Expr
from gradc.targets.python.identifiers import Names
from gradc.targets.python.layout import taken_apart
from gradc.targets.python.surroundings import Surroundings
from gradc.targets.python.view import Field

_KEY = "int | jax.Array | None = None"


class Routines(assembly.Routines[Lowering]):
    """Writes the routines of a plan, each with names of its own."""

    numpy = "jnp"
    reads_elements = False
    kinds = KINDS

    def lowering(
        self, name: str, known: Mapping[Value, str], typed: Callable[[Value], bool]
    ) -> Lowering:
        block = self.blocks[name]
        space = Names(known.values(), self.shared.module)
        found = [*variables(block, self.target), *_elements(block)]
        names, counters = self.named(name, found, known, space)
        return Lowering(block, self.shared, names, space, typed=typed, counters=counters)

    def formula(self, node: Apply, operands: Sequence[Expr], context: Aside) -> Expr:
        return spelled_out(node, operands, context)

    def surroundings(self, graph: Graph, routine: str, *, whole: bool) -> Surroundings:
        found = super().surroundings(graph, routine, whole=whole)
        return replace(found, generator=_KEY, idle="jax.random.key(0)")

    def starting(self, value: Expr) -> Expr:
        return Call(Atom("jnp.asarray"), [value])

    def saved_dims(self, names: Sequence[str]) -> list[tuple[Field, Expr]]:
        """Dimensions stand together, in what JAX does not trace."""
        dims: list[Expr] = [Atom(self.shared.dims[name]) for name in names]
        return [(Field("dims", "Dims", ""), Call(Atom("Dims"), dims))] if dims else []

    def opened(self, read: Sequence[Value], dims: Set[str], saved_dims: Sequence[str]) -> list[str]:
        names = [self.shared.spelled[v] for v in read]
        if len(read) == len(self.program.saved) and not saved_dims:
            return taken_apart(names, "saved")
        lines = [f"    {name} = saved.{name}" for name in names]
        if not dims.isdisjoint(saved_dims):
            lines += taken_apart([self.shared.dims[d] for d in saved_dims], "saved.dims")
        return lines


def _elements(block: Block) -> list[Variable]:
    """What the function of a loop is handed and returns has names there."""
    loops = [s.repetition for s in all_statements(block) if s.repetition is not None]
    found = [slot.parameter for loop in loops for slot in loop.scan.walked if slot in loop.inlined]
    found += [slot.value for loop in loops for slot in loop.placed]
    return [Variable((value,)) for value in dict.fromkeys(found)]
